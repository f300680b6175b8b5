"""A tool call in a file: badge, what it looked at, and what it found as figures, sentences and tables."""

from __future__ import annotations

import re

from export_app.document import Call
from sessions_app.agent.labels.views import Contents, Event, Table
from sessions_app.agent.labels.words import span
from sessions_app.rendering import clean_text
from sessions_app.rendering.json_code import formatted
from sessions_app.rendering.tables import table_html

from .paper import on_paper
from .prose import plain

MOST_JSON = 4_000  # characters of a result that is no table
_LINK = re.compile(r"<a\b[^>]*>|</a>")
_ROOM = re.compile(r'<div class="scroll-box"[^>]*>|(?<=</table>)</div>')


def tool(call: Call, *, paper: bool) -> tuple[str, str]:
    """HTML of the one line that says what was done, and of what was found, which may be empty."""
    found = call.contents
    took = f", {span(call.duration_ms)}" if call.duration_ms else ""
    beside = [part for part in (call.what, found.total) if part]
    head = (
        f'<span class="badge">{plain(call.label)}</span> '
        f'{plain(", ".join(beside))} <span class="when">{plain(call.state + took)}</span>'
    )
    return head, _inner(call, found, paper)


def _inner(call: Call, found: Contents, paper: bool) -> str:
    tables = "".join(_table(table, paper) for table in found.tables)
    parts = [
        f'<p class="ended bad">{plain(call.error)}</p>' if call.error else "",
        _figures(found),
        f'<p class="said">{plain(" ".join(found.said))}</p>' if found.said else "",
        _timeline(found.timeline),
        tables,
        _json(call) if not (tables or found.figures or found.said or found.timeline) else "",
        *(f'<p class="counted">{plain(words)}</p>' for words in (found.note, found.counted) if words),
    ]
    return "".join(parts)


def _figures(found: Contents) -> str:
    if not found.figures:
        return ""
    rows = "".join(
        f"<tr><th>{plain(each.name)}</th><td>{plain(each.value)}</td></tr>" for each in found.figures
    )
    return f'<table class="figures"><tbody>{rows}</tbody></table>'


def _table(table: Table, paper: bool) -> str:
    html = clean_text(_LINK.sub("", table_html(table)))
    html = html.replace('class="tool-card__label"', 'class="table-name"')
    return on_paper(_ROOM.sub("", html)) if paper else html


def _timeline(events: tuple[Event, ...]) -> str:
    if not events:
        return ""
    rows = "".join(
        f"<li>{plain(each.when)}: {plain(each.title)}"
        f"{plain(', ' + each.word) if each.word else ''}{plain(', ' + each.detail) if each.detail else ''}</li>"
        for each in events
    )
    return f'<ul class="timeline">{rows}</ul>'


def _json(call: Call) -> str:
    """A result that no table was made of, as it is."""
    if call.result in (None, "", {}, []):
        return ""
    text = call.result if isinstance(call.result, str) else formatted(call.result)
    cut = text[:MOST_JSON] + ("\n…" if len(text) > MOST_JSON else "")
    return f"<pre>\n{plain(cut)}</pre>"
