"""The table of a panel as HTML. Made here, not in a template: a page of panels has thousands of cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sessions_app import offering
from sessions_app.agent.labels import look
from sessions_app.models import TokenUsage

from .panel import MOST_ROWS, Column, Sheet, Value
from .telling import told

ONE_LINE = 20
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # of a session whose title may not be shown
TOOL, UNPRICED = "tool", "unpriced_calls"
PURPOSES = dict(TokenUsage.Purpose.choices)
NAMES: dict[str, Callable[[str], str]] = {
    "model": offering.label,
    "provider": offering.provider_label,
    "purpose": lambda key: str(PURPOSES.get(key, key)),
}
"""Columns of ids that people know by names."""


def sheet_html(sheet: Sheet, name: str) -> SafeString:
    """Everything in it is escaped here. A wide one scrolls in its own box. What a tool is called by programs is told by
    the badge of its row."""
    sheet = _for_people(sheet)
    tool = _place(sheet, TOOL)
    if tool > 0:
        sheet = _without(sheet, tool)
    head = "".join(_head(sheet, at, column) for at, column in enumerate(sheet.columns))
    rows = "".join(_row(sheet, at, row) for at, row in enumerate(sheet.rows[:MOST_ROWS]))
    more = len(sheet.rows) - MOST_ROWS
    said = _("And %d more rows; the CSV has all of them.") % more
    return mark_safe(
        f'<div class="scroll-box" tabindex="0" role="group" aria-label="{escape(name)}">'
        f'<table class="data-table" aria-label="{escape(name)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody>{_total(sheet)}</table></div>"
        + (f'<p class="panel__more">{escape(said)}</p>' if more > 0 else "")
    )


def _head(sheet: Sheet, at: int, column: Column) -> str:
    """A column that rows can be put in the order of is a link, but the one they are in."""
    name = escape(column.name)
    way = (sheet.heads or {}).get(at)
    if way is None:
        return f'<th scope="col"{_number(column)}>{name}</th>'
    if not way:
        return f'<th scope="col"{_number(column)} aria-sort="descending">{name}</th>'
    return f'<th scope="col"{_number(column)}><a href="{escape(way)}">{name}</a></th>'


def _for_people(sheet: Sheet) -> Sheet:
    """Without what is for programs, and without calls of unknown price where there are none."""
    kept = sum(not column.programs for column in sheet.columns)
    last = sheet.columns[kept - 1].key if kept else ""
    if last == UNPRICED and not any(row[kept - 1] for row in sheet.rows):
        kept -= 1
    rows = tuple(row[:kept] for row in sheet.rows)
    return replace(sheet, columns=sheet.columns[:kept], rows=rows, total=sheet.total and sheet.total[:kept])


def _place(sheet: Sheet, key: str) -> int:
    return next((at for at, column in enumerate(sheet.columns) if column.key == key), -1)


def _without(sheet: Sheet, tool: int) -> Sheet:
    """Names of tools go from their own column into the first."""
    columns = (replace(sheet.columns[0], key=TOOL), *sheet.columns[1:tool], *sheet.columns[tool + 1 :])
    rows = tuple((row[tool], *row[1:tool], *row[tool + 1 :]) for row in sheet.rows)
    total = (*sheet.total[:tool], *sheet.total[tool + 1 :]) if sheet.total else None
    return replace(sheet, columns=columns, rows=rows, total=total)


def _row(sheet: Sheet, at: int, row: tuple[Value, ...]) -> str:
    first, *rest = zip(row, sheet.columns, strict=True)
    head = _linked(_first(*first), (sheet.links or {}).get(at, ""))
    ways = sheet.cells or {}
    cells = "".join(
        f"<td{_long(value, column)}>{_linked(_cell(value, column), ways.get((at, place), ''))}</td>"
        for place, (value, column) in enumerate(rest, 1)
    )
    badged = ' class="is-badged"' if first[1].key == TOOL else ""
    return f'<tr{badged}><th scope="row"{_long(*first)}>{head}</th>{cells}</tr>'


def _first(value: Value, column: Column) -> str:
    """What the row is about; a tool has its badge."""
    if column.key == TOOL and isinstance(value, str):
        return render_to_string("analytics/_tool_badge.html", {"look": look(value)}).strip()
    return _cell(value, column)


def _linked(html: str, link: str) -> str:
    return f'<a href="{escape(link)}">{html}</a>' if link else html


def _cell(value: Value, column: Column) -> str:
    if column.key in NAMES and isinstance(value, str) and value:
        name = NAMES[column.key](value)
        return f'<span title="{escape(value)}">{escape(name)}</span>' if name != value else escape(value)
    if column.key == "session" and KEY.fullmatch(str(value)):
        return f'<span title="{value}">…{str(value)[-12:]}</span>'
    shown = told(value, column.kind)
    if not shown.title or shown.title == shown.text:
        return escape(shown.text)
    return f'<span title="{escape(shown.title)}">{escape(shown.text)}</span>'


def _total(sheet: Sheet) -> str:
    if sheet.total is None:
        return ""
    first, *rest = zip(sheet.total, sheet.columns, strict=True)
    name = _("Total") if first[0] is None else _cell(*first)
    cells = "".join(
        f"<td{_number(column)}>{'' if value is None else _cell(value, column)}</td>" for value, column in rest
    )
    return f'<tfoot><tr><th scope="row">{name}</th>{cells}</tr></tfoot>'


def _long(value: Value, column: Column) -> str:
    """Only texts of more than a few words break into lines."""
    if isinstance(value, str) and column.kind == "text":
        return ' class="is-long"' if len(value) > ONE_LINE else ""
    return _number(column)


def _number(column: Column) -> str:
    if column.kind in ("text", "day", "moment"):
        return ""
    return ' class="is-number is-money"' if column.kind == "money" else ' class="is-number"'
