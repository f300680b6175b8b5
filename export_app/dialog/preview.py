"""How a file will begin: its first messages, as text in colours or as a page in a frame; bounded whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

from django.utils.safestring import mark_safe

from export_app.dialog.wish import Wish, said
from export_app.renderers import Renderer, formats
from sessions_app.rendering.json_code import coloured_json

FIRST = 8  # messages
MOST_BYTES, MOST_LINES = 24_000, 240
MOST_OF_PAGE = 400_000
TEXTS = ("text/plain", "text/markdown", "application/json")
PAGE = "text/html"
TOP, NAME, LINE, FOLD, LETTERS = 180, 76, 26, 56, 66  # pixels of a page, and letters of its lines
MOST_PICTURE, MOST_HEIGHT = 900, 12_000  # pixels
COPIED = 2_000_000  # bytes of a file that can be copied whole

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r"(#{1,6}) (.*)")
_FACTS = re.compile(r"(.*?)((?: ·|,)? \d{1,2}:\d{2}\b.*)")


@dataclass(frozen=True, slots=True)
class Preview:
    """`html` is text in colours, a `frame` shows a page. `cut`: it ends before the end of what is previewed; `more` is
    how many messages follow in the file. A page is about `height` pixels high: its frame scrolls nothing itself, so that
    keys reach the dialog."""

    kind: Literal["text", "frame", "none"]
    html: str = ""
    cut: bool = False
    more: int = 0
    printed: bool = False
    height: int = 0


def preview(wish: Wish) -> Preview:
    """Raises what the renderer refuses."""
    more = max(0, wish.transcript.count - FIRST)
    if wish.renderer.media_type in TEXTS:
        return replace(_text(wish), more=more)
    page = page_of(wish)
    if page is None:
        return Preview("none")
    printed = page.renderer is not wish.renderer
    return Preview("frame", more=more, printed=printed, height=height_of(page))


def page_of(wish: Wish) -> Wish | None:
    """The same as a page: what is set only when it is exported looks about like one."""
    if wish.renderer.media_type == PAGE:
        return wish
    html = next((each for each in formats().values() if each.media_type == PAGE), None)
    if html is None:
        return None
    return replace(wish, renderer=html, options=html.chosen(_shared(html, wish)))


def _shared(renderer: Renderer, wish: Wish) -> dict[str, str]:
    """The options both formats have. A page to print is light."""
    both = {each.name for each in renderer.options} & {each.name for each in wish.renderer.options}
    light = {
        each.name: "light"
        for each in renderer.options
        if each.kind == "choice" and "light" in dict(each.choices)
    }
    return light | {name: said(wish.options[name]) for name in both}


def height_of(page: Wish) -> int:
    """Rather more than the first messages take: what is below the end is empty."""
    height = TOP
    for entry in page.transcript.first(FIRST).entries():
        height += NAME + sum(
            LINE * _lines(piece.text) + FOLD * (piece.kind != "text") for piece in entry.pieces()
        )
        height += sum(min(file.height or 0, MOST_PICTURE) + NAME for file in entry.files)
    return min(height, MOST_HEIGHT)


def _lines(text: str) -> int:
    return sum(1 + len(line) // LETTERS for line in text.splitlines())


def page(wish: Wish) -> bytes:
    """The page that stands in the frame."""
    shown, _ = _beginning(wish, MOST_OF_PAGE)
    return shown


def _beginning(wish: Wish, most: int) -> tuple[bytes, bool]:
    """So many bytes of the first messages at most, and whether there are more."""
    written = wish.renderer.render(wish.transcript.first(FIRST), dict(wish.options))
    found, length = [], 0
    try:
        for piece in written:
            found.append(piece)
            length += len(piece)
            if length > most:
                break
    finally:
        if isinstance(written, Generator):
            written.close()
    return b"".join(found)[:most], length > most


def _text(wish: Wish) -> Preview:
    whole, cut = _beginning(wish, MOST_BYTES)
    lines = whole.decode("utf-8", "ignore").removeprefix("\ufeff").splitlines(keepends=True)
    cut = cut or len(lines) > MOST_LINES
    text = "".join(lines[:MOST_LINES])
    match wish.renderer.media_type:
        case "application/json":
            html = coloured_json(text)
        case "text/markdown":
            html = coloured_markdown(text)
        case _:
            html = escape(text, quote=False)
    return Preview("text", mark_safe(html), cut)


def coloured_markdown(text: str) -> str:
    """Markdown as it stands, escaped, with its headings in colours: those of the person in theirs."""
    lines, fence = [], ""
    for line in text.splitlines(keepends=True):
        edge = _FENCE.match(line)
        if edge and not fence:
            fence = edge[1]
        elif edge and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        heading = None if fence else _HEADING.match(line)
        lines.append(_heading(heading, line) if heading else _plain(line, row=not fence))
    return "".join(lines)


def _plain(line: str, *, row: bool) -> str:
    """A row of a table stays one line."""
    told = escape(line, quote=False)
    if not row or not line.startswith("|"):
        return told
    text = told.rstrip("\r\n")
    return f'<span class="export-row">{text}</span>{told[len(text) :]}'


def _heading(found: re.Match[str], line: str) -> str:
    parts = _FACTS.fullmatch(found[2])
    title, facts = (parts[1], parts[2]) if parts else (found[2], "")
    whose = "export-you" if title.strip() == "You" else "export-head"
    rest = line[found.end() :]
    marked = f'<span class="{whose}">{found[1]} {escape(title, quote=False)}</span>'
    return f'{marked}<span class="export-facts">{escape(facts, quote=False)}</span>{rest}'
