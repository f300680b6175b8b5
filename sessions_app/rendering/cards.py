"""A tool call as a card: from the data of its chunk to what the template shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from sessions_app.agent import labels
from sessions_app.agent.labels.views import Figure
from sessions_app.agent.labels.words import span

from .charts import chart_html
from .entries import entries_html
from .json_code import json_html
from .tables import table_html, timeline_html

MOST_ASKED = 2_000
"""Characters of one argument that a question shows."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a result. One shown `beside` the chart is part of two views."""

    kind: str
    html: SafeString
    beside: bool = False


@dataclass(frozen=True, slots=True)
class ToolCard:
    """What `_tool_card.html` shows; texts are plain, views are HTML.

    `began` is in epoch ms, 0 where that is not known. `asked` are the arguments of a call that waits for an answer,
    `approve_url` takes it; empty for readers who may not give it.
    """

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
    began: int
    figures: tuple[Figure, ...]
    said: tuple[str, ...]
    counted: str
    link: str
    note: str
    views: tuple[View, ...]
    input_json: SafeString
    result_json: SafeString
    error: str
    begins: str = "chart"
    asked: tuple[tuple[str, str], ...] = ()
    approve_url: str = ""
    open: bool = False

    @property
    def kinds(self) -> list[str]:
        """The views to choose from; none where there is JSON only."""
        found = dict.fromkeys(view.kind for view in self.views)
        return [*found, "json"] if found else []

    @property
    def shown(self) -> str:
        """The view that is chosen at first."""
        return self.begins if self.begins in self.kinds else next(iter(self.kinds), "json")


def tool_card(
    block_id: str,
    data: Mapping[str, Any],
    *,
    opened: bool = False,
    approve_url: str = "",
    linked: bool = True,
) -> ToolCard:
    """The card of one tool call, from the data of its latest chunk. `opened`: where it has something to look at. One
    that is not `linked` leads to no page of this site."""
    name, result, status = data["tool_id"], data.get("result"), data["status"]
    given = data.get("input")
    arguments = given if isinstance(given, Mapping) else {}
    look, error = labels.look(name), data.get("error") or ""
    shown = labels.contents(name, result) if status == "success" else labels.Contents()
    shown = shown if linked else shown.unlinked()
    views = _views(shown)
    return ToolCard(
        id=data["id"],
        block_id=block_id,
        name=name,
        label=look.label,
        colour=look.colour,
        icon=look.icon,
        what=labels.what(name, arguments),
        total=shown.total,
        status=status,
        state=(labels.running(name) if status == "pending" else "") or labels.state(status, error),
        seconds=span(data.get("duration_ms")),
        began=_began(data["id"]) if status == "pending" else 0,
        figures=shown.figures,
        said=shown.said,
        counted=shown.counted,
        link=shown.link,
        note=shown.note,
        views=views,
        input_json=mark_safe(json_html(given)),
        result_json=mark_safe(json_html(result)),
        error=error,
        begins=shown.begins,
        asked=_asked(arguments) if status == "awaiting_approval" else (),
        approve_url=approve_url if status == "awaiting_approval" else "",
        open=status == "awaiting_approval" or (opened and bool(views)),
    )


def _views(shown: labels.Contents) -> tuple[View, ...]:
    charts = "".join(map(chart_html, shown.charts))
    return tuple(
        View(kind, mark_safe(html), beside and bool(charts))
        for kind, html, beside in (
            ("chart", charts, False),
            ("list", entries_html(shown.entries) if shown.entries else "", False),
            ("timeline", timeline_html(shown.timeline) if shown.timeline else "", False),
            *(("table", table_html(table), table.beside) for table in shown.tables),
        )
        if html
    )


def _asked(arguments: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            str(key)[:60],
            (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:MOST_ASKED],
        )
        for key, value in arguments.items()
    )


def _began(call: str) -> int:
    """A call's id was made when it began, and holds the milliseconds (RFC 9562, version 7)."""
    try:
        found = UUID(call)
    except ValueError:
        return 0
    return found.int >> 80 if found.version == 7 else 0


def card_html(card: ToolCard) -> str:
    return str(get_template("sessions/_tool_card.html").render({"card": card}))
