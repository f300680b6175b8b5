"""Links by which others read a session: which session, since when, what they show. Neither their address nor their text."""

from __future__ import annotations

from django.contrib import admin

from export_app.models import ShareLink
from sessions_app.admin.base import ReadOnlyAdmin
from sessions_app.admin.columns import OfChat


@admin.register(ShareLink)
class ShareLinkAdmin(OfChat, ReadOnlyAdmin):
    text_fields = ("title", "about", "head", "removed_why", "digest", "sealed")
    list_display = (
        "id", "chat", "owner", "snapshot", "created_at", "expires_at", "revoked_at", "listed_at", "removed_at",
    )  # fmt: skip
    list_filter = ("snapshot",)
    list_select_related = ("owner",)
    search_fields = ("=id", "=session__id", "owner__username", "owner__email")
    ordering = ("-created_at",)
    fields = (
        "id", "chat", "owner", "snapshot", "tools", "thinking", "names", "costs", "files", "download", "created_at",
        "expires_at", "revoked_at", "listed_at", "removed_at",
    )  # fmt: skip
