"""Finding messages by their words. One function, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sessions_app.models import Message, User

WORDS_LIMIT = 10
SNIPPET = 160
BEFORE_HIT = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, with the piece of its text that holds the first word."""

    message_id: UUID
    session_id: UUID
    title: str
    role: str
    at: datetime
    snippet: str

    @property
    def link(self) -> str:
        return f"/sessions/{self.session_id}/#message-{self.message_id}"


@dataclass(frozen=True, slots=True)
class Hits:
    """The newest hits, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int


def search_messages(
    user: User,
    query: str,
    since: datetime | None = None,
    limit: int = 10,
    *,
    until: datetime | None = None,
    leave_out: UUID | None = None,
) -> Hits:
    """Messages this person may read and the page shows that hold every word of `query`, newest first.

    `leave_out` is the message that asks: it holds the words it asks for. A query without words finds nothing.
    """
    words = words_of(query)
    if not words:
        return Hits((), 0)
    found = Message.objects.for_user(user).filter(active=True, deleted_at__isnull=True)
    for word in words:
        found = found.filter(content__icontains=word)
    if since is not None:
        found = found.filter(created_at__gte=since)
    if until is not None:
        found = found.filter(created_at__lt=until)
    if leave_out is not None:
        found = found.exclude(pk=leave_out)
    newest = found.select_related("session").order_by("-created_at", "-pk")[:limit]
    return Hits(tuple(_hit(message, words) for message in newest), found.count())


def words_of(query: str) -> tuple[str, ...]:
    """The words to look for, at most ten; PostgreSQL takes no NUL in a text."""
    bare = (word.strip("\"'“”‘’.,;:!?()") for word in query.replace("\x00", " ").split())
    return tuple(dict.fromkeys(word for word in bare if word))[:WORDS_LIMIT]


def snippet(text: str, words: Sequence[str]) -> str:
    """About 160 characters around the first word found, on one line, cut ends marked."""
    line = " ".join(text.split())
    lowered = line.lower()
    places = [place for word in words if (place := lowered.find(word.lower())) >= 0]
    start = max(0, min(places, default=0) - BEFORE_HIT)
    if start:
        start = line.find(" ", start, start + BEFORE_HIT // 2) + 1 or start
    piece = line[start : start + SNIPPET]
    return f"{'…' if start else ''}{piece}{'…' if start + SNIPPET < len(line) else ''}"


def _hit(message: Message, words: Sequence[str]) -> Hit:
    return Hit(
        message_id=message.pk,
        session_id=message.session_id,
        title=str(message.session),
        role=message.role,
        at=message.created_at,
        snippet=snippet(message.content, words),
    )
