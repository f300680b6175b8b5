"""Lists of a card as HTML: found pages, steps of a guide. Nothing of another host is loaded; links open a new tab."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from sessions_app.agent.labels.views import Entry, Remark
from sessions_app.agent.labels.web import COLOURS, MARKS


def entries_html(entries: Iterable[Entry]) -> str:
    return f'<ol class="tool-entries">{"".join(map(_entry, entries))}</ol>'


def _entry(entry: Entry) -> str:
    title = _title(entry)
    about = ", ".join(filter(None, (host(entry.link), entry.detail)))
    detail = f'<span class="tool-entry__detail">{escape(about)}</span>' if about else ""
    lines = "".join(map(_line, entry.lines))
    pictures = "".join(
        f"<li>{outward(at, f'Picture {number}')}</li>" for number, at in enumerate(entry.pictures, 1)
    )
    return (
        f'<li class="tool-entry"><p class="tool-entry__title">{title} {detail}</p>'
        + (f'<ul class="tool-entry__lines">{lines}</ul>' if lines else "")
        + (f'<ul class="tool-entry__pictures">{pictures}</ul>' if pictures else "")
        + "</li>"
    )


def _title(entry: Entry) -> str:
    if entry.link.startswith("/"):
        return chip(entry.link, entry.title)
    return outward(entry.link, entry.title) if entry.link else escape(entry.title)


def chip(path: str, title: str, time: str = "") -> str:
    """A link to a moment of a video, which a page may open beside what is read; without `path` what it says alone."""
    words = escape(title) + (f" <span>{escape(time)}</span>" if time else "")
    return (
        f'<a class="source-chip" href="{escape(path)}">{words}</a>'
        if path
        else f'<span class="source-chip">{words}</span>'
    )


def _line(line: Remark) -> str:
    if not line.text:
        return ""
    if line.mark in MARKS:
        kind = line.mark.removeprefix("icon_")
        return f'<li class="tool-entry__{kind}"><strong>{MARKS[line.mark]}:</strong> {escape(line.text)}</li>'
    colour = f' class="is-{line.mark.replace("_", "-")}"' if line.mark in COLOURS else ""
    return f"<li{colour}>{escape(line.text)}</li>"


def outward(address: str, words: str) -> str:
    """A link to another host, which is not told where it was clicked."""
    name = escape(host(address))
    return (
        f'<a href="{escape(address)}" title="{name}" target="_blank" rel="noopener noreferrer nofollow">'
        f"{escape(words)}</a>"
    )


def host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
