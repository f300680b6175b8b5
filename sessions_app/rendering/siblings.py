"""Which version of a message is shown, of how many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from sessions_app.models import Message

Key = tuple[UUID | None, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """Where a message stands among its siblings, from 1; the keys of its neighbours, empty at the ends."""

    number: int
    count: int
    earlier: str
    later: str


def versions_of(rows: Sequence[Message]) -> dict[UUID, Versions]:
    """Of the messages (of one chat) that have siblings: where they stand. One query."""
    found: dict[UUID, Versions] = {}
    for keys in siblings(rows).values():
        for row in rows if len(keys) > 1 else ():
            if row.pk in keys:
                found[row.pk] = standing(keys, row.pk)
    return found


def siblings(rows: Sequence[Message]) -> dict[Key, list[UUID]]:
    """All versions beside these messages, theirs among them, oldest first."""
    if not rows:
        return {}
    parents = [row.parent_id for row in rows if row.parent_id is not None]
    beside = Q(parent__in=parents)
    if len(parents) < len(rows):
        beside |= Q(session=rows[0].session_id, parent__isnull=True)
    return by_place(
        Message.objects.filter(beside).kept().order_by("created_at", "pk").values_list("pk", "parent", "role")
    )


def by_place(rows: Iterable[tuple[UUID, UUID | None, str]]) -> dict[Key, list[UUID]]:
    found: dict[Key, list[UUID]] = {}
    for key, parent, role in rows:
        found.setdefault((parent, role), []).append(key)
    return found


def standing(keys: Sequence[UUID], key: UUID) -> Versions:
    at = keys.index(key)
    earlier = str(keys[at - 1]) if at else ""
    later = str(keys[at + 1]) if at + 1 < len(keys) else ""
    return Versions(at + 1, len(keys), earlier, later)
