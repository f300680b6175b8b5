"""Sessions: how many there are, and which were active in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet

from sessions_app.models import ChatSession, Message, User

from .periods import DAY, Period


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """`active`: with a message in the period; `new`: begun in it."""

    active: int
    new: int


def owned_by(user: User) -> QuerySet[ChatSession]:
    """This person's own sessions; those of others they are a member of are the others'."""
    return ChatSession.objects.for_user(user).filter(owner=user.pk).order_by()


def all_for_staff(user: User) -> QuerySet[ChatSession]:
    """Everyone's sessions, to be counted: whoever shows their titles asks for the permission first."""
    if not user.is_staff:
        raise PermissionDenied
    return ChatSession.objects.filter(deleted_at=None).order_by()


def counts(chats: QuerySet[ChatSession], span: Period, now: datetime) -> SessionCounts:
    if span.start is None or span.end is None:
        there = chats.count()
        return SessionCounts(there, there)
    return SessionCounts(active(chats, span, now).count(), span.within(chats, "created_at").count())


def active(chats: QuerySet[ChatSession], span: Period, now: datetime) -> QuerySet[ChatSession]:
    """Those with a message in the period, of all time every one. A session that was active in a period that holds
    `now` was active last in it; else its messages tell."""
    if span.start is None or span.end is None:
        return chats
    if span.start <= now < span.end:
        return span.within(chats, "last_activity_at")
    said = span.within(Message.objects.written().filter(session=OuterRef("pk")), "created_at")
    # Both ends of one column: SQLite takes its index then, which leaves fewest sessions to look into.
    later = chats.filter(last_activity_at__gte=span.start, last_activity_at__lt=now + DAY)
    return later.filter(Exists(said), created_at__lt=span.end)
