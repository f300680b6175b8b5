"""Who and what is active now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from sessions_app.actions.processes import living
from sessions_app.models import ChatSession, Message, Reply

LAST_DAY = timedelta(hours=24)


def online() -> set[int]:
    """Keys of the people who have a page open, in any process that lives; at most 4 s old."""
    return {person for process in living() for person in process.people}


def newest(chats: QuerySet[ChatSession], start: datetime | None, limit: int) -> list[ChatSession]:
    """The sessions last active since `start`, newest first."""
    active = chats.filter(last_activity_at__gte=start) if start else chats
    return list(active.select_related("owner").order_by("-last_activity_at", "-pk")[:limit])


def used(chats: QuerySet[ChatSession]) -> QuerySet[ChatSession]:
    """Without those of which every message was written elsewhere: an imported session has its own times. To be narrowed
    to few: it looks into each."""
    written = Message.objects.written().filter(session=OuterRef("pk"))
    return chats.filter(Q(message_count=0) | Q(parent__isnull=False) | Exists(written))


def replies(owner: int | None, status: Reply.Status = Reply.Status.RUNNING) -> QuerySet[Reply]:
    """Replies that run now (or wait in the queue), in sessions of this owner or in all."""
    found = Reply.objects.filter(status=status, session__deleted_at=None).order_by()
    return found if owner is None else found.filter(session__owner=owner)
