"""Incoming webhooks of sessions: where programs post, and how often they do. A secret is shown nowhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sessions_app.models import SessionWebhook

from .base import ReadOnlyAdmin
from .columns import OfChat


@admin.register(SessionWebhook)
class WebhookAdmin(OfChat, ReadOnlyAdmin):
    text_fields = ("secret_sealed",)
    list_display = (
        "id",
        "name",
        "chat",
        "maker",
        "answers",
        "uses",
        "last_used_at",
        "created_at",
        "revoked_at",
    )
    list_filter = ("answers", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("maker",)
    search_fields = ("=id", "=session__id", "maker__username", "name")
    ordering = ("-id",)
    fields = ("id", "name", "chat", "maker", "answers", "uses", "last_used_at", "created_at", "revoked_at")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return not lookup.startswith("secret_sealed") and super().lookup_allowed(lookup, value, request)
