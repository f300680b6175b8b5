"""Server processes that run replies."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone

from sessions_app.actions.processes import DEAD_AFTER
from sessions_app.models import RunnerProcess

from .base import ReadOnlyAdmin


@admin.register(RunnerProcess)
class RunnerProcessAdmin(ReadOnlyAdmin):
    list_display = ("id", "host", "pid", "alive", "started_at", "beat_at", "ended_at")
    search_fields = ("=id", "host")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    fields = ("id", "host", "pid", "alive", "started_at", "beat_at", "ended_at")

    @admin.display(boolean=True)
    def alive(self, row: RunnerProcess) -> bool:
        return row.ended_at is None and timezone.now() - row.beat_at < DEAD_AFTER
