"""Messages, and those that wait to be sent."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q

from sessions_app.models import Message, PendingMessage, Reply

from .base import ReadOnlyAdmin
from .columns import OfChat


@admin.register(Message)
class MessageAdmin(OfChat, ReadOnlyAdmin):
    text_fields = ("content", "parts", "html", "revisions")
    list_display = ("id", "chat", "role", "author", "status", "position", "active", "model", "created_at")
    list_filter = ("role", "active", "reply__status", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("author", "reply")
    search_fields = ("=id", "=session__id", "author__username", "=client_id", "content")
    date_hierarchy = "created_at"
    dated = Q(origin_key=None)  # of those that were written an index knows when; copies bear their dates
    ordering = ("-id",)
    fields = (
        "id", "chat", "role", "author", "parent", "status", "content", "parts", "active", "position", "model",
        "client_id", "version", "born", "renderer_version", "created_at", "deleted_at",
    )  # fmt: skip

    @admin.display(description="reply", ordering="reply__status")
    def status(self, row: Message) -> str:
        reply: Reply | None = getattr(row, "reply", None)
        return reply.get_status_display() if reply else "sent"


@admin.register(PendingMessage)
class PendingMessageAdmin(OfChat, ReadOnlyAdmin):
    text_fields = ("content", "cards")
    list_display = ("id", "chat", "author", "position", "model", "created_at")
    list_select_related = ("author",)
    search_fields = ("=id", "=session__id", "author__username", "content")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields = ("id", "chat", "author", "content", "model", "client_id", "position", "created_at")
