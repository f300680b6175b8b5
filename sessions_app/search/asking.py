"""Asking the index on someone's behalf, and making hits of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Length, Substr

from sessions_app.models import ChatSession, Message, SearchEntry, SessionMember, SessionTag, User

from . import index
from .content import TOOLS_LIMIT
from .language import Query, Term, parse
from .places import Snippet, places, score, snippet

FOUND_AT_MOST = 1000
READ_FOR_RANK = 4000  # characters of each text
TOOL = "tool"  # stands for a role: what tools returned
TOOLS_LOOKED_AT = 4 * FOUND_AT_MOST
MARKS_AT_ONCE = 100
NARROWED_AT_MOST = 400  # chats; a wider filter is left to the database

Order = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search. Times are aware, from `since`, before `until`; None says both or any. The session must have
    all of `tags`. With `versions` messages are found that no page shows now. Role `tool` finds in results of tools only."""

    since: datetime | None = None
    until: datetime | None = None
    session: UUID | None = None
    model: str = ""
    role: str = ""
    starred: bool | None = None
    archived: bool | None = None
    leave_out: UUID | None = None
    tags: tuple[str, ...] = ()
    versions: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found. `found_in` is where the snippet is from; `score` is higher for the better one, and 0
    where the newest were asked for."""

    message_id: UUID
    session_id: UUID
    title: str
    role: str
    author: str
    model: str
    at: datetime
    starred: bool
    archived: bool
    shown: bool
    found_in: Literal["message", "tool result"]
    snippet: str
    highlights: tuple[tuple[int, int], ...]
    score: float

    @property
    def link(self) -> str:
        return f"/sessions/{self.session_id}/#message-{self.message_id}"


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits. `total` counts at most 1,000; with `more` there are others, older than those counted."""

    query: Query
    hits: tuple[Hit, ...] = ()
    total: int = 0
    more: bool = False

    @property
    def total_words(self) -> str:
        return f"{self.total:,}+" if self.more else f"{self.total:,}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that holds the words. What it is of is known only where that was asked for."""

    key: int
    score: float
    session: UUID | None = None
    role: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates in their order, and what makes hits of them; with `more` there are others, older than these."""

    query: Query
    rows: QuerySet[SearchEntry]
    candidates: list[Candidate]
    more: bool = False
    tools: bool = False

    def hits(self, page: Sequence[Candidate]) -> tuple[Hit, ...]:
        return _hits(self.rows, page, self.query.terms, tools=self.tools)


def search_messages(
    user: User | Any,
    query: str,
    filters: Filters = Filters(),
    *,
    everyone: bool = False,
    order: Order = "relevance",
    limit: int = 10,
    offset: int = 0,
) -> Hits:
    """Messages this person may read and a page shows that hold all that `query` asks for (see `language`).

    Never raises for what was typed. `everyone` searches what all have, and raises PermissionDenied but for staff who
    may see messages. Of equal ones the newest comes first; no more than the newest 1,000 are counted and ranked.
    Without any query, a time to begin from gives the newest since then.
    """
    found = find(user, query, filters, everyone=everyone, order=order)
    page = found.candidates[offset : offset + limit]
    return Hits(found.query, found.hits(page), len(found.candidates), found.more)


def find(
    user: User | Any, query: str, filters: Filters, *, everyone: bool, order: Order, described: bool = False
) -> Found:
    """The candidates of a search in its order; `described` says what each is of."""
    asked = parse(query)
    rows = SearchEntry.objects.all_for_staff(user) if everyone else SearchEntry.objects.for_user(user)
    if not asked and (query.strip() or filters.since is None):
        return Found(asked, rows, [])
    ranked = bool(asked) and order == "relevance"
    look = _Look(asked.terms, ranked, filters.role == TOOL, described)
    found = _candidates(user, _narrowed(rows, filters), asked, filters, everyone, look)
    more = len(found) > FOUND_AT_MOST
    found = found[:FOUND_AT_MOST]
    if ranked:
        found.sort(key=lambda candidate: (-candidate.score, -candidate.key))
    return Found(asked, rows, found, more, look.tools)


def _narrowed(rows: QuerySet[SearchEntry], filters: Filters) -> QuerySet[SearchEntry]:
    """The filters that are columns. Those the index knows are marks as well (`_marks`)."""
    rows = rows.filter(message__deleted_at__isnull=True)
    if not filters.versions:
        rows = rows.filter(message__active=True)
    if filters.role == TOOL:
        rows = rows.filter(told__lt=Length("text"))
    for name in filters.tags:
        rows = rows.filter(session__in=SessionTag.objects.filter(name=name).values("session"))
    if filters.session is not None:
        rows = rows.filter(session=filters.session)
    if filters.starred is not None:
        rows = rows.filter(session__starred=filters.starred)
    if filters.archived is not None:
        rows = rows.filter(session__archived_at__isnull=not filters.archived)
    if filters.leave_out is not None:
        rows = rows.exclude(message=filters.leave_out)
    return rows


def _marks(filters: Filters) -> list[str]:
    role = Message.Role.ASSISTANT if filters.role == TOOL else filters.role
    marks = [index.role_mark(role)] if role else []
    return [*marks, index.model_mark(filters.model)] if filters.model else marks


@dataclass(frozen=True, slots=True)
class _Look:
    """How the walk looks at each entry."""

    terms: tuple[Term, ...]
    ranked: bool
    tools: bool
    described: bool


def _candidates(
    user: Any, rows: QuerySet[SearchEntry], asked: Query, filters: Filters, everyone: bool, look: _Look
) -> list[Candidate]:
    """The newest hits with their scores, one more than are counted; each scope is walked on its own."""
    seen: dict[int, Candidate] = {}
    walk = _walk_tools if look.tools else _walk
    for scope in _scopes(user, filters, everyone):
        found = index.matching(rows, asked, _marks(filters), scope, filters.since, filters.until)
        for candidate in walk(found, look):
            seen[candidate.key] = candidate
    return sorted(seen.values(), key=lambda candidate: -candidate.key)[: FOUND_AT_MOST + 1]


def _walk(rows: QuerySet[SearchEntry], look: _Look) -> Iterator[Candidate]:
    kinds = ("session", "role", "model") if look.described else ()
    rows = rows[: FOUND_AT_MOST + 1]
    if not look.ranked:
        return (Candidate(key, 0.0, *of) for key, *of in rows.values_list("pk", *kinds))
    texts = rows.values_list("pk", Substr("text", 1, READ_FOR_RANK), Length("text"), *kinds)
    return (
        Candidate(key, round(score(text, length, look.terms), 3), *of) for key, text, length, *of in texts
    )


def _walk_tools(rows: QuerySet[SearchEntry], look: _Look) -> Iterator[Candidate]:
    """Of the newest entries those that hold all terms in what tools returned: the index does not tell these apart on
    every database."""
    told = Substr("text", F("told") + 1, TOOLS_LIMIT)
    texts = rows[:TOOLS_LOOKED_AT].values_list("pk", told, "session", "role", "model")
    held = (row for row in texts if _different(row[1], look.terms) == len(look.terms))
    return (
        Candidate(key, round(score(text, len(text), look.terms), 3) if look.ranked else 0.0, *of)
        for key, text, *of in islice(held, FOUND_AT_MOST + 1)
    )


def _scopes(user: Any, filters: Filters, everyone: bool) -> Iterator[list[str]]:
    """Marks of which one must be there, in groups that together cover what may be read and the filters let through.

    Rights do not hang on them: the rows do (`for_user`). They only keep the walk away from what is not asked for.
    """
    if filters.session is not None:
        yield [index.chat_mark(filters.session)]
        return
    chats = _few_chats(user, filters, everyone)
    if chats is not None:
        yield from _groups(chats)
    elif everyone:
        yield []
    else:
        yield [index.owner_mark(user.pk)]
        shared = SessionMember.objects.filter(user=user.pk).order_by("pk")
        yield from _groups(shared.values_list("session", flat=True))


def _few_chats(user: Any, filters: Filters, everyone: bool) -> list[UUID] | None:
    """The chats a rare quality leaves; None where there are many or none is asked for."""
    if not (filters.starred or filters.archived or filters.tags):
        return None
    objects = ChatSession.objects
    rows = objects.all_for_staff(user) if everyone else objects.for_user(user)
    if filters.starred:
        rows = rows.filter(starred=True)
    if filters.archived:
        rows = rows.filter(archived_at__isnull=False)
    for name in filters.tags:
        rows = rows.filter(pk__in=SessionTag.objects.filter(name=name).values("session"))
    chats = list(rows.order_by().values_list("pk", flat=True)[: NARROWED_AT_MOST + 1])
    return chats if len(chats) <= NARROWED_AT_MOST else None


def _groups(chats: Any) -> Iterator[list[str]]:
    marks = (index.chat_mark(chat) for chat in chats)
    while group := list(islice(marks, MARKS_AT_ONCE)):
        yield group


# ---------------------------------------------------------------- hits


def _hits(
    rows: QuerySet[SearchEntry], page: Sequence[Candidate], terms: Sequence[Term], *, tools: bool
) -> tuple[Hit, ...]:
    entries = rows.filter(pk__in=[candidate.key for candidate in page])
    entries = entries.select_related("session", "message__author").only(
        "role", "model", "at", "told", "text",
        "session__title", "session__starred", "session__archived_at",
        "message__author__username", "message__active",
    )  # fmt: skip
    by_key = {entry.pk: entry for entry in entries}
    return tuple(
        _hit(by_key[candidate.key], candidate.score, terms, tools=tools)
        for candidate in page
        if candidate.key in by_key
    )


def _hit(entry: SearchEntry, scored: float, terms: Sequence[Term], *, tools: bool) -> Hit:
    chat, author = entry.session, entry.message.author
    found_in, piece = _piece(entry, terms, tools=tools)
    return Hit(
        message_id=entry.message_id,
        session_id=entry.session_id,
        title=str(chat),
        role=entry.role,
        author=author.username if author else "",
        model=entry.model,
        at=entry.at,
        starred=chat.starred,
        archived=chat.archived_at is not None,
        shown=entry.message.active,
        found_in=found_in,
        snippet=piece.text,
        highlights=piece.highlights,
        score=scored,
    )


def _piece(
    entry: SearchEntry, terms: Sequence[Term], *, tools: bool
) -> tuple[Literal["message", "tool result"], Snippet]:
    """The snippet of the message itself, unless more of the terms stand in what its tools returned, or only that is
    looked at."""
    own, told = entry.text[: entry.told], entry.text[entry.told :]
    if told and (tools or _different(told, terms) > _different(own, terms)):
        return "tool result", snippet(told, terms)
    return "message", snippet(own, terms)


def _different(text: str, terms: Sequence[Term]) -> int:
    return len({place.term for place in places(text, terms)})
