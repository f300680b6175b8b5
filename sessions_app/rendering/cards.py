"""A tool call as a card: from the data of its chunk to what the template shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from sessions_app.agent import labels

from .highlight import highlight

STATES = {
    "pending": "running",
    "awaiting_approval": "needs you",
    "success": "done",
    "error": "failed",
    "denied": "refused",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True)
class ToolCard:
    """What `_tool_card.html` shows; texts are plain, the JSON is highlighted HTML."""

    id: str
    block_id: str
    name: str
    label: str
    colour: str
    icon: str
    what: str
    total: str
    status: str
    state: str
    seconds: str
    head: list[str]
    rows: list[list[str]]
    bars: list[labels.Bar]
    input_json: SafeString
    result_json: SafeString
    error: str
    open: bool = False


def json_html(value: Any) -> SafeString:
    """Formatted JSON with colours; empty where there is nothing."""
    if value is None:
        return mark_safe("")
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
    return mark_safe(highlight(text, "json"))


def seconds_of(duration_ms: int | None) -> str:
    return "" if duration_ms is None else f"{duration_ms / 1000:.2f} s"


def tool_card(block_id: str, data: Mapping[str, Any], *, opened: bool = False) -> ToolCard:
    """The card of one tool call, from the data of its latest chunk."""
    name, result = data["tool_id"], data.get("result")
    given = data.get("input") or {}
    look = labels.look(name)
    good = data["status"] == "success" and isinstance(result, dict)
    head, rows = labels.table(name, result) if good else ([], [])
    return ToolCard(
        id=data["id"],
        block_id=block_id,
        name=name,
        label=look.label,
        colour=look.colour,
        icon=look.icon,
        what=labels.what(name, given),
        total=labels.total(name, result) if good else "",
        status=data["status"],
        state=STATES.get(data["status"], data["status"]),
        seconds=seconds_of(data.get("duration_ms")),
        head=head,
        rows=rows,
        bars=labels.bars(name, result) if good else [],
        input_json=json_html(data.get("input")),
        result_json=json_html(result),
        error=data.get("error") or "",
        open=opened and good,
    )


def card_html(card: ToolCard) -> str:
    return str(get_template("sessions/_tool_card.html").render({"card": card}))
