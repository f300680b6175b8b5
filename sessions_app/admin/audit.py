"""Who of staff opened what."""

from __future__ import annotations

from django.contrib import admin

from sessions_app.models import AuditEntry

from .base import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    open_to_staff = False
    list_display = ("at", "actor", "action", "subject", "detail")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("actor__username", "subject", "detail")
    date_hierarchy = "at"
    ordering = ("-id",)
    fields = ("at", "actor", "action", "subject", "detail")
