"""What staff do with chosen chats at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from sessions_app.actions import audit, organising
from sessions_app.models import ChatSession
from sessions_app.transactions import write

from . import exporting, reasons
from .asking import chosen, counted
from .base import StaffAdmin, may_read


class ChatActions(StaffAdmin):
    """Mixin of the chats' page."""

    actions = ("export", "archive", "bring_back")

    @admin.action(description="Export as JSON lines")
    def export(self, request: HttpRequest, queryset: QuerySet[ChatSession]) -> HttpResponseBase | None:
        """Figures for all staff, texts for those who may read them. Each session is on record before its first line
        leaves."""
        chats = chosen(request, queryset.order_by("-last_activity_at", "-pk"))
        if chats is None:
            return None
        texts = may_read(request)
        if texts and (missing := [chat for chat in chats if reasons.given(request, chat) is None]):
            words = counted(len(missing), "session takes", "sessions take")
            messages.error(request, f"{words} a reason first: open its review. Nothing was exported.")
            return None
        self.note_each(request, "exported session" if texts else "took figures out", chats)
        name = f"sessions-{timezone.localdate():%Y-%m-%d}.jsonl"
        return StreamingHttpResponse(
            exporting.lines([chat.pk for chat in chats], with_text=texts),
            content_type="application/x-ndjson",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[ChatSession]) -> None:
        self._move(request, queryset, on=True)

    @admin.action(description="Bring back from the archive", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[ChatSession]) -> None:
        self._move(request, queryset, on=False)

    def _move(self, request: HttpRequest, queryset: QuerySet[ChatSession], *, on: bool) -> None:
        chats = chosen(request, queryset)
        if chats is None:
            return
        moved = [chat for chat in chats if (chat.archived_at is None) is on]
        with write():
            self.note_each(request, "archived session" if on else "brought session back", moved)
            organising.archive(chats=moved, on=on)
        words = f"{counted(len(moved), 'session', 'sessions')} {'archived' if on else 'brought back'}."
        same = len(chats) - len(moved)
        where = "in the archive" if on else "in the list"
        messages.success(
            request, words + (f" {counted(same, 'was', 'were')} {where} already." if same else "")
        )

    def note_each(self, request: HttpRequest, action: str, chats: list[Any]) -> None:
        with write():
            for chat in chats:
                reason = reasons.given(request, chat) or ""
                audit.record(actor=request.user, action=action, subject=chat, reason=reason)
