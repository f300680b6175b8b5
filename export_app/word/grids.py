"""Tables: as wide as the text, columns by what stands in them, the head on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import wml

_SIZES = ((6, 0), (9, 17), (13, 15), (20, 13), (10**9, 10))
"""Most columns, and the size of letters in half points; 0 is that of the style."""
PADDING = 240  # twips of a cell beside its text
LONG, LONGEST = 4, 42  # characters that a column counts at least and at most
LETTER = 112  # twips of one character at the size of tables, in a wide font
SIZE = 19


@dataclass(frozen=True, slots=True)
class Cell:
    """Its runs, how long its text is, and the longest of its words."""

    inner: str
    length: int
    word: int
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """`aligns` has a word for each column: left, center, right, or nothing."""

    head: tuple[Cell, ...]
    rows: Sequence[tuple[Cell, ...]]
    aligns: tuple[str, ...]


def cell(inner: str, text: str, *, head: bool = False) -> Cell:
    """One of a head is wider: it is bold."""
    most, word = len(text), max(map(len, text.split()), default=0)
    if head:
        most, word = most + 1 + most // 8, word + 1 + word // 8
    return Cell(inner, most, word, wml.from_right(text))


def size_of(columns: int) -> int:
    """Of the letters, in half points; 0 where the style's own fits."""
    return next(size for most, size in _SIZES if columns <= most)


def table(grid: Grid, width: int, left: int) -> str:
    widths = _widths(grid, width)
    turned = "<w:bidiVisual/>" if grid.head and grid.head[0].rtl else ""
    columns = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    head = _row(grid.head, widths, grid.aligns, head=True) if grid.head else ""
    rows = "".join(_row(row, widths, grid.aligns) for row in grid.rows)
    indent = f'<w:tblInd w:w="{left}" w:type="dxa"/>' if left else ""
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Table"/>{turned}<w:tblW w:w="{sum(widths)}" w:type="dxa"/>{indent}'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        ' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{head}{rows}</w:tbl>{wml.GAP}"
    )


def _row(cells: Sequence[Cell], widths: list[int], aligns: tuple[str, ...], *, head: bool = False) -> str:
    properties = "<w:cantSplit/><w:tblHeader/>" if head else "<w:cantSplit/>"
    empty = Cell("", 0, 0)
    filled = [*cells, *[empty] * (len(widths) - len(cells))]
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_inside(each, align, head=head)}</w:tc>'
        for each, width, align in zip(filled, widths, aligns, strict=False)
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{made}</w:tr>"


def _inside(each: Cell, align: str, *, head: bool) -> str:
    return wml.paragraph(
        each.inner,
        wml.Shape("TableHead" if head else "TableText", align=_end(align, each.rtl), keep=head, rtl=each.rtl),
    )


def _end(align: str, rtl: bool) -> str:
    """In a paragraph from the right, Word's "left" is where lines begin."""
    if align in ("left", "right") and rtl:
        return "right" if align == "left" else "left"
    return align


def _widths(grid: Grid, width: int) -> list[int]:
    """Twips for each column: by its longest text, but room for its longest word where there is any; a narrow table
    stays narrow."""
    columns = range(len(grid.aligns))
    letter = LETTER * (size_of(len(columns)) or SIZE) // SIZE
    rows = [grid.head, *grid.rows]
    most = [max((row[at].length for row in rows if at < len(row)), default=0) for at in columns]
    word = [max((row[at].word for row in rows if at < len(row)), default=0) for at in columns]
    wanted = [min(max(each, LONG), LONGEST) * letter + PADDING for each in most]
    least = [min(max(each, LONG), 18) * letter + PADDING for each in word]
    if sum(wanted) <= width:
        spare = width - sum(wanted)
        return [each + spare * each // sum(wanted) for each in wanted]
    if sum(least) >= width:
        return [max(1, width * each // sum(least)) for each in least]
    spare, more = width - sum(least), [a - b if a > b else 0 for a, b in zip(wanted, least, strict=True)]
    return [each + spare * part // max(1, sum(more)) for each, part in zip(least, more, strict=True)]
