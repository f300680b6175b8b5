"""Money: what was spent on what, what the month will come to, and what could be saved."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics_app import insights, savings
from analytics_app.insights import Anomaly, ByModel, Range
from analytics_app.queries import costs
from analytics_app.queries.costs import Recent
from analytics_app.queries.ledger import Ledger
from analytics_app.queries.periods import DAY, Period, TimeRange, before
from analytics_app.queries.tokens import Named, TokenSums
from analytics_app.savings import Saving
from sessions_app.agent.tools import ToolContext, tool
from sessions_app.reading import consult

from .asking import Asker, RangeArgument, Scope, ScopeArgument, period_fields, plain
from .usage import (
    DAYS,
    compared,
    counted,
    dashboard_link,
    figures,
    ledger_of,
    rows_left_out,
    session_counts,
)

LARGEST = 15  # of models and of people
SAVINGS = 5


@tool(view="chart")
async def analyze_costs(
    context: ToolContext, *, time_range: RangeArgument = "month", scope: ScopeArgument = "own"
) -> dict[str, Any]:
    """What model calls cost in USD in a period: in total, by model, purpose, day and (for everyone) person, compared
    with the period before; what this month is expected to cost at its end and the coming 7 days, each with a range;
    unusually expensive days with the reason; and ways to save with the sum a month. Use it for questions about costs,
    spending, budgets, forecasts and savings. For token counts use analyze_token_usage."""
    return await consult(_costs, context, time_range, scope)


def _costs(context: ToolContext, time_range: TimeRange, scope: Scope) -> dict[str, Any]:
    asker = Asker.of(context, scope)
    ledger, span = ledger_of(asker), asker.period(time_range)
    today = asker.now.astimezone(asker.zone).date()
    recent = Recent(ledger, today)
    spent, former = recent.spending(span), before(span)
    people = ledger.sums_by(span, "user") if asker.everyone else []
    return {
        **period_fields(asker, span),
        **session_counts(asker, span),
        **figures(spent.sums),
        "by_model": [_group(row) for row in spent.models[:LARGEST]],
        "by_purpose": [_group(row) for row in spent.purposes],
        **({"by_user": [_group(row) for row in people[:LARGEST]]} if asker.everyone else {}),
        "rows": [_day(row) for row in spent.days[-DAYS:]],
        **compared(spent.sums, (former.words, recent.spending(former).sums) if former else None),
        "per_day": _per_day(spent.sums, _days_counted(span, spent.days, today)),
        **_outlook(recent.by_model(), span, today),
        "savings": _savings(ledger, asker.now, today),
        "counted": counted(asker, spent.sums.calls)
        + rows_left_out("day", min(len(spent.days), DAYS), len(spent.days))
        + _unnamed("models", len(spent.models))
        + _unnamed("people", len(people)),
        "link": dashboard_link(asker, span),
    }


def _unnamed(what: str, count: int) -> str:
    return f" Of {count} {what} the {LARGEST} largest are named." if count > LARGEST else ""


def _group(row: Named) -> dict[str, Any]:
    name, sums = row
    return {
        "name": name,
        "total_cost": plain(sums.known_cost),
        "total_tokens": sums.total,
        "calls": sums.calls,
    }


def _day(row: Named) -> dict[str, Any]:
    day, sums = row
    return {"day": day, "cost": plain(sums.known_cost), "tokens": sums.total, "calls": sums.calls}


def _outlook(models: ByModel, span: Period, today: date) -> dict[str, Any]:
    """What does not come from adding up, but from how days went so far."""
    daily = costs.per_day(models)
    month = insights.month_end(daily, today)
    odd = insights.anomalies(daily, costs.looked_at(span, today))
    ends = {"month": month.month, "spent": plain(month.spent), **_range(month.end), "method": month.method}
    return {
        "projection": ends,
        "next_week": _range(insights.next_days(daily, today)),
        "anomalies": [_anomaly(found, models) for found in odd],
    }


def _savings(ledger: Ledger, now: datetime, today: date) -> list[dict[str, Any]]:
    found = savings.savings(costs.model_uses(ledger, today), costs.price_now(now))
    return [_saving(saving) for saving in found[:SAVINGS]]


def _days_counted(span: Period, days: list[Named], today: date) -> int:
    """Days of the period that have begun; of all time those since the first call."""
    begun = span.days[0] if span.days else date.fromisoformat(days[0][0]) if days else today
    return (today - begun) // DAY + 1


def _per_day(sums: TokenSums, days: int) -> str | None:
    cost = sums.known_cost
    return None if cost is None else plain((cost / days).quantize(Decimal("0.000001")))


def _range(sums: Range) -> dict[str, Any]:
    return {"expected": plain(sums.expected), "low": plain(sums.low), "high": plain(sums.high)}


def _anomaly(found: Anomaly, models: ByModel) -> dict[str, Any]:
    return {
        "day": f"{found.day}",
        "cost": plain(found.cost),
        "usual": plain(found.usual),
        "reason": insights.reason(models, found.day),
    }


def _saving(saving: Saving) -> dict[str, Any]:
    return {
        "kind": saving.kind,
        "sentence": saving.sentence,
        "saves": plain(saving.saves),
        "assumption": saving.assumption,
    }
