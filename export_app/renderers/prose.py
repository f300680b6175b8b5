"""Texts of messages as HTML for a file: made by the one renderer, without what only the page can do."""

from __future__ import annotations

import re

from export_app.document import Entry
from sessions_app.rendering import clean_text, render, render_person

from .paper import on_paper

_BLOCK = re.compile(r'<div id="message-[0-9a-f-]{36}-b-\d+" class="block prose">')
_COPY = re.compile(r"<button\b[^>]*>Copy</button>")
_OWN_LINK = re.compile(r'<a\b[^>]* href="/[^">]*"[^>]*>')
_HEADING = re.compile(r"<(/?)h([1-6])>")


def body(entry: Entry, text: str, at: int, *, paper: bool) -> str:
    """The HTML of one text of a message, the piece in place `at`. What is stored of it is used where it is the same."""
    stored = _stored(entry, paper=paper)
    html = _made(entry, text, at, paper=paper) if stored is None else stored
    html = _HEADING.sub(_lower, _OWN_LINK.sub("<a>", html))
    return on_paper(html) if paper else html


def _stored(entry: Entry, *, paper: bool) -> str | None:
    """The finished HTML of a message of one text; None where its ids would meet others', or it has drawn formulas."""
    html = entry.html
    if not html or (entry.by_person and " id=" in html) or (paper and "<math" in html):
        return None
    blocks = _BLOCK.split(html)
    if len(blocks) > 1:
        parts = [block.rstrip() for block in blocks[1:]]
        if blocks[0].strip() or not all(part.endswith("</div>") for part in parts):
            return None
        html = "\n".join(part[: -len("</div>")] for part in parts)
    return _COPY.sub("", html)


def _made(entry: Entry, text: str, at: int, *, paper: bool) -> str:
    prefix = f"m-{re.sub('[^A-Za-z0-9]', '', entry.id)[-12:]}-{at}-"
    make = render_person if entry.by_person else render
    return _COPY.sub("", make(text, prefix, mathml=not paper))


def _lower(found: re.Match[str]) -> str:
    """Headings of a text stand below the name of the message, which is a second one."""
    return f"<{found[1]}h{min(6, int(found[2]) + 2)}>"


def plain(text: str) -> str:
    """A text of anyone as it may stand in HTML: escaped, without what breaks encoders."""
    return _escaped(clean_text(text))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
