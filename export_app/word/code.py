"""Blocks of code: shaded, coloured, many lines to a paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sessions_app.rendering.highlight import MAX_LABEL, coloured

from . import look, wml
from .wml import Face

LINES = 40
"""Lines of one paragraph: one for each line makes a long block slow to open, one for all cannot be broken well."""
SHORT = 16
"""Lines that stay on one page."""
PADDING = 120  # twips between the box and its text
_BOX = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="{space}" w:color="{look.LINE}"/>'
    for side, space in (("top", 5), ("left", 6), ("bottom", 5), ("right", 6))
)

Pieces = list[tuple[str, str]]


def block(text: str, label: str, left: int) -> str:
    """A block with its language; `left` in twips."""
    shown = label.strip()[:MAX_LABEL]
    pieces = coloured(text, shown.lower()) or [("", text)]
    name, end = pieces[-1]
    pieces[-1] = name, end.removesuffix("\n")
    parts = list(_cut(pieces)) or [[]]
    out = []
    if shown:
        out.append(_boxed(wml.run(shown, Face(literal=True)), "CodeLanguage", left, "<w:keepNext/>", 80, 0))
    for at, part in enumerate(parts):
        first = at == 0 and not shown
        short = "<w:keepLines/>" if len(parts) == 1 and text.count("\n") < SHORT else ""
        inner = "".join(wml.run(piece, _face(name)) for name, piece in part)
        out.append(_boxed(inner, "Code", left, short, 80 if first else 0, 0))
    return "".join(out) + wml.GAP


def plain(text: str, left: int) -> str:
    """Text as it was typed."""
    return block(text, "", left)


def _boxed(inner: str, style: str, left: int, kept: str, before: int, after: int) -> str:
    """Neighbours with the same box are drawn as one; `GAP` keeps two blocks apart."""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{kept}<w:pBdr>{_BOX}</w:pBdr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{look.SUNKEN}"/>'
        f'<w:spacing w:before="{before}" w:after="{after}"/>'
        f'<w:ind w:left="{left + PADDING}" w:right="{PADDING}"/></w:pPr>{inner}</w:p>'
    )


def _cut(pieces: Pieces) -> Iterator[Pieces]:
    """The pieces of so many lines each; the line end between two paragraphs is theirs."""
    part: Pieces = []
    lines = 0
    for name, text in pieces:
        while text.count("\n") >= LINES - lines:
            at = -1
            for _ in range(LINES - lines):
                at = text.index("\n", at + 1)
            yield [*part, (name, text[:at])] if at else part
            part, lines, text = [], 0, text[at + 1 :]
        if text:
            part.append((name, text))
            lines += text.count("\n")
    if part:
        yield part


@lru_cache
def _face(name: str) -> Face:
    ink, tint, how = look.CODE.get(name, ("", "", ""))
    return Face(colour=ink, tint=tint, bold=how == "b", italic=how == "i")
