"""Text without its marks: growing and oversized pieces as they were typed, titles and snippets in one line."""

import re
from collections.abc import Iterator
from html import escape

PIECE = 16 * 1024

_FENCE_LINE = re.compile(r"^[ \t]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,9}[.)][ \t]+)+", re.MULTILINE
)
_RULE = re.compile(r"^[ \t]*(?:[-=*_|:][-=*_|: \t]*)$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,2000}\)")
_EMPHASIS = re.compile(r"\*{1,3}|~~|`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
_SPACE = re.compile(r"\s+")
_READ_AHEAD = 20


def one_line(text: str, limit: int = 80) -> str:
    """The beginning of a text in one line of at most `limit` characters, without the marks of Markdown."""
    line = text[: limit * _READ_AHEAD]
    for pattern, replacement in (
        (_FENCE_LINE, ""),
        (_RULE, ""),
        (_LINE_MARK, ""),
        (_LINK, r"\1"),
        (_EMPHASIS, ""),
    ):
        line = pattern.sub(replacement, line)
    line = _SPACE.sub(" ", line).strip()
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    words, space, _ = cut.rpartition(" ")
    return (words if space and len(words) > limit // 2 else cut).rstrip(" ,;:-") + "…"


def plain_block(text: str) -> str:
    """A text as it was typed."""
    return f'<pre class="plain">{escape(text, quote=False)}</pre>\n'


def plain_paragraph(text: str) -> str:
    """A paragraph that is still growing, as it was typed."""
    return f'<p class="plain">{escape(text.strip(), quote=False)}</p>\n'


def plain_pieces(text: str) -> Iterator[str]:
    """Cuts a long text at line ends so that all pieces but the last stay as they are when it grows."""
    start = 0
    while len(text) - start > PIECE:
        cut = text.rfind("\n", start, start + PIECE) + 1
        end = cut if cut > start else start + PIECE
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]
