"""Exports and imports: whose, how large, how it went. Titles and names of files are their person's."""

from __future__ import annotations

from django.contrib import admin

from export_app.models import ExportJob, ImportJob
from sessions_app.admin.base import ReadOnlyAdmin


@admin.register(ExportJob)
class ExportJobAdmin(ReadOnlyAdmin):
    text_fields = ("title", "name", "doing", "left_out", "error", "options", "sessions", "absent", "formats")
    list_display = (
        "id",
        "owner",
        "status",
        "count",
        "in_formats",
        "total",
        "size",
        "for_staff",
        "created_at",
    )
    list_filter = ("status", "for_staff")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "owner__email")
    ordering = ("-created_at",)
    fields = (
        "id", "owner", "status", "count", "in_formats", "for_staff", "total", "done", "attempt", "size",
        "created_at", "started_at", "beat_at", "finished_at", "expires_at", "cancel_requested_at", "told_at",
    )  # fmt: skip

    @admin.display(description="sessions")
    def count(self, row: ExportJob) -> int:
        return len(row.sessions)

    @admin.display(description="formats")
    def in_formats(self, row: ExportJob) -> str:
        return ", ".join(row.formats)


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    text_fields = ("name", "error", "place", "notes")
    list_display = ("id", "owner", "status", "source", "size", "total", "done", "created_at")
    list_filter = ("status", "source")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "owner__email")
    ordering = ("-created_at",)
    fields = (
        "id", "owner", "status", "source", "size", "total", "done", "created_at", "beat_at", "finished_at",
        "cancel_requested_at", "told_at",
    )  # fmt: skip
