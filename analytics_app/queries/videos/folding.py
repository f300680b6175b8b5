"""Rows of answers and of the ledger between two moments, folded into facts of each video and of all together."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
)
from django.db.models.functions import Cast

from analytics_app.videos.facts import NOBODY, Facts
from sessions_app.knowledge.models import Reference, Video, VideoAnswer
from sessions_app.knowledge.models.figures import ALL
from sessions_app.models import TokenUsage

QUARTER = 900  # seconds: the offsets of all time zones are whole quarters of an hour
AT_ONCE = 2_000
SPENT = ("input", "cache_read", F("cache_write_5m") + F("cache_write_1h"), "output")


class Quarter(Func):
    """The quarter of an hour of a moment, counted from 1970."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / {QUARTER}"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {QUARTER}) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def folded(
    creator: int, start: datetime | None, end: datetime | None, only: UUID | None = None
) -> dict[UUID, Facts]:
    """Of answers from `start` before `end` (None: from the first, to the last), about all of the creator's videos, deleted
    ones too, or about `only` one. Copies of answers have no rows: they count where they were given. An answer that had two
    videos at hand counts for both, and in ALL once."""
    videos = Video.objects.filter(creator=creator) if only is None else Video.objects.filter(pk=only)
    asked = {"video__in": videos.order_by().values("pk"), **_between(start, end)}
    answers = VideoAnswer.objects.filter(**asked).order_by()
    found: dict[UUID, Facts] = defaultdict(Facts)
    keys: dict[str, UUID] = {}
    # By the key of an answer: who asked, and the facts that count it.
    about: dict[str, tuple[int, list[Facts]]] = {}
    whole, cited_of = Facts(), dict[str, int]()
    rows = answers.values_list(
        _text("video"), _text("message"), _text("session"), "asker", "cited", Quarter("at")
    )
    for video, message, session, asker, cited, quarter in rows.iterator(AT_ONCE):
        facts = found[keys.setdefault(video, UUID(video))]
        who = asker or NOBODY
        facts.question(who, session, quarter, cited)
        if message not in about:
            about[message] = who, [whole]
            whole.question(who, session, quarter, 0)
        about[message][1].append(facts)
        cited_of[message] = cited_of.get(message, 0) + cited
    for message, cited in cited_of.items():
        Facts.cites(whole.numbers(about[message][0]), cited)
    for message, *amounts, cost in _calls(answers):
        who, counting = about.get(message, (NOBODY, []))  # one may have come meanwhile
        numbers = (1, *amounts, cost or 0, int(cost is None))
        for facts in counting:
            facts.call(who, numbers)
    for pk, begin, after, count in _references(asked):
        found[pk].moments[begin, after] += count
    return {**found, ALL: whole}


def _between(start: datetime | None, end: datetime | None) -> dict[str, datetime]:
    return {**({"at__gte": start} if start else {}), **({"at__lt": end} if end else {})}


def _text(column: str) -> Cast:
    """A key as a text: thousands of them are only compared."""
    return Cast(column, CharField())


def _calls(answers: QuerySet[VideoAnswer]) -> Any:
    """The settled calls of these answers: the answer's key, tokens by kind, the cost as the database has it."""
    calls = TokenUsage.objects.filter(settled_at__isnull=False, message__in=answers.values("message"))
    cost = Cast("cost", BigIntegerField())
    return calls.order_by().values_list(_text("message"), *SPENT, cost).iterator(AT_ONCE)


def _references(asked: dict[str, Any]) -> Any:
    given = VideoAnswer.objects.filter(message=OuterRef("message"), video=OuterRef("video"))
    rows: QuerySet[Any, Any] = Reference.objects.filter(Exists(given), **asked).order_by()
    return rows.values_list("video", "start_ms", "end_ms").annotate(n=Count("pk")).iterator(AT_ONCE)
