"""The summary that stands for earlier messages: read, change, take the model's words back, forget."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sessions_app.actions.errors import Refused
from sessions_app.actions.summaries import edit_summary, forget_summary, restore_summary
from sessions_app.models import ChatSession, Summary

from .access import writable_or_404
from .toasts import toast
from .versions import fragment


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID, summary: UUID) -> HttpResponse:
    """GET: the form, in a dialog or as a page. POST: `do` says what (save, original, forget)."""
    chat = writable_or_404(request, pk)
    row = get_object_or_404(Summary.objects.filter(session=chat).told(), pk=summary)
    if request.method == "GET":
        return form(request, chat, row, row.text)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        said = done(request, row, text)
    except Refused as refusal:
        return form(request, chat, row, text, problem=refusal.sentence, status=422)
    return toast(said) if request.headers.get("HX-Request") else redirect(chat)


def done(request: HttpRequest, row: Summary, text: str) -> str:
    """Do what was asked for, and say so."""
    match request.POST.get("do", "save"):
        case "save":
            edit_summary(summary=row, text=text, person=request.user)
            return _("Saved. The model reads it so from now on.")
        case "original":
            restore_summary(summary=row)
            return _("The summary is as the model wrote it.")
        case "forget":
            forget_summary(summary=row)
            return _("Forgotten. The messages themselves are sent again, as far as they fit.")
    raise Http404


def form(
    request: HttpRequest, chat: ChatSession, row: Summary, text: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    return fragment(
        request, chat, "sessions/_summary.html", _("Summary"), summary=row, text=text, problem=problem, status=status
    )  # fmt: skip
