"""What it costs and where that is heading: `analyze_costs`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from .changes import changes
from .days import by_day
from .reading import number, rows, table_of, text
from .tables import sums, table
from .tokens import group_name
from .views import Bar, Bars, Cell, Chart, Contents, Line, Projection, Table, figures
from .words import day, estimate, money

_GROUPS = {"by_model": "model", "by_purpose": "purpose", "by_user": "user"}


def contents(result: Mapping[str, Any]) -> Contents:
    days = rows(result, "rows")
    return Contents(
        total=sums(result),
        figures=figures(
            ("A day", estimate(result["per_day"]) if number(result.get("per_day")) is not None else ""),
            ("Next 7 days", _range(table_of(result.get("next_week")))),
        ),
        charts=(*_line(result, days), *_models(result)),
        tables=(*_savings(result), *_anomalies(result), *_groups(result), *_days(days)),
        said=(
            *changes(result, {"total_cost": ("Cost", "money"), "total_tokens": ("Tokens", "count")}),
            *_heading(result),
        ),
    )


def _range(found: Mapping[str, Any]) -> str:
    if any(number(found.get(key)) is None for key in ("expected", "low", "high")):
        return ""
    return f"{estimate(found['expected'])} ({estimate(found['low'])} to {estimate(found['high'])})"


def _heading(result: Mapping[str, Any]) -> tuple[str, ...]:
    found = table_of(result.get("projection"))
    month = day(f"{text(found.get('month'))}-01")
    if month is None or not (words := _range(found)):
        return ()
    method = text(found.get("method"), 300)
    spent = f", {estimate(found['spent'])} of it spent" if number(found.get("spent")) is not None else ""
    return (
        f"{month:%B} will likely cost {words}{spent}."
        + (f" {method[:1].upper()}{method[1:].rstrip('.')}." if method else ""),
    )


def _line(result: Mapping[str, Any], found: list[Mapping[str, Any]]) -> tuple[Chart, ...]:
    """The cost of each day until today; that of a day without a row or a known price is a gap."""
    if not found:
        return ()
    end = day(result.get("until"))
    today = {"day": (end - timedelta(days=1)).isoformat()} if end else {}
    labels, days = by_day([today, *found])
    values = tuple(number(row.get("cost")) if row else None for row in days)
    odd = {text(row.get("day")) for row in rows(result, "anomalies")}
    unusual = frozenset(at for at, row in enumerate(days) if row and text(row.get("day")) in odd)
    last = max((at for row in [today, *found] if (at := day(row.get("day")))), default=None)
    return (Line("Cost by day", labels, values, "$", unusual, _rest_of_month(result, last)),) if last else ()


def _rest_of_month(result: Mapping[str, Any], last: date) -> Projection | None:
    """What each day left of the month will cost, if the month ends as expected."""
    ahead = table_of(result.get("projection"))
    read = [number(ahead.get(key)) for key in ("spent", "expected", "low", "high")]
    steps = monthrange(last.year, last.month)[1] - last.day
    if f"{last:%Y-%m}" != ahead.get("month") or None in read or not steps:
        return None
    spent, *ends = (value or 0.0 for value in read)
    expected, low, high = (max(0.0, value - spent) / steps for value in ends)
    return Projection(f"{last.day + steps} {last:%B}", steps, expected, low, high)


def _models(result: Mapping[str, Any]) -> tuple[Chart, ...]:
    found = rows(result, "by_model")
    bars = tuple(
        Bar(
            label=group_name("model", row),
            parts=(number(row.get("total_cost")) or 0.0,),
            cost=money(row.get("total_cost")),
            name=f"{group_name('model', row)}: {money(row.get('total_cost'))}",
        )
        for row in found
    )
    return (Bars("Cost by model", ("Cost",), bars),) if bars else ()


def _savings(result: Mapping[str, Any]) -> tuple[Table, ...]:
    found = rows(result, "savings")
    kept = tuple(
        (
            Cell(text(row.get("sentence"), 300)),
            Cell(text(row.get("assumption"), 300)),
            Cell(estimate(row.get("saves"))),
        )
        for row in found
    )
    head = ("Suggestion", "Assumed", "A month")
    return (Table("Could save", head, kept, frozenset({2}), beside=True),) if kept else ()


def _anomalies(result: Mapping[str, Any]) -> tuple[Table, ...]:
    columns = {
        "day": ("Day", "day"),
        "reason": ("Why", "text"),
        "usual": ("Usual", "money"),
        "cost": ("Cost", "money"),
    }
    return table("Unusual days", rows(result, "anomalies"), columns, beside=True)


def _groups(result: Mapping[str, Any]) -> tuple[Table, ...]:
    return tuple(
        each
        for key, group in _GROUPS.items()
        for each in table(
            f"Cost by {group}",
            [{**row, "name": group_name(group, row)} for row in rows(result, key)],
            {
                "name": (group.capitalize(), "text"),
                "total_tokens": ("Tokens", "count"),
                "calls": ("Calls", "count"),
                "total_cost": ("Cost", "money"),
            },
        )
    )


def _days(found: list[Mapping[str, Any]]) -> tuple[Table, ...]:
    columns = {
        "day": ("Day", "day"),
        "tokens": ("Tokens", "count"),
        "calls": ("Calls", "count"),
        "cost": ("Cost", "money"),
    }
    return table("Days", found, columns)
