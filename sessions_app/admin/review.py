"""One conversation as staff look at it: the page, and the files of its messages."""

from __future__ import annotations

from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from sessions_app.actions import audit
from sessions_app.files.serving import served
from sessions_app.models import Attachment, AuditEntry, ChatSession, Message, PendingMessage, TokenUsage

from . import reasons
from .base import StaffAdmin, may_read
from .columns import dollars, model_name
from .jumps import find, jumps
from .pieces import TEXTS, piece
from .transcript import entries, in_words

MOST_APART, MOST_DELETED, MOST_OPENINGS = 50, 50, 5
LOOKED_AT = 50  # openings that are folded into those


class Review(StaffAdmin):
    """Mixin of the chats' page: the conversation in pages of 50 messages."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/transcript/",
                wrap(self.transcript_view),
                name="sessions_app_chatsession_transcript",
            ),
            path(
                "<path:object_id>/files/<uuid:file>/",
                wrap(self.file_view),
                name="sessions_app_chatsession_file",
            ),
            *super().get_urls(),
        ]

    def transcript_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Its texts only for those who may read messages, and then on record."""
        chat = self.chat_or_404(request, object_id)
        reader = may_read(request)
        if reader:
            reason = reasons.given(request, chat)
            if reason is None:
                return reasons.ask(request, chat, self.around(request))
            audit.record(actor=request.user, action="opened transcript", subject=chat, reason=reason)
        context = {
            **self.around(request),
            **review(chat, request, with_text=reader),
            "title": _("Review"),
            "subtitle": str(chat),
        }
        return TemplateResponse(request, "admin/sessions_app/chatsession/transcript.html", context)

    def file_view(self, request: HttpRequest, object_id: str, file: UUID) -> HttpResponseBase:
        """A file of one of its messages, deleted ones among them, as a download; on record."""
        chat = self.chat_or_404(request, object_id)
        if not may_read(request):
            raise PermissionDenied
        rows = Attachment.objects.filter(message__session=chat).select_related("message__session")
        found = get_object_or_404(rows, pk=file)
        reason = reasons.given(request, chat)
        if reason is None:
            return reasons.ask(request, chat, self.around(request))
        audit.record(actor=request.user, action="downloaded file", subject=found, reason=reason)
        return served(
            found, {"Content-Disposition": content_disposition_header(True, found.name) or "attachment"}
        )

    def chat_or_404(self, request: HttpRequest, object_id: str) -> ChatSession:
        if not self.has_view_permission(request):
            raise PermissionDenied
        chat: ChatSession | None = self.get_object(request, unquote(object_id))
        if chat is None:
            raise Http404
        return chat


def review(chat: ChatSession, request: HttpRequest, *, with_text: bool) -> dict[str, Any]:
    """What the page shows; without text none is read from the database."""
    shown = piece(chat, request.GET.dict(), with_text=with_text)
    words = request.GET.get("q", "") if with_text else ""
    apart = TokenUsage.objects.filter(session=chat, message__isnull=True).order_by("id")
    return {
        "chat": chat,
        "cost": dollars(chat.cost),
        "model": model_name(chat.model),
        "shown": shown,
        "entries": entries(shown.rows, with_text=with_text),
        "jumps": jumps(chat),
        "words": words,
        "found": find(chat, words),
        "pending": pending(chat, with_text=with_text),
        "deleted": deleted(chat, with_text=with_text),
        "apart": [in_words(row) for row in apart[:MOST_APART]],
        "openings": openings(chat),
        "with_text": with_text,
    }


def pending(chat: ChatSession, *, with_text: bool) -> list[PendingMessage]:
    rows = PendingMessage.objects.filter(session=chat).select_related("author").order_by("position", "pk")
    return list(rows if with_text else rows.defer("content"))


def deleted(chat: ChatSession, *, with_text: bool) -> dict[str, Any]:
    """How many there are, and the newest of them."""
    gone = Message.objects.filter(session=chat, active=False, deleted_at__isnull=False)
    rows = gone.select_related("author").order_by("-deleted_at", "position")[:MOST_DELETED]
    return {"count": gone.count(), "rows": list(rows if with_text else rows.defer(*TEXTS))}


def openings(chat: ChatSession) -> list[dict[str, Any]]:
    """Who of the staff read it last, and how often within one minute; the owner is shown the same."""
    rows = AuditEntry.objects.filter(session_key=chat.pk).openings().select_related("actor")
    folded = groupby(
        rows.order_by("-pk")[:LOOKED_AT], lambda row: (row.actor, row.at.replace(second=0, microsecond=0))
    )
    return [
        {"who": actor.get_username() if actor else "-", "at": at, "count": len(list(found))}
        for (actor, at), found in islice(folded, MOST_OPENINGS)
    ]
