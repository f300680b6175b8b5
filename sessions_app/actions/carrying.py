"""Which activity events a message carries to the model, and whether it is the same notification as another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sessions_app.agent.cards import Card, posted
from sessions_app.models import ActivityEvent, CarriedEvent, Message, PendingMessage


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


def other_card(found: Message | PendingMessage, cards: Sequence[Card]) -> bool:
    """Whether what came under this id was another notification than these cards are, or none."""
    parts = found.cards if isinstance(found, PendingMessage) else found.parts
    before = None if found.content else posted(parts)
    now = posted([card.part for card in cards])
    return (before.words if before else None) != (now.words if now else None)
