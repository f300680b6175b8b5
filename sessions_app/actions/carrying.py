"""Which activity events a message carries to the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sessions_app.models import ActivityEvent, CarriedEvent, Message


def events_in(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Keys of the events that these cards are about."""
    return [str(key) for part in parts for key in part.get("events", ())]


def carry(*, message: Message, events: Iterable[str | UUID]) -> None:
    """Note which events a message carries, of those that are still there."""
    wanted = list(events)
    if not wanted:
        return
    keys = ActivityEvent.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    rows = [CarriedEvent(message=message, event_id=key) for key in keys]
    CarriedEvent.objects.bulk_create(rows, ignore_conflicts=True)
