"""Replies, their journal, and the tool calls in them."""

from __future__ import annotations

from django.contrib import admin

from sessions_app.models import Reply, ReplyChunk, ToolCall

from .base import ReadOnlyAdmin
from .columns import OfChat, OfMessage, chat_link
from .filters import StopFilter


@admin.register(Reply)
class ReplyAdmin(OfChat, ReadOnlyAdmin):
    list_display = (
        "message_id", "chat", "status", "stop_reason", "error_type", "turns", "attempt", "seconds", "created_at",
    )  # fmt: skip
    list_filter = ("status", StopFilter)
    search_fields = ("=message__id", "=session__id", "error_type", "=owner")
    date_hierarchy = "finished_at"  # which has an index, as figures count replies on the day they ended
    ordering = ("-message_id",)
    fields = (
        "message", "chat", "status", "owner", "attempt", "turns", "parts_seq", "model_config", "stop_reason",
        "error_type", "error_message", "created_at", "started_at", "first_token_at", "finished_at", "seconds",
        "stop_requested_at",
    )  # fmt: skip

    @admin.display(description="seconds")
    def seconds(self, row: Reply) -> str:
        if row.started_at is None or row.finished_at is None:
            return "-"
        return f"{row.duration_ms / 1000:.1f}"


@admin.register(ReplyChunk)
class ReplyChunkAdmin(ReadOnlyAdmin):
    text_fields = ("chunks",)
    list_display = ("id", "chat", "reply_id", "first_seq", "last_seq", "at")
    list_select_related = ("reply",)
    search_fields = ("=reply__message__id",)
    date_hierarchy = "at"
    ordering = ("-id",)
    fields = ("id", "chat", "reply", "first_seq", "last_seq", "chunks", "at")

    @admin.display(description="chat")
    def chat(self, row: ReplyChunk) -> str:
        return chat_link(row.reply.session_id)


@admin.register(ToolCall)
class ToolCallAdmin(OfMessage, ReadOnlyAdmin):
    text_fields = ("input", "result", "error_message")
    list_display = ("id", "chat", "tool_name", "status", "turn", "duration_ms", "created_at")
    list_filter = ("status",)
    list_select_related = ("message",)
    search_fields = ("=id", "=message__id", "tool_name", "error_message")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields = (
        "id", "chat", "message", "turn", "tool_name", "tool_use_id", "status", "duration_ms", "input", "result",
        "error_message", "created_at",
    )  # fmt: skip
