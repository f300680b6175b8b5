"""Hits by the session they are in: the best of each, how many more there are, and what the filters would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sessions_app.models import SessionTag

from .asking import Candidate, Filters, Hit, Order, find
from .language import Query


@dataclass(frozen=True, slots=True)
class Group:
    """The best hit of a session, how many more it has, and its tags."""

    hit: Hit
    more: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of groups. `total` counts messages, at most 1,000; `counts` says how many of them each value of a filter
    would leave: by `role`, `model` and `tag`."""

    query: Query
    groups: tuple[Group, ...] = ()
    total: int = 0
    sessions: int = 0
    more: bool = False
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def total_words(self) -> str:
        return f"{self.total:,}+" if self.more else f"{self.total:,}"


def search_sessions(
    user: Any,
    query: str,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    *,
    everyone: bool = False,
    order: Order = "relevance",
    limit: int = 10,
    offset: int = 0,
) -> Groups:
    """As `search_messages`, the hits of a session together at the place of its best one. `limit` and `offset` count
    sessions."""
    found = find(user, query, filters, everyone=everyone, order=order, described=True)
    by_chat: dict[UUID | None, list[Candidate]] = {}
    for candidate in found.candidates:
        by_chat.setdefault(candidate.session, []).append(candidate)
    tags = tags_of([chat for chat in by_chat if chat is not None])
    page = list(by_chat.values())[offset : offset + limit]
    hits = {hit.session_id: hit for hit in found.hits([each[0] for each in page])}
    groups = (
        Group(hits[each[0].session], len(each) - 1, tuple(tags.get(each[0].session, ())))
        for each in page
        if each[0].session in hits
    )
    counts = {
        "role": Counter(candidate.role for candidate in found.candidates),
        "model": Counter(candidate.model for candidate in found.candidates if candidate.model),
        "tag": by_tag(by_chat, tags),
    }
    return Groups(found.query, tuple(groups), len(found.candidates), len(by_chat), found.more, counts)


def tags_of(chats: list[UUID]) -> dict[UUID | None, list[str]]:
    """The tags of these sessions, in the order of their names."""
    found: dict[UUID | None, list[str]] = {}
    rows = SessionTag.objects.filter(session__in=chats).order_by("name").values_list("session", "name")
    for chat, name in rows if chats else ():
        found.setdefault(chat, []).append(name)
    return found


def by_tag(
    by_chat: Mapping[UUID | None, list[Candidate]], tags: Mapping[UUID | None, list[str]]
) -> Counter[str]:
    counted: Counter[str] = Counter()
    for chat, names in tags.items():
        for name in names:
            counted[name] += len(by_chat[chat])
    return counted
