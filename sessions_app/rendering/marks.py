"""What people put on messages, as an article shows it: the same for every reader.

Whose a mark is stands beside it as keys of people; the page presses those of its own reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sessions_app.models import Mark, Message

MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji: how many chose it, their keys (`by`) and names."""

    emoji: str
    count: int
    by: str
    names: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A rating that says more than good or bad."""

    good: bool
    stars: int | None
    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note, on the words `quote` or on the whole message."""

    id: str
    text: str
    quote: str
    quote_at: int | None
    name: str
    by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one message. `good` and `bad` are the keys of those who rated it so."""

    good: str
    bad: str
    reasons: tuple[Reason, ...]
    reactions: tuple[Reaction, ...]
    notes: tuple[Note, ...]

    @property
    def shown(self) -> bool:
        """Whether anything stands under the message; bare thumbs are seen on their buttons."""
        return bool(self.reasons or self.reactions or self.notes)


def marks_of(rows: Iterable[Message]) -> dict[str, Marks]:
    """Marks by their message's key: one query, none where all messages are as they were born."""
    changed = [row.pk for row in rows if row.version > row.born]
    if not changed:
        return {}
    found: dict[Any, list[Mark]] = {}
    for mark in Mark.objects.filter(message__in=changed).shown():
        found.setdefault(mark.message_id, []).append(mark)
    return {str(key): collected(marks) for key, marks in found.items()}


def collected(marks: Sequence[Mark]) -> Marks:
    """The marks of one message, oldest first."""
    ratings = [mark for mark in marks if mark.kind == Mark.Kind.RATING]
    return Marks(
        good=keys(mark for mark in ratings if mark.value == 1),
        bad=keys(mark for mark in ratings if mark.value == -1),
        reasons=tuple(
            Reason(mark.value == 1, mark.stars, mark.comment, mark.by)
            for mark in ratings
            if mark.stars or mark.comment
        ),
        reactions=reactions([mark for mark in marks if mark.kind == Mark.Kind.REACTION]),
        notes=tuple(note(mark) for mark in marks if mark.kind == Mark.Kind.ANNOTATION),
    )


def keys(marks: Iterable[Mark]) -> str:
    return " ".join(str(mark.user_id) for mark in marks if mark.user_id)


def reactions(marks: Sequence[Mark]) -> tuple[Reaction, ...]:
    """By emoji, in the order in which each came first."""
    by_emoji: dict[str, list[Mark]] = {}
    for mark in marks:
        by_emoji.setdefault(mark.emoji, []).append(mark)
    return tuple(Reaction(emoji, len(those), keys(those), names(those)) for emoji, those in by_emoji.items())


def names(marks: Sequence[Mark]) -> str:
    named = ", ".join(mark.by for mark in marks[:MOST_NAMES])
    return f"{named} and {len(marks) - MOST_NAMES} more" if len(marks) > MOST_NAMES else named


def note(mark: Mark) -> Note:
    name = mark.by
    return Note(
        str(mark.pk), mark.comment, mark.quote, mark.quote_at, name, mark.user_id or 0, mark.created_at
    )
