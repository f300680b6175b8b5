"""Asking the index on someone's behalf, and making hits of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Length, Substr

from sessions_app.models import ChatSession, SearchEntry, SessionMember, User

from . import index
from .language import Query, Term, parse
from .places import Snippet, places, score, snippet

FOUND_AT_MOST = 1000
READ_FOR_RANK = 4000  # characters of each text
MARKS_AT_ONCE = 100
NARROWED_AT_MOST = 400  # chats; a wider filter is left to the database

Order = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search. Times are aware, from `since`, before `until`; None says both or any."""

    since: datetime | None = None
    until: datetime | None = None
    session: UUID | None = None
    model: str = ""
    role: str = ""
    starred: bool | None = None
    archived: bool | None = None
    leave_out: UUID | None = None


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
class _Candidate:
    key: int
    score: float


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
    asked = parse(query)
    rows = SearchEntry.objects.all_for_staff(user) if everyone else SearchEntry.objects.for_user(user)
    if not asked and (query.strip() or filters.since is None):
        return Hits(asked)
    ranked = bool(asked) and order == "relevance"
    found = _candidates(user, _narrowed(rows, filters), asked, filters, everyone, ranked=ranked)
    more = len(found) > FOUND_AT_MOST
    found = found[:FOUND_AT_MOST]
    if ranked:
        found.sort(key=lambda candidate: (-candidate.score, -candidate.key))
    page = found[offset : offset + limit]
    return Hits(asked, _hits(rows, page, asked.terms), len(found), more)


def _narrowed(rows: QuerySet[SearchEntry], filters: Filters) -> QuerySet[SearchEntry]:
    """The filters that are columns. Those the index knows are marks as well (`_marks`)."""
    rows = rows.filter(message__active=True, message__deleted_at__isnull=True)
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
    marks = [index.role_mark(filters.role)] if filters.role else []
    return [*marks, index.model_mark(filters.model)] if filters.model else marks


def _candidates(
    user: Any, rows: QuerySet[SearchEntry], asked: Query, filters: Filters, everyone: bool, *, ranked: bool
) -> list[_Candidate]:
    """The newest hits with their scores, one more than are counted; each scope is walked on its own."""
    seen: dict[int, _Candidate] = {}
    for scope in _scopes(user, filters, everyone):
        found = index.matching(rows, asked, _marks(filters), scope, filters.since, filters.until)
        for candidate in _walk(found[: FOUND_AT_MOST + 1], asked.terms, ranked):
            seen[candidate.key] = candidate
    return sorted(seen.values(), key=lambda candidate: -candidate.key)[: FOUND_AT_MOST + 1]


def _walk(rows: QuerySet[SearchEntry], terms: Sequence[Term], ranked: bool) -> Iterator[_Candidate]:
    if not ranked:
        return (_Candidate(key, 0.0) for key in rows.values_list("pk", flat=True))
    texts = rows.values_list("pk", Substr("text", 1, READ_FOR_RANK), Length("text"))
    return (_Candidate(key, round(score(text, length, terms), 3)) for key, text, length in texts)


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
    if not (filters.starred or filters.archived):
        return None
    objects = ChatSession.objects
    rows = objects.all_for_staff(user) if everyone else objects.for_user(user)
    if filters.starred:
        rows = rows.filter(starred=True)
    if filters.archived:
        rows = rows.filter(archived_at__isnull=False)
    chats = list(rows.order_by().values_list("pk", flat=True)[: NARROWED_AT_MOST + 1])
    return chats if len(chats) <= NARROWED_AT_MOST else None


def _groups(chats: Any) -> Iterator[list[str]]:
    marks = (index.chat_mark(chat) for chat in chats)
    while group := list(islice(marks, MARKS_AT_ONCE)):
        yield group


# ---------------------------------------------------------------- hits


def _hits(rows: QuerySet[SearchEntry], page: Sequence[_Candidate], terms: Sequence[Term]) -> tuple[Hit, ...]:
    entries = rows.filter(pk__in=[candidate.key for candidate in page])
    entries = entries.select_related("session", "message__author").only(
        "role", "model", "at", "told", "text",
        "session__title", "session__starred", "session__archived_at", "message__author__username",
    )  # fmt: skip
    by_key = {entry.pk: entry for entry in entries}
    return tuple(
        _hit(by_key[candidate.key], candidate.score, terms) for candidate in page if candidate.key in by_key
    )


def _hit(entry: SearchEntry, scored: float, terms: Sequence[Term]) -> Hit:
    chat, author = entry.session, entry.message.author
    found_in, piece = _piece(entry, terms)
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
        found_in=found_in,
        snippet=piece.text,
        highlights=piece.highlights,
        score=scored,
    )


def _piece(entry: SearchEntry, terms: Sequence[Term]) -> tuple[Literal["message", "tool result"], Snippet]:
    """The snippet of the message itself, unless more of the terms stand in what its tools returned."""
    own, told = entry.text[: entry.told], entry.text[entry.told :]
    if told and _different(told, terms) > _different(own, terms):
        return "tool result", snippet(told, terms)
    return "message", snippet(own, terms)


def _different(text: str, terms: Sequence[Term]) -> int:
    return len({place.term for place in places(text, terms)})
