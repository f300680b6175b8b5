"""What was spent: by model and day, provider, purpose and person; tokens by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from analytics_app import insights
from analytics_app.dashboard.panel import MOST_ROWS, Column, Contents, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.insights import days_between
from analytics_app.queries.ledger import DELETED
from analytics_app.queries.tokens import Named, TokenSums
from analytics_app.savings import label
from sessions_app.agent.labels.days import thinned
from sessions_app.agent.labels.views import Bar, Bars, Columns
from sessions_app.agent.labels.words import day_words, estimate, short
from sessions_app.models import TokenUsage
from sessions_app.offering import provider_label

from .sheets import (
    CALLS,
    DAY,
    NO_CALLS,
    SPENT,
    TOKENS,
    most_costly,
    named_sheet,
    nothing,
    rows_address,
    spent,
    unpriced_said,
)

SHOWN = 12  # bars of a chart; the table has every row
PURPOSES = dict(TokenUsage.Purpose.choices)
KINDS = ("Input", "Cache read", "Cache write", "Output")


def cost_by_model_day(question: Question, reads: Reads) -> Contents:
    """A column a day; in the table a row for each day and model, which adds up to the total."""
    columns = (DAY, Column("model", "Model"), *SPENT)
    if not reads.rows:
        return nothing(columns, NO_CALLS)
    rows = tuple((day, model, *spent(sums)) for (day, model), sums in reads.by_day_and_model.items())
    return Contents(
        Sheet(columns, rows, total=("All", None, *spent(reads.sums))),
        _by_day(question, reads),
        total=estimate(reads.sums.known_cost),
        said=unpriced_said(reads.sums),
        href=rows_address("calls", question, sort="cost"),
    )


def _by_day(question: Question, reads: Reads) -> Columns:
    days, until = _days_shown(question, reads)
    costs, odd = reads.cost_by_day_and_series, {found.day: found for found in reads.odd}
    return thinned(
        Columns(
            "Cost by model, a day",
            tuple(each.name for each in reads.series),
            labels=tuple(day_words(f"{day}") for day in days),
            values=tuple(
                tuple(float(costs.get(day, {}).get(each.place, 0)) for each in reads.series) for day in days
            ),
            unit="$",
            palette="series",
            colours=tuple(each.place for each in reads.series),
            missing=frozenset(at for at, day in enumerate(days) if day > question.today),
            notes={
                at: f"Unusual: {insights.reason(reads.costs_by_model, day)}"
                for at, day in enumerate(days)
                if day in odd
            },
            until=until,
        )
    )


def _days_shown(question: Question, reads: Reads) -> tuple[list[date], int]:
    """The period's days, of this month all; of all time and of days before the first call those since that. And how
    many of them are still to come."""
    first_call = min(reads.cost_by_day_and_series)
    if not question.span.days:
        return days_between(first_call, question.today), 0
    first, last = question.span.days[0], question.span.days[-1]
    if question.span.name == "month":
        last = insights.month_of(last)[1]
        return days_between(first, last), (last - question.today).days
    last = min(last, max(question.today, first))
    return days_between(max(first, first_call) if (last - first).days > 366 else first, last), 0


def tokens_by_kind(question: Question, reads: Reads) -> Contents:
    columns = (
        Column("model", "Model"),
        *(Column(name.lower().replace(" ", "_"), name, "count") for name in KINDS),
        TOKENS,
        CALLS,
    )
    found = reads.by_name["model"]
    if not found:
        return nothing(columns, NO_CALLS)
    bars = tuple(
        Bar(label(name), (sums.input, sums.cache_read, sums.cache_write, sums.output), short(sums.total))
        for name, sums in found[:SHOWN]
    )
    rows: list[tuple[Value, ...]] = [(name, *_kinds(sums)) for name, sums in [*found, ("All", reads.sums)]]
    return Contents(
        Sheet(columns, tuple(rows[:-1]), _links(question, "model", found), rows[-1]),
        Bars("Tokens by kind", KINDS, bars, "tokens"),
        total=f"{reads.sums.total:,}",
        href=rows_address("calls", question),
    )


def _kinds(sums: TokenSums) -> tuple[int, ...]:
    kinds = ("input", "cache_read", "cache_write", "output", "total", "calls")
    return tuple(int(getattr(sums, kind)) for kind in kinds)


def cost_by_provider(question: Question, reads: Reads) -> Contents:
    found = most_costly(reads.by_name["provider"])
    return _bars(
        question,
        reads,
        Column("provider", "Provider"),
        found,
        provider_label,
        _links(question, "provider", found),
    )


def cost_by_purpose(question: Question, reads: Reads) -> Contents:
    found = most_costly(reads.by_name["purpose"])
    return _bars(
        question,
        reads,
        Column("purpose", "Purpose"),
        found,
        lambda name: PURPOSES.get(name, name),
        _links(question, "purpose", found),
    )


def cost_by_user(question: Question, reads: Reads) -> Contents:
    """Each person who is shown leads to the same dashboard of theirs."""
    found = most_costly(reads.people)
    links = {
        at: f"/dashboard/?{question.query(user=name)}"
        for at, (name, _) in enumerate(found[:MOST_ROWS])
        if name != DELETED
    }
    shown = _bars(question, reads, Column("user", "Person"), found, str, links)
    return shown if shown.absent else replace(shown, said=())


def _bars(
    question: Question,
    reads: Reads,
    column: Column,
    found: list[Named],
    words: Callable[[str], str],
    links: dict[int, str],
) -> Contents:
    if not found:
        return nothing((column, *SPENT), NO_CALLS)
    bars = tuple(
        Bar(words(name), (float(sums.known_cost or 0),), estimate(sums.known_cost))
        for name, sums in found[:SHOWN]
    )
    return Contents(
        named_sheet(column, found, links),
        Bars(f"Cost by {column.name.lower()}", ("Cost",), bars, "series"),
        total=estimate(reads.sums.known_cost),
        said=unpriced_said(reads.sums),
        href=rows_address("calls", question, sort="cost"),
    )


def _links(question: Question, key: str, found: list[Named]) -> dict[int, str]:
    return {at: rows_address("calls", question, **{key: name}) for at, (name, _) in enumerate(found)}
