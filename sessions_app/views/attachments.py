"""Uploads, and the way back to what was uploaded: as a download, or as a picture or plain text to look at."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from sessions_app.actions.attachments import Taken, remove_file, take_files
from sessions_app.actions.drafts import keep_draft
from sessions_app.actions.errors import NotPossible, Refused
from sessions_app.api.shapes import taken_shape
from sessions_app.files.serving import downloaded, safe, served
from sessions_app.models import Attachment, ChatSession
from sessions_app.rendering.files import chips, unsent_chips

from .drafts import named_chat
from .workspace import page


@require_POST
def upload(request: HttpRequest) -> HttpResponseBase:
    """Takes the files of field `file`, for the draft of `session` or of the session to come. Each is answered on its
    own: as chips for a page, as JSON for a program."""
    chat = named_chat(request, request.POST.get("session", ""))
    uploads = request.FILES.getlist("file")
    taken = take_files(owner=request.user, chat=chat, uploads=uploads)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(taken_shape(taken), status=201 if any(each.attachment for each in taken) else 422)
    if request.headers.get("HX-Request"):
        return render(
            request, "sessions/_files_taken.html", {"chips": taken_chips(taken), "refused": refused(taken)}
        )
    if refused(taken):
        context = page(request, chat) | {"notice": not_taken(refused(taken))}
        return render(request, "sessions/workspace_page.html", context, status=422)
    return redirect(chat or "home")


def taken_chips(taken: list[Taken]) -> list[Any]:
    return chips(each.attachment for each in taken if each.attachment is not None)


def refused(taken: list[Taken]) -> list[Taken]:
    return [each for each in taken if each.attachment is None]


@require_GET
def unsent(request: HttpRequest) -> HttpResponse:
    """The chips of what waits in the composer of `session`, for a page that heard that they are others now."""
    chat = named_chat(request, request.GET.get("session", ""))
    rows = {"chips": unsent_chips(request.user, chat), "refused": []}
    response = render(request, "sessions/_files_taken.html", rows)
    response.headers["Cache-Control"] = "no-store"
    return response


def file_or_404(request: HttpRequest, pk: UUID) -> Attachment:
    return get_object_or_404(Attachment.objects.for_user(request.user), pk=pk)


@require_GET
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    file = file_or_404(request, pk)
    return downloaded(file)


@require_GET
def preview(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A picture as we made it; of anything else the words, as plain text."""
    file = file_or_404(request, pk)
    if file.kind == Attachment.Kind.PICTURE:
        return served(file, {"Cache-Control": "private, max-age=86400"})
    return safe(HttpResponse(file.text, content_type="text/plain; charset=utf-8"))


@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    file = file_or_404(request, pk)
    if file.owner_id != request.user.pk:
        raise Http404
    told: dict[str, Any] = {"file-removed": {"id": str(pk)}}
    try:
        remove_file(attachment=file)
    except NotPossible as refusal:  # sent from another page: this one lets go of it too
        told |= {"show-toast": {"text": refusal.sentence}}
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
    chat = ChatSession.writable_by(request.user.pk, file.session_id) if file.session_id else None
    if file.session_id and chat is None:
        return redirect("home")  # it was uploaded when this person could still write there
    return kept_beside(request, chat)


def kept_beside(request: HttpRequest, chat: ChatSession | None) -> HttpResponse:
    """Back to the page of a form without scripts: what was typed and chosen beside the button that was pressed stays."""
    uploads = [upload for upload in request.FILES.getlist("file") if upload.name]
    if lost := refused(take_files(owner=request.user, chat=chat, uploads=uploads)):
        messages.info(request, not_taken(lost))
    content = request.POST.get("content", "")
    try:
        if content:
            keep_draft(user=request.user, chat=chat, content=content)
    except Refused as refusal:
        context = page(request, chat) | {"notice": refusal.sentence, "draft": content}
        return render(request, "sessions/workspace_page.html", context, status=refusal.status)
    return redirect(chat or "home")


def not_taken(lost: list[Taken]) -> str:
    return " ".join(f"“{each.name}” was not taken. {each.refusal}" for each in lost)
