"""Rows of what happened between two moments, folded into facts by day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, tzinfo
from typing import Any, Literal

from django.db.models import Case, Q, QuerySet, Value, When

from analytics_app.facts import Facts, Folding, Key
from analytics_app.models import Judgement
from sessions_app.models import Message, Reply, ToolCall

from .periods import DAY, midnight

Part = Literal["messages", "replies", "calls", "moods"]
PARTS: tuple[Part, ...] = ("messages", "replies", "calls", "moods")
PAGE = 2_000

MESSAGE = ("session__owner", "session", "role", "author", "created_at")
REPLY = ("session__owner", "status", "turns", "created_at", "first_token_at", "finished_at")
CALL = ("message__reply__session__owner", "tool_name", "status", "duration_ms", "message__reply__finished_at")
JUDGED = ("message__session__owner", "sentiment", "topics", "kept", "message__created_at")
KEPT = Q(message__deleted_at=None, message__session__deleted_at=None)


def folded(
    first: date, last: date, zone: tzinfo, *, parts: Collection[Part] = PARTS, owner: int | None = None
) -> dict[date, Facts]:
    """Facts of the days from `first` to `last`, both with them: of everyone, or of the sessions `owner` has."""
    return {day: facts for (day, _), facts in _fold(first, last, zone, parts, owner, people=False).items()}


def folded_by_owner(day: date, zone: tzinfo) -> dict[int | None, Facts]:
    """Facts of one day of everyone (None) and of each owner of sessions."""
    return {key: facts for (_, key), facts in _fold(day, day, zone, PARTS, None, people=True).items()}


def _fold(
    first: date, last: date, zone: tzinfo, parts: Collection[Part], owner: int | None, *, people: bool
) -> dict[Key, Facts]:
    days = [first + number * DAY for number in range((last - first).days + 1)]
    edges = [midnight(day, zone) for day in (*days, last + DAY)]
    folding = Folding(days, edges, zone, people=people)
    if "messages" in parts:
        for row in _rows(Message.objects.written(), MESSAGE, edges, owner):
            folding.message(*row)
    if "replies" in parts:
        for row in _rows(Reply.objects.ran(), REPLY, edges, owner):
            folding.reply(*row)
    if "calls" in parts:
        for row in _rows(ToolCall.objects.filter(message__reply__copied=False), CALL, edges, owner):
            folding.call(*row)
    if "moods" in parts:
        kept = Case(When(KEPT, then=Value(True)), default=Value(False))
        judged = Judgement.objects.filter(message__origin_key=None).annotate(kept=kept)
        for row in _rows(judged, JUDGED, edges, owner):
            folding.judged(*row)
    return folding.result()


def _rows(rows: QuerySet[Any], columns: tuple[str, ...], edges: Sequence[Any], owner: int | None) -> Any:
    """The first column leads to the owner, the last is the moment that counts. Of an owner's sessions only those that
    were active since then are looked into; a day is left for moments that were written down a little apart."""
    where: dict[str, Any] = {f"{columns[-1]}__gte": edges[0], f"{columns[-1]}__lt": edges[-1]}
    if owner is not None:
        chat = columns[0].removesuffix("__owner")
        where |= {f"{chat}__owner": owner, f"{chat}__last_activity_at__gte": edges[0] - DAY}
    return rows.filter(**where).order_by().values_list(*columns).iterator(PAGE)
