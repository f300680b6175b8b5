"""Texts of messages as HTML for a file: made by the one renderer, without what only the page can do.

On paper there is less of everything: each element takes a layout engine its time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby

from export_app.document import Entry
from sessions_app.rendering import clean_text, render, render_person

_BLOCK = re.compile(r'<div id="message-[0-9a-f-]{36}-b-\d+" class="block prose">')
_COPY = re.compile(r"<button\b[^>]*>Copy</button>")
_OWN_LINK = re.compile(r'<a\b[^>]* href="/[^">]*"[^>]*>')
_HEADING = re.compile(r"<(/?)h([1-6])>")

_BOX = re.compile(r"<input\b([^>]*)>")
_TABLE = re.compile(r'<div class="table-scroll"[^>]*>|(?<=</table>)</div>')
_WEB_LINK = re.compile(r'<a\b[^>]* href="(https?://[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_CODE = re.compile(
    r'<figure class="code"><figcaption class="code__head"><span class="code__lang">([^<]*)</span></figcaption>'
    r'<pre class="code__body"[^>]*><code>(.*?)</code></pre></figure>',
    re.DOTALL,
)
_TOKEN = re.compile(r'<span class="([^"]*)">([^<]*)</span>|([^<]+)')

MOST_ADDRESS = 120  # characters of a link's address that are printed
LINES = 30  # of one block of code on paper; a longer one is a row of them
COLOURED = 400  # lines; longer code is printed plain
LONG_LINE = 2_000  # characters

HUES = {
    "k": "k kd kn kp kr kt ow",
    "f": "nf fm nc nt nb bp na nd ne nn gh gu gp",
    "s": "s sa sb sc dl sd s2 se sh si sx sr s1 ss ld",
    "n": "m mb mf mh mi mo il l no kc ni",
    "c": "c ch cm cp cpf c1 cs go",
    "e": "err gr gt",
    "gi": "gi",
    "gd": "gd",
}
"""Kinds of tokens by their colour: `k` keyword, `f` name, `s` string, `n` number, `c` comment, `e` error."""


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


# ---------------------------------------------------------------- paper


def on_paper(html: str) -> str:
    """The same with less markup: code in few colours, cut in blocks; boxes as signs; addresses of links told."""
    if "<pre" in html:
        html = _CODE.sub(lambda found: code(found[1], found[2]), html)
    if "<input" in html:
        html = _BOX.sub(lambda found: "☑" if "checked=" in found[1] else "☐", html)
    if "<table" in html:
        html = _TABLE.sub("", html)
    return _WEB_LINK.sub(_told, html) if "<a" in html else html


def _told(found: re.Match[str]) -> str:
    address, words = found[1], found[2]
    link = f'<a href="{address}">{words}</a>'
    if address in words or address.removeprefix("https://").rstrip("/") in words:
        return link
    short = address if len(address) <= MOST_ADDRESS else re.sub(r"&[^;]*$", "", address[:MOST_ADDRESS]) + "…"
    return f'{link} <span class="address">({short})</span>'


def code(label: str, inner: str) -> str:
    """A block of code from its highlighted HTML."""
    name = "" if label in ("", "text") else f'<p class="lang">{label}</p>'
    lines = inner.removesuffix("\n").split("\n")
    plain = len(lines) > COLOURED or any(len(line) > LONG_LINE for line in lines)
    blocks = (lines[at : at + LINES] for at in range(0, len(lines), LINES))
    if plain:
        made = [_uncoloured(block) for block in blocks]
    else:
        made = [_pre(_fewer("\n".join(block))) for block in blocks]
    return f'<div class="code">{name}{"".join(made)}</div>'


def _uncoloured(lines: list[str]) -> str:
    return _pre(re.sub(r"</?span[^>]*>", "", "\n".join(lines)))


def _pre(html: str) -> str:
    """The first line end after the tag is none of the text's (a parser takes it away)."""
    return f"<pre>\n{html}</pre>"


def _fewer(html: str) -> str:
    """Neighbours of one colour as one element; white space takes the colour before it."""
    out = []
    for hue, run in groupby(_hued(html), key=lambda pair: pair[0]):
        text = "".join(piece for _, piece in run)
        out.append(f'<span class="{hue}">{text}</span>' if hue else text)
    return "".join(out)


def _hued(html: str) -> Iterator[tuple[str, str]]:
    hues, last = _hues(), ""
    for name, inside, beside in _TOKEN.findall(html):
        text = inside or beside
        if not text.isspace():
            last = hues.get(name, "")
        yield last, text


@cache
def _hues() -> dict[str, str]:
    return {name: hue for hue, names in HUES.items() for name in names.split()}


def plain(text: str) -> str:
    """A text of anyone as it may stand in HTML: escaped, without what breaks encoders."""
    return _escaped(clean_text(text))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
