"""The ledger."""

from __future__ import annotations

from django.contrib import admin

from sessions_app.models import TokenUsage

from .base import ReadOnlyAdmin
from .columns import ModelFilter, chat_link, dollars, model_name


@admin.register(TokenUsage)
class TokenUsageAdmin(ReadOnlyAdmin):
    list_display = (
        "at", "user", "called", "purpose", "exact_cost", "outcome", "input", "cache_read", "cache_write_5m",
        "cache_write_1h", "output", "counts_source", "duration_ms", "turn", "chat",
    )  # fmt: skip
    list_filter = (
        ModelFilter,
        "ok",
        "purpose",
        "counts_source",
        ("settled_at", admin.EmptyFieldListFilter),
        ("cost", admin.EmptyFieldListFilter),
    )
    list_select_related = ("user",)
    search_fields = ("user__username", "model", "error_type", "=session_key", "=message__id", "=request_id")
    date_hierarchy = "at"
    fields = (
        "id", "at", "settled_at", "user", "chat", "message", "purpose", "provider", "model", "turn", "attempt",
        "input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "web_searches", "counts_source",
        "exact_cost", "price_source", "outcome", "status_code", "duration_ms", "first_token_ms", "request_id", "owner",
    )  # fmt: skip

    @admin.display(description="chat", ordering="session_key")
    def chat(self, row: TokenUsage) -> str:
        """The chat, or its key once it is gone."""
        return chat_link(row.session_id) if row.session_id else str(row.session_key or "-")

    @admin.display(description="model", ordering="model")
    def called(self, row: TokenUsage) -> str:
        return model_name(row.model)

    @admin.display(description="cost", ordering="cost")
    def exact_cost(self, row: TokenUsage) -> str:
        return dollars(row.cost) if row.settled_at else "-"

    @admin.display(description="outcome", ordering="ok")
    def outcome(self, row: TokenUsage) -> str:
        if row.settled_at is None:
            return "open"
        return "ok" if row.ok else row.error_type or "failed"
