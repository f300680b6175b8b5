"""Tables, figures and timelines of a card as HTML. Made here, not in a template: a table has hundreds of cells."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sessions_app.agent.labels.views import Cell, Event, Table

ONE_LINE = 20


def table_html(table: Table) -> str:
    """A titled table in a box of its own that scrolls where it is too wide."""
    title = escape(table.title)
    head = "".join(
        f'<th scope="col"{_number(at, table)}>{escape(name)}</th>' for at, name in enumerate(table.head)
    )
    rows = "".join(_row(row, table) for row in table.rows)
    return (
        f'<p class="tool-card__label">{title}</p><div class="scroll-box" tabindex="0" role="group" aria-label="{title}">'
        f'<table class="data-table" aria-label="{title}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(row: tuple[Cell, ...], table: Table) -> str:
    first, *rest = row
    cells = "".join(
        f"<td{_long(cell) or _number(at, table)}>{cell_html(cell)}</td>" for at, cell in enumerate(rest, 1)
    )
    return f'<tr><th scope="row"{_long(first)}>{cell_html(first)}</th>{cells}</tr>'


def _long(cell: Cell) -> str:
    """Only texts of more than a few words break into lines."""
    return ' class="is-long"' if len(cell.text) > ONE_LINE else ""


def _number(at: int, table: Table) -> str:
    return ' class="is-number"' if at in table.numbers else ""


def cell_html(cell: Cell) -> str:
    if not (cell.link or cell.state or cell.marks):
        return escape(cell.text)
    inner = marked(cell.text, cell.marks)
    if cell.link:
        inner = f'<a href="{escape(cell.link)}">{inner}</a>'
    return f'<span class="state state--{cell.state}">{inner}</span>' if cell.state else inner


def marked(text: str, marks: Iterable[tuple[int, int]]) -> str:
    """The text with these ranges of characters highlighted; they are in order and apart."""
    out, at = [], 0
    for start, end in marks:
        out.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
        at = end
    return "".join(out) + escape(text[at:])


def timeline_html(events: Iterable[Event]) -> str:
    return f'<ol class="timeline">{"".join(map(_event, events))}</ol>'


def _event(event: Event) -> str:
    title = escape(event.title)
    named = (
        f'<a class="timeline__title" href="{escape(event.link)}" title="{title}">{title}</a>'
        if event.link
        else (f'<span class="timeline__title" title="{title}">{title}</span>')
    )
    word = f'<span class="state state--{event.state}">{escape(event.word)}</span>' if event.word else ""
    return (
        f'<li class="timeline__event{" timeline__event--" + event.state if event.state else ""}">{named}{word}'
        f'<span class="timeline__detail">{escape(event.detail)}</span><span class="timeline__when">{escape(event.when)}</span></li>'
    )
