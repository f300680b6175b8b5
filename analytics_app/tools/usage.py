"""Tokens by kind, split by what the asker wants to know."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from analytics_app.queries import sessions
from analytics_app.queries.ledger import Ledger
from analytics_app.queries.periods import Period, TimeRange, before
from analytics_app.queries.tokens import GroupBy, TokenSums, added
from sessions_app.agent.tools import ToolContext, ToolProblem, tool
from sessions_app.reading import consult

from . import counting
from .asking import Asker, RangeArgument, Scope, ScopeArgument, period_fields, plain

ROWS = 25  # of a result, so that it stays within what the model is told
DAYS = 31
NO_PEOPLE = "Rows by person are there for the scope everyone only."


@tool(view="chart")
async def analyze_token_usage(
    context: ToolContext,
    *,
    time_range: RangeArgument = "week",
    group_by: Annotated[
        GroupBy, Field(description="what the rows are split by; user only with the scope everyone")
    ] = "model",
    scope: ScopeArgument = "own",
) -> dict[str, Any]:
    """Tokens and their cost in a period, from the ledger of every model call: input (uncached), cache reads, cache
    writes, output, number of calls and cost in USD, in total, by model, provider, purpose, person or day, and compared
    with the period before. Use it for questions about tokens, usage, models, and who or what used most. For budgets,
    projections and savings use analyze_costs."""
    return await consult(_token_usage, context, time_range, group_by, scope)


def _token_usage(
    context: ToolContext, time_range: TimeRange, group_by: GroupBy, scope: Scope
) -> dict[str, Any]:
    asker = Asker.of(context, scope)
    if group_by == "user" and not asker.everyone:
        raise ToolProblem(NO_PEOPLE)
    ledger, span = ledger_of(asker), asker.period(time_range)
    rows = ledger.sums_by(span, group_by)
    sums = added(rows)
    shown = rows[-DAYS:] if group_by == "day" else rows[:ROWS]
    former = before(span)
    return {
        **period_fields(asker, span),
        "group_by": group_by,
        **session_counts(asker, span),
        **figures(sums),
        "rows": [{"name": name, **figures(row)} for name, row in shown],
        **compared(sums, (former.words, ledger.sums(former)) if former else None),
        "counted": counted(asker, sums.calls) + rows_left_out(group_by, len(shown), len(rows)),
        "link": dashboard_link(asker, span),
    }


def ledger_of(asker: Asker) -> Ledger:
    """The calls the asker asked about: their own, or everyone's."""
    if asker.everyone:
        return Ledger.all_for_staff(asker.user, asker.zone)
    return Ledger.for_user(asker.user, asker.zone)


def session_counts(asker: Asker, span: Period) -> dict[str, int]:
    """Sessions there are, and those that were active in the period: own ones, or everyone's."""
    chats = counting.chats_of(asker)
    return counting.session_fields(chats, sessions.counts(chats, span, asker.now))


def dashboard_link(asker: Asker, span: Period) -> str:
    return f"/dashboard/?time_range={span.name}" + ("&scope=everyone" if asker.everyone else "")


def figures(sums: TokenSums) -> dict[str, Any]:
    return {
        "input_tokens": sums.input,
        "cache_read_tokens": sums.cache_read,
        "cache_write_tokens": sums.cache_write,
        "output_tokens": sums.output,
        "total_tokens": sums.total,
        "total_cost": plain(sums.known_cost),
        "calls": sums.calls,
        "unpriced_calls": sums.unpriced_calls,
    }


def compared(sums: TokenSums, former: tuple[str, TokenSums] | None) -> dict[str, Any]:
    """`before` and `change`: the figures of the span before, and by how much they changed."""
    words, earlier = former or ("", None)
    return counting.compared(figures(sums), words, None if earlier is None else figures(earlier))


def counted(asker: Asker, calls: int) -> str:
    """Which rows of the ledger were counted, in a sentence."""
    whose = "everyone's" if asker.everyone else "your"
    return f"{calls:,} settled model calls of {whose} ledger, those of deleted sessions too, days of {asker.zone}."


def rows_left_out(group_by: GroupBy, shown: int, rows: int) -> str:
    """Says so where not all rows are shown."""
    if shown == rows:
        return ""
    which = "last" if group_by == "day" else "largest"
    return f" The rows are the {which} {shown} of {rows}; the totals count all."
