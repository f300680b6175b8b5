"""What people put on messages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sessions_app.actions import audit
from sessions_app.models import Mark

from .base import ReadOnlyAdmin
from .columns import OfMessage


@admin.register(Mark)
class MarkAdmin(OfMessage, ReadOnlyAdmin):
    text_fields = ("comment", "quote")
    list_display = ("id", "chat", "user", "kind", "value", "stars", "emoji", "created_at", "comment")
    list_filter = ("kind", "value", "stars", "created_at")
    list_select_related = ("user", "message")
    search_fields = ("=id", "=message__id", "=message__session__id", "user__username", "comment", "quote")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields = (
        "id", "chat", "message", "user", "kind", "value", "stars", "emoji", "comment", "quote", "quote_at",
        "created_at",
    )  # fmt: skip

    def note_list(self, request: HttpRequest, shown: Any) -> None:
        """Whole comments stand in the list: it is an opening of each of their sessions."""
        super().note_list(request, shown)
        sessions = {row.message.session_id for row in shown.result_list}
        audit.record_read(actor=request.user, action="read comments", sessions=sessions)
