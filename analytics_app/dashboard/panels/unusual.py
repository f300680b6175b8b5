"""Days that cost far more than usual, and what made them so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Sum

from analytics_app import insights
from analytics_app.dashboard.panel import Column, Contents, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.queries.periods import between
from sessions_app.agent.labels.words import counted
from sessions_app.models import User

from .sheets import COST, DAY, nothing, rows_address
from .titles import Titles

LOOKED_INTO = 10  # days, the last ones, whose calls are looked at
NOTHING = "No day of this period cost far more than the days before it."


def anomalies(question: Question, reads: Reads) -> Contents:
    people = (Column("user", "Person"),) if question.everyone else ()
    columns = (
        DAY,
        COST,
        Column("usual", "Usual", "money"),
        Column("reason", "Why"),
        *people,
        Column("session", "Session"),
        Column("session_cost", "Its cost", "money"),
    )
    if not reads.odd:
        return nothing(columns, NOTHING)
    found = list(reversed(reads.odd))
    causes = {each.day: _cause(reads, each.day) for each in found[:LOOKED_INTO]}
    titles = Titles.of(reads, [cause.session for cause in causes.values() if cause])
    rows: list[tuple[Value, ...]] = []
    for each in found:
        cause = causes.get(each.day)
        who: tuple[Value, ...] = (cause.user if cause else None,) if people else ()
        session: tuple[Value, ...] = (titles.name(cause.session), cause.cost) if cause else (None, None)
        why = insights.reason(reads.costs_by_model, each.day)
        rows.append((each.day, each.cost, each.usual, why, *who, *session))
    place = len(columns) - 2
    return Contents(
        Sheet(
            columns,
            tuple(rows),
            {at: _calls_of(question, each.day) for at, each in enumerate(found)},
            cells={
                (at, place): link
                for at, each in enumerate(found)
                if (cause := causes.get(each.day)) and (link := titles.link(cause.session))
            },
        ),
        total=counted(len(found), "day"),
        href=rows_address("calls", question, sort="cost"),
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """The session that cost most on a day, of the person who spent most then."""

    user: str | None
    session: UUID
    cost: Value


def _cause(reads: Reads, day: date) -> Cause | None:
    calls = reads.ledger.calls(between(day, day, reads.question.zone)).filter(cost__gt=0).order_by()
    spender = calls.values("user").annotate(usd=Sum("cost"), n=Count("pk")).order_by("-usd", "user").first()
    chats = calls.filter(session_key__isnull=False).values("session_key")
    session = chats.annotate(usd=Sum("cost"), n=Count("pk")).order_by("-usd", "session_key").first()
    if spender is None or session is None or session["session_key"] is None:
        return None
    person = User.objects.filter(pk=spender["user"]).values_list("username", flat=True).first()
    return Cause(person, session["session_key"], session["usd"])


def _calls_of(question: Question, day: date) -> str:
    dates = {"time_range": "dates", "from": f"{day}", "until": f"{day}"}
    return rows_address("calls", question, sort="cost", **dates)
