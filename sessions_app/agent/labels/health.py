"""How the workspace is: `check_system_health`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .reading import number, rows, text
from .tables import cell, table
from .views import Cell, Contents, State, Table, figures
from .words import share

_WORDS = {"ok": "well", "degraded": "degraded", "down": "down"}
_SHAPES: dict[str, State] = {"ok": "well", "degraded": "waiting", "down": "failing"}


def contents(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "components")
    components = Table(
        "Components",
        ("Component", "Status", "What it means", "Value"),
        tuple(_row(row) for row in found),
        frozenset({3}),
    )
    errors = table(
        "Errors of the last hour",
        rows(result, "errors"),
        {"kind": ("Kind", "text"), "count": ("Calls", "count")},
    )
    return Contents(
        total=total(result),
        figures=figures(
            ("Running", cell("count", result.get("running_replies")).text),
            ("Waiting", cell("count", result.get("queued_replies")).text),
            ("Calls in the last hour", cell("count", result.get("calls_last_hour")).text),
            ("Failed", cell("count", result.get("failed_last_hour")).text),
            ("Error rate", share(result.get("error_rate"))),
            ("Journal behind", _value(result.get("journal_lag_ms"), "ms")),
        ),
        tables=(*((components,) if found else ()), *errors),
    )


def total(result: Mapping[str, Any]) -> str:
    """ "all well", or what is not."""
    ailing = [row for row in rows(result, "components") if text(row.get("status")) != "ok"]
    if ailing:
        return ", ".join(f"{text(row.get('name'), 40)} {_word(row)}" for row in ailing[:3])
    return {"ok": "all well"}.get(text(result.get("status")), text(result.get("status"), 40))


def _word(row: Mapping[str, Any]) -> str:
    status = text(row.get("status"), 40)
    return _WORDS.get(status, status)


def _row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(text(row.get("name"), 60)),
        Cell(_word(row), state=_SHAPES.get(text(row.get("status")), "")),
        Cell(text(row.get("detail"), 300)),
        Cell(_value(row.get("value"), text(row.get("unit"), 10))),
    )


def _value(value: Any, unit: str) -> str:
    found = number(value)
    return "" if found is None else f"{found:,.10g}\u00a0{unit}".rstrip()
