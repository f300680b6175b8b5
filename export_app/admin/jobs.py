"""Exports and imports: whose, how large, how it went. Titles and names of files are their person's."""

from __future__ import annotations

from django.contrib import admin

from export_app.actions.making import NO_ROOM
from export_app.jobs import WORDS
from export_app.models import ExportJob, ImportJob
from export_app.renderers import named
from sessions_app.admin.base import ReadOnlyAdmin
from sessions_app.agent.labels.words import size_words

WHY = {NO_ROOM: "no room on the disk", WORDS: "an error of the server, in its log"}


@admin.register(ExportJob)
class ExportJobAdmin(ReadOnlyAdmin):
    text_fields = ("title", "name", "doing", "left_out", "error", "options", "sessions", "absent", "formats")
    list_display = (
        "created_at",
        "owner",
        "status",
        "why",
        "count",
        "in_formats",
        "messages",
        "in_size",
        "for_staff",
    )
    list_filter = ("status", "for_staff")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "owner__email")
    ordering = ("-created_at",)
    fields = (
        "id", "owner", "status", "why", "error", "count", "in_formats", "for_staff", "messages", "done",
        "attempt", "in_size", "created_at", "started_at", "beat_at", "finished_at", "expires_at", "cancel_requested_at", "told_at",
    )  # fmt: skip

    @admin.display(description="sessions")
    def count(self, row: ExportJob) -> int:
        return len(row.sessions)

    @admin.display(description="why it failed")
    def why(self, row: ExportJob) -> str:
        """Without what is in it, which the sentence for its person may name."""
        if row.status != ExportJob.Status.FAILED:
            return ""
        return WHY.get(row.error, "what is in it cannot be made so")

    @admin.display(description="formats")
    def in_formats(self, row: ExportJob) -> str:
        found = ((name, named(name)) for name in row.formats)
        return ", ".join(renderer.label if renderer else name for name, renderer in found)

    @admin.display(description="messages", ordering="total")
    def messages(self, row: ExportJob) -> str:
        return f"{row.total:,}"

    @admin.display(description="size", ordering="size")
    def in_size(self, row: ExportJob) -> str:
        return size_words(row.size) if row.size else ""


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    text_fields = ("name", "error", "place", "notes")
    list_display = ("created_at", "owner", "status", "source", "in_size", "sessions", "done")
    list_filter = ("status", "source")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "owner__email")
    ordering = ("-created_at",)
    fields = (
        "id", "owner", "status", "error", "source", "in_size", "sessions", "done", "created_at",
        "beat_at", "finished_at", "cancel_requested_at", "told_at",
    )  # fmt: skip

    @admin.display(description="sessions", ordering="total")
    def sessions(self, row: ImportJob) -> str:
        return f"{row.total:,}"

    @admin.display(description="size", ordering="size")
    def in_size(self, row: ImportJob) -> str:
        return size_words(row.size) if row.size else ""
