"""HTML of a text with less markup, for paper: each element takes a layout engine its time.

Code is in few colours and cut in blocks (a paragraph takes time with the square of its elements), tables have the widths
of their columns told (finding them lays every cell out twice), addresses of links are told, boxes are signs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from html import unescape
from itertools import groupby, zip_longest

_BOX = re.compile(r"<input\b([^>]*)>")
_ROOM = re.compile(r'<div class="table-scroll"[^>]*>|(?<=</table>)</div>')
_TABLE = re.compile(r"<table([^>]*)>(.*?)</table>", re.DOTALL)
_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_WEB_LINK = re.compile(r'<a\b[^>]* href="(https?://[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_CODE = re.compile(
    r'<figure class="code"><figcaption class="code__head"><span class="code__lang">([^<]*)</span></figcaption>'
    r'<pre class="code__body"[^>]*><code>(.*?)</code></pre></figure>',
    re.DOTALL,
)
_TOKEN = re.compile(r'<span class="([^"]*)">([^<]*)</span>|([^<]+)')
_LONG = re.compile(r"(?<![^\s>])[^\s<>&]{300,}(?![^<>]*>)")  # a word of a text, not of a tag
_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT_BLOCK = re.compile(rf"<(p|li|ul|ol|h[1-6]|t[hd])\b([^>]*)>(?=(?:<[^>]*>|&[^;]*;|[\W\d_])*[{_RIGHT}])")
_RIGHT_ANY = re.compile(f"[{_RIGHT}]")

MOST_ADDRESS = 120  # characters of a link's address that are printed
LINES = 30  # of one block of code; a longer one is a row of them
COLOURED = 400  # lines; longer code is printed plain
LONG_LINE = 2_000  # characters
PIECE = 50  # characters of a very long word that stay together
WIDE = 82  # characters of a table's text that fit beside each other
GAP = 3  # characters between columns
LONG_WORD = 24
LOOKED_AT = 60  # rows

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


def on_paper(html: str) -> str:
    if "<pre" in html:
        html = _CODE.sub(lambda found: code(found[1], found[2]), html)
    if "<input" in html:
        html = _BOX.sub(lambda found: "☑" if "checked=" in found[1] else "☐", html)
    if "<a" in html:
        html = _WEB_LINK.sub(_told, html)
    if "<table" in html:
        html = _TABLE.sub(lambda found: table(found[1], found[2]), _ROOM.sub("", html))
    return directed(_LONG.sub(_breakable, html))


def _breakable(found: re.Match[str]) -> str:
    """Finding where to break a word without end takes time with its square."""
    word = found[0]
    return "\u200b".join(word[at : at + PIECE] for at in range(0, len(word), PIECE))


def directed(html: str) -> str:
    """Blocks that begin with a letter written from the right run that way."""
    return _RIGHT_BLOCK.sub(r'<\1\2 dir="rtl">', html) if _RIGHT_ANY.search(html) else html


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


# ---------------------------------------------------------------- tables


def table(attributes: str, inner: str) -> str:
    """A table with the width of each column."""
    rows = [_CELL.findall(row) for row in _ROW.findall(inner)[:LOOKED_AT]]
    columns = list(zip_longest(*([text_of(cell) for cell in row] for row in rows), fillvalue=""))
    if not columns:
        return f"<table{attributes}>{inner}</table>"
    widths = shared([_longest(column) for column in columns])
    whole = sum(widths)
    each = "".join(f'<col style="width:{100 * width / whole:.1f}%">' for width in widths)
    return (
        f'<table{attributes} style="width:{min(100, 100 * whole / WIDE):.0f}%">'
        f"<colgroup>{each}</colgroup>{inner}</table>"
    )


def text_of(cell: str) -> str:
    return unescape(_TAG.sub("", cell)).strip()


def _longest(texts: tuple[str, ...]) -> tuple[int, int]:
    """Of a column: its longest word, its longest text, in characters."""
    text = max((_wide(text) for text in texts), default=1)
    word = max((_wide(word) for text in texts for word in text.split()), default=1)
    return min(word, LONG_WORD), max(text, 2)


def _wide(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shared(columns: list[tuple[int, int]]) -> list[float]:
    """Widths in characters: texts in one line where they fit, else every column its longest word and a share of the
    rest as it has text."""
    words = [word + GAP for word, _ in columns]
    texts = [max(word, text) + GAP for word, text in columns]
    if sum(texts) <= WIDE:
        return [float(text) for text in texts]
    room = max(WIDE - sum(words), 0)
    wanted = sum(texts) - sum(words) or 1
    return [word + room * (text - word) / wanted for word, text in zip(words, texts, strict=True)]
