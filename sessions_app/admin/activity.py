"""Events of activity: read here, reported elsewhere. What they say is text of people and their programs."""

from __future__ import annotations

from copy import copy

from django.contrib import admin
from django.http import HttpRequest

from sessions_app.models import ActivityEvent

from .base import ReadOnlyAdmin


@admin.register(ActivityEvent)
class ActivityEventAdmin(ReadOnlyAdmin):
    text_fields = ("title", "body", "data", "link", "fingerprint")
    list_display = ("id", "at", "severity", "source", "kind", "owner", "audience", "count", "title")
    list_filter = ("severity", "audience", "at")
    list_select_related = ("owner",)
    search_fields = ("=id", "=source", "=kind", "owner__username", "title")
    ordering = ("-id",)
    fields = (
        "id", "owner", "audience", "source", "kind", "severity", "title", "body", "data", "link", "fingerprint", "count",
        "first_at", "at", "received_at",
    )  # fmt: skip

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ActivityEvent | None:
        """An event is called by its title, which not all staff may read."""
        event: ActivityEvent | None = super().get_object(request, object_id, from_field)
        return event if event is None or self.calls_by_name(request) else self.nameless(event)

    def nameless(self, row: ActivityEvent) -> ActivityEvent:
        unnamed = copy(row)
        unnamed.title = str(row.pk)
        return unnamed
