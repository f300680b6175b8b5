"""What can be done with one message: edit, switch between versions, delete and restore, and the menu that offers it."""

from __future__ import annotations

import re
import uuid
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from sessions_app import offering
from sessions_app.actions import versions
from sessions_app.actions.errors import NotNow, NotPossible, Refused
from sessions_app.agent.cards import posted
from sessions_app.models import ChatSession, Message
from sessions_app.rendering import render_person
from sessions_app.rendering.files import chips_of
from sessions_app.rendering.revisions import replaced, writers_of

from .access import may_write, readable_or_404, writable_or_404
from .attached import attached
from .messages import post, refused, uuid_or_none
from .toasts import toast


class OtherFiles(Refused):
    kind = "other_files"
    sentence = "Save changes the text and keeps the files. With other files, send it again."


class NotSaid(Refused):
    kind = "not_said"
    sentence = "An edit is either saved (send=0) or sent again (send=1)."


def fragment(
    request: HttpRequest, chat: ChatSession, template: str, heading: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A part of the workspace page; asked for without htmx, a small page of its own around it."""
    context |= {"chat": chat}
    if request.headers.get("HX-Request"):
        return render(request, template, context | {"plain": False}, status=status)
    around = {"fragment": template, "heading": heading, "plain": True}
    return render(request, "sessions/fragment_page.html", context | around, status=status)


def message_of(chat: ChatSession, key: UUID) -> Message:
    rows = Message.objects.filter(session=chat).kept().select_related("author", "session")
    return get_object_or_404(rows, pk=key)


def question_of(chat: ChatSession, key: UUID) -> Message:
    """One that a person wrote: there is nothing to edit in a notification."""
    rows = Message.objects.filter(session=chat, role=Message.Role.USER).kept()
    found = get_object_or_404(rows.select_related("author", "session"), pk=key)
    if posted(found.parts) is not None:
        raise Http404
    return found


# ---------------------------------------------------------------- edit


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID, message: UUID) -> HttpResponse:
    """GET: the form that stands in the place of the message. POST: save, or send again."""
    chat = writable_or_404(request, pk)
    asked = question_of(chat, message)
    if request.method == "GET":
        return edit_form(request, chat, asked, asked.content)
    try:
        alone = take_edit(request, asked)
    except Refused as refusal:
        if request.headers.get("HX-Request"):
            return refused(request, chat, refusal)
        content = request.POST.get("content", "")
        return edit_form(
            request, chat, asked, content, notice=refusal.told(draft=True), status=refusal.status
        )
    if request.headers.get("HX-Request"):
        if alone:
            return HttpResponse(status=204)
        return toast(_("Saved. It was changed elsewhere meanwhile; that text is kept in the former texts."))
    return HttpResponse(status=303, headers={"Location": reverse("session", args=[chat.pk])})


def edit_form(
    request: HttpRequest,
    chat: ChatSession,
    asked: Message,
    content: str,
    *,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    client_id = request.POST.get("client_id") or uuid.uuid4().hex
    revision = request.POST.get("revision") or len(asked.revisions)
    kept = request.POST.getlist("attachments") if "files" in request.POST else None
    files = [
        {"id": chip.id, "name": chip.name, "kept": kept is None or chip.id in kept}
        for chip in chips_of([asked]).get(asked.pk, ())
    ]
    return fragment(
        request, chat, "sessions/_message_edit.html", _("Edit"),
        message=asked, content=content, client_id=client_id, revision=revision, files=files,
        notice=notice, status=status,
    )  # fmt: skip


def take_edit(request: HttpRequest, asked: Message) -> bool:
    """Whether nothing else was saved since the form was made."""
    content, send = request.POST.get("content", ""), request.POST.get("send", "0")
    other = "files" in request.POST and (bool(request.FILES) or kept_files(request) != files_of(asked))
    if send == "1":
        if other and asked.session.replies.unfinished().exists():
            raise NotNow  # before files are taken that would stay behind
        versions.send_again(
            message=asked,
            author=request.user,
            content=content,
            client_id=request.POST.get("client_id", ""),
            model=request.POST.get("model", ""),
            attachments=attached(request, asked.session) if other else None,
        )
    elif send == "0" and other:
        raise OtherFiles
    elif send == "0":
        given = request.POST.get("revision", "")
        revision = int(given) if re.fullmatch(r"[0-9]{1,9}", given) else None
        return versions.edit_message(message=asked, person=request.user, content=content, revision=revision)
    else:
        raise NotSaid
    return True


def kept_files(request: HttpRequest) -> set[str]:
    return set(request.POST.getlist("attachments"))


def files_of(asked: Message) -> set[str]:
    return {part["id"] for part in asked.parts if part.get("kind") == "attachment"}


# ---------------------------------------------------------------- versions, delete, restore


@post
def switch(request: HttpRequest, chat: ChatSession, message: UUID) -> None:
    versions.switch_version(message=message_of(chat, message))


@post
def delete(request: HttpRequest, chat: ChatSession, message: UUID) -> HttpResponse:
    deletion = versions.delete_message(message=message_of(chat, message))
    address = f"{reverse('messages_restore', args=[chat.pk])}?deletion={deletion}"
    if not request.headers.get("HX-Request"):
        return HttpResponse(status=303, headers={"Location": address})
    count = deleted_with(chat, deletion)
    words = ngettext("Deleted. %(count)d message.", "Deleted. %(count)d messages.", count)
    return toast(words % {"count": count}, undo=address)


def deleted_with(chat: ChatSession, deletion: UUID) -> int:
    return Message.objects.filter(session=chat, deletion=deletion, deleted_at__isnull=False).count()


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: what was deleted together, and the way back. POST: it comes back."""
    if request.method == "POST":
        return restored(request, pk)
    chat = writable_or_404(request, pk)
    try:
        deletion = deletion_of(request)
    except NotPossible as refusal:
        return refused(request, chat, refusal)
    count = deleted_with(chat, deletion)
    return fragment(request, chat, "sessions/_deleted.html", _("Deleted"), deletion=deletion, count=count)


@post
def restored(request: HttpRequest, chat: ChatSession) -> HttpResponse | None:
    versions.restore_messages(chat=chat, deletion=deletion_of(request))
    return toast(_("Restored.")) if request.headers.get("HX-Request") else None


def deletion_of(request: HttpRequest) -> UUID:
    """Which deletion: a field of the form, or part of the address."""
    key = uuid_or_none(request.POST.get("deletion", "") or request.GET.get("deletion", ""))
    if key is None:
        raise NotPossible("There is nothing to restore.")
    return key


# ---------------------------------------------------------------- the menu


@require_GET
def menu(request: HttpRequest, pk: UUID, message: UUID) -> HttpResponse:
    chat = readable_or_404(request, pk)
    found = message_of(chat, message)
    return fragment(
        request, chat, "sessions/_message_menu.html", _("Message"),
        message=found, may_write=may_write(request, chat), compare=compare_address(chat, found), goes=versions.with_it(found),
    )  # fmt: skip


def compare_address(chat: ChatSession, message: Message) -> str:
    """The page that lays this version beside the one before it, or beside the next where it is the first."""
    rows = Message.objects.filter(session=chat, parent=message.parent_id, role=message.role).kept()
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if len(keys) < 2 or message.pk not in keys:
        return ""
    at = max(1, keys.index(message.pk))
    return f"{chat.get_absolute_url()}compare/?left={keys[at - 1]}&right={keys[at]}"


@require_GET
def models(request: HttpRequest, pk: UUID, message: UUID) -> HttpResponse:
    """The models that could answer again."""
    chat = writable_or_404(request, pk)
    found = get_object_or_404(
        Message.objects.filter(session=chat, role=Message.Role.ASSISTANT).kept(), pk=message
    )
    return fragment(
        request, chat, "sessions/_message_models.html", _("Answer again"),
        message=found, models=offering.choices(request.user),
    )  # fmt: skip


@require_GET
def revisions(request: HttpRequest, pk: UUID, message: UUID) -> HttpResponse:
    """The former texts of a message, newest first."""
    chat = readable_or_404(request, pk)
    found = message_of(chat, message)
    names = writers_of([found])
    rows = [revision(each, names) for each in reversed(found.revisions)]
    return fragment(
        request, chat, "sessions/_revisions.html", _("Former texts"), message=found, revisions=rows
    )


def revision(former: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """One former text. `at` is when it was replaced, `by` who did."""
    html = mark_safe(render_person(former["content"]))
    at, by = replaced(former, names)
    return {"html": html, "at": at, "by": by}
