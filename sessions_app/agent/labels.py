"""How a tool call looks in words: on its card, folded in a finished turn, in print. Pure.

Made from the stored input and result alone, so that a card of a tool that is gone still reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sessions_app.providers import catalog

PERIOD_WORDS = {"today": "today", "week": "last 7 days", "month": "this month", "all": "all time"}
PRICE_UNKNOWN = "price unknown"


@dataclass(frozen=True, slots=True)
class Look:
    """`colour` is the suffix of the card's class, `icon` a heroicon's name."""

    label: str
    colour: str
    icon: str


LOOKS = {
    "analyze_session_metrics": Look("Session metrics", "session-metrics", "chart-bar"),
    "analyze_token_usage": Look("Token usage", "token-usage", "cpu-chip"),
    "search_session_messages": Look("Message search", "message-search", "magnifying-glass"),
    "get_active_sessions": Look("Active sessions", "active-sessions", "signal"),
    "analyze_engagement": Look("Engagement", "engagement", "user-group"),
    "check_system_health": Look("System health", "system-health", "heart"),
    "analyze_costs": Look("Costs", "costs", "banknotes"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Tokens of one group, their sum, and their cost in words."""

    label: str
    input: int
    cached: int
    output: int
    tokens: int
    cost: str


def look(name: str) -> Look:
    words = name.replace("_", " ").replace("-", " ").strip()
    return LOOKS.get(name) or Look(words[:1].upper() + words[1:60] or "Tool", "other", "wrench-screwdriver")


def what(name: str, input: Mapping[str, Any]) -> str:
    """What the call looks at: "by model, last 7 days"."""
    period = PERIOD_WORDS.get(str(_argument(input, "time_range", _usual_range(name))), "")
    match name:
        case "analyze_token_usage":
            return f"by {_argument(input, 'group_by', 'model')}, {period}".rstrip(", ")
        case "search_session_messages":
            query = str(_argument(input, "query", ""))[:60]
            return f"“{query}”, {period}".rstrip(", ") if query else period
        case _ if name in LOOKS or "time_range" in input or "timeRange" in input:
            return period
    return ", ".join(f"{key} {str(value)[:40]}" for key, value in list(input.items())[:3])


def total(name: str, result: Any) -> str:
    """The one figure of a result: "10,129,950 tokens, $23.9412"."""
    if not isinstance(result, Mapping):
        return ""
    if name == "search_session_messages":
        return counted(_int(result.get("total_found")), "message")
    if "total_tokens" not in result:
        return ""
    return f"{counted(_int(result['total_tokens']), 'token')}, {money(result.get('total_cost'))}"


def bars(name: str, result: Any) -> list[Bar]:
    """One bar for each group of a token result; none for other tools."""
    if name != "analyze_token_usage":
        return []
    return [
        Bar(
            label=_name(result, row),
            input=_int(row.get("input_tokens")) + _int(row.get("cache_write_tokens")),
            cached=_int(row.get("cache_read_tokens")),
            output=_int(row.get("output_tokens")),
            tokens=_int(row.get("total_tokens")),
            cost=money(row.get("total_cost")),
        )
        for row in _rows(result, "rows")
    ]


def table(name: str, result: Any) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of a result; both empty where it has none."""
    match name:
        case "analyze_token_usage":
            group = str(result.get("group_by", "group")) if isinstance(result, Mapping) else ""
            head = [
                group.capitalize(),
                "Input",
                "Cache read",
                "Cache written",
                "Output",
                "Tokens",
                "Calls",
                "Cost",
            ]
            rows = [_token_row(_name(result, row), row) for row in _rows(result, "rows")]
        case "search_session_messages":
            head = ["Session", "When", "By", "Text"]
            rows = [
                [str(row.get(key, "")) for key in ("session", "when", "by", "snippet")]
                for row in _found(result)
            ]
        case _:
            return [], []
    return (head, rows) if rows else ([], [])


def _name(result: Any, row: Mapping[str, Any]) -> str:
    """A group's name; a model of the catalog has one for people."""
    name = str(row.get("name", ""))
    if result.get("group_by", "model") != "model":
        return name
    try:
        return catalog.model(name).label
    except KeyError:
        return name


def _token_row(name: str, row: Mapping[str, Any]) -> list[str]:
    kinds = ("input", "cache_read", "cache_write", "output", "total")
    figures = [f"{_int(row.get(f'{kind}_tokens')):,}" for kind in kinds]
    return [name, *figures, f"{_int(row.get('calls')):,}", money(row.get("total_cost"))]


def money(cost: Any) -> str:
    """USD with four decimals; no price is not a price of 0, and a real one is never shown as 0."""
    try:
        amount = Decimal(str(cost))
    except InvalidOperation:
        return PRICE_UNKNOWN
    if not amount.is_finite():
        return PRICE_UNKNOWN
    return "under $0.0001" if 0 < amount < Decimal("0.00005") else f"${amount:,.4f}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _usual_range(name: str) -> str:
    return "all" if name == "search_session_messages" else "week"


def _argument(input: Mapping[str, Any], name: str, default: str) -> Any:
    head, *rest = name.split("_")
    return input.get(name) or input.get(head + "".join(word.capitalize() for word in rest)) or default


def _rows(result: Any, key: str) -> list[Mapping[str, Any]]:
    rows = result.get(key) if isinstance(result, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _found(result: Any) -> list[Mapping[str, Any]]:
    return _rows(result, "messages")


def _int(value: Any) -> int:
    return value if isinstance(value, int) else 0
