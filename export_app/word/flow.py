"""Markdown as paragraphs, lists and tables: the tokens of the same grammar that the pages are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from sessions_app.rendering.clean import clean_text
from sessions_app.rendering.markdown import Definitions, grammar, parse_blocks, split_at_limit
from sessions_app.rendering.plain import plain_pieces

from . import code, grids, look, wml
from .inline import MATH, Room, runs, text_of
from .parts import BULLETS, Parts
from .wml import Shape

EDGE = 280  # twips from a line at the start to the text beside it
LEVELS = 9
HEADINGS = 6
BOX = wml.Face(font=look.SIGNS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where blocks stand: style of their paragraphs, twips from the edge of the text, colour of a line at their start,
    how many lists they are in, and the number of the innermost."""

    style: str = ""
    left: int = 0
    edge: str = ""
    depth: int = 0
    list: int = BULLETS
    listed: str = ""  # the style of the outermost list: items of one list keep together

    def inside(self, edge: str, style: str) -> Place:
        return replace(self, left=min(self.left + EDGE, look.MOST_LEFT), edge=edge, style=style)


class Flow:
    """Texts as blocks. `width` and `height` of the page's text in twips."""

    def __init__(self, parts: Parts, width: int, height: int) -> None:
        self.parts = parts
        self.width = width
        self.height = height

    def text(self, text: str, place: Place, *, breaks: bool = False, below: int = 2) -> Iterator[str]:
        """The blocks of a text. `breaks`: a line end is one; its headings begin below this level."""
        source, rest = split_at_limit(clean_text(text))
        definitions = Definitions()
        blocks = parse_blocks(source, definitions)
        env = definitions.environment("", breaks)
        room = Room(self.width, self.height, breaks, notes=f"note_{self.parts.number()}_")
        for block in blocks:
            grammar().fill(block.tokens, env)
            yield from _Blocks(self, place, room, below).all(block.tokens)
        for piece in plain_pieces(rest):
            yield code.plain(piece, place.left)

    def line(self, text: str, most: int) -> str:
        """The runs of a text that is one short line; nothing where it is more than that."""
        text = text.strip()
        if len(text) > 4 * most or "\n" in text:
            return ""
        definitions = Definitions()
        blocks = parse_blocks(clean_text(text), definitions)
        if len(blocks) != 1 or blocks[0].kind != "paragraph_open":
            return ""
        grammar().fill(blocks[0].tokens, definitions.environment("", True))
        children = blocks[0].tokens[1].children or []
        words = text_of(children)
        if not 0 < len(words) <= most or any(child.type == "image" for child in children):
            return ""
        return runs(children, Room(self.width, self.height, rtl=wml.from_right(words)), self.parts)


class _Blocks:
    """Walks over the tokens of one block."""

    def __init__(self, flow: Flow, place: Place, room: Room, below: int) -> None:
        self.parts = flow.parts
        self.width = flow.width
        self.room = room
        self.below = below
        self.places = [place]
        self.item: Shape | None = None  # of an item that has nothing yet
        self.task = ""
        self.loose = False
        self.heading = 0
        self.note = 0

    @property
    def place(self) -> Place:
        return self.places[-1]

    def all(self, tokens: Sequence[Token]) -> Iterator[str]:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                yield from self._bare_item()
                yield self._table(tokens[at : end + 1])
                at = end
            else:
                yield from self.token(token)
            at += 1

    def token(self, token: Token) -> Iterator[str]:
        kind = token.type
        if kind == "inline":
            yield self._paragraph(token)
        elif kind == "paragraph_open":
            self.loose = not token.hidden
        elif kind == "heading_open":
            self.heading = int(token.tag[1])
        elif kind == "heading_close":
            self.heading = 0
        elif kind in ("bullet_list_open", "ordered_list_open"):
            yield from self._bare_item()
            self.places.append(self._list(token))
        elif kind == "list_item_open":
            self._item(token)
        elif kind == "list_item_close":
            yield from self._bare_item()
        elif kind == "blockquote_open":
            yield from self._bare_item()
            self.places.append(self.place.inside(look.LINE, "Quote"))
        elif kind in ("bullet_list_close", "ordered_list_close", "blockquote_close"):
            self.places.pop()
        elif kind == "footnote_reference_open":
            self.note = token.meta["number"] or 0
            self.places.append(replace(self.place, style="FootnoteText", left=self.place.left + EDGE))
        elif kind == "footnote_reference_close":
            self.places.pop()
        elif kind in _SOURCES or kind == "hr":
            yield from self._bare_item()
            yield self._source(token)

    # ------------------------------------------------------------ lists

    def _list(self, token: Token) -> Place:
        place = self.place
        level = min(place.depth, LEVELS - 1)
        ordered = token.type == "ordered_list_open"
        number = self.parts.ordered(level, int(token.attrs.get("start", 1))) if ordered else BULLETS
        return replace(
            place,
            left=min(place.left + look.STEP, look.MOST_LEFT),
            depth=place.depth + 1,
            list=number,
            listed=place.listed or ("ListNumber" if ordered else "ListBullet"),
        )

    def _item(self, token: Token) -> None:
        place = self.place
        shape = Shape(place.listed, left=place.left, hanging=look.STEP, edge=place.edge)
        done = token.meta.get("checked")
        if done is None:
            level = min(place.depth, LEVELS) - 1
            self.item, self.task = replace(shape, item=(place.list, level)), ""
        else:
            self.item, self.task = replace(shape, item=(0, 0)), "☑\t" if done else "☐\t"

    def _bare_item(self) -> Iterator[str]:
        """An item that has no words of its own, or begins with something else."""
        if self.item is not None:
            yield wml.paragraph(wml.run(self.task, BOX), self.item)
            self.item, self.task = None, ""

    # ------------------------------------------------------------ blocks

    def _paragraph(self, token: Token) -> str:
        children = token.children or []
        text = self.task + text_of(children)
        rtl = wml.from_right(text)
        shape = replace(self._shape(), rtl=rtl)
        place = self.place
        room = replace(self.room, rtl=rtl, width=self.width - place.left)
        inner = runs(children, room, self.parts)
        if self.task:
            inner = wml.run(self.task, BOX, rtl=rtl) + inner
        if self.note:
            inner = self._note_number() + inner
        self.item, self.task = None, ""
        return wml.paragraph(inner, shape)

    def _shape(self) -> Shape:
        place = self.place
        if self.heading:
            level = min(self.heading + self.below, HEADINGS)
            if self.item is not None:
                return replace(self.item, keep=True, loose=True)
            return Shape(f"Heading{level}", left=place.left or -1, edge=place.edge)
        if self.item is not None:
            return replace(self.item, loose=True) if self.loose and not self.task else self.item
        if self.note:
            return Shape("FootnoteText", left=place.left, hanging=EDGE, edge=place.edge)
        style = place.style or ("ListContinue" if place.depth else "")
        return Shape(style, left=place.left or -1, edge=place.edge)

    def _note_number(self) -> str:
        number, self.note = self.note, 0
        name = f"{self.room.notes}{number}"
        shown = wml.run(f"{number}\t", wml.Face(colour=look.INK_3))
        return wml.target(self.parts.number(), name, shown)

    def _source(self, token: Token) -> str:
        """What is shown as it was written."""
        left = self.place.left
        if token.type == "hr":
            return wml.paragraph("", Shape("Rule", left=left or -1))
        if token.type == "fence":
            label = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
            return code.block(token.content, label, left)
        if token.type == "math_block":
            return wml.paragraph(wml.run(token.content.strip(), MATH), Shape("Formula", left=left or -1))
        return code.plain(token.content, left)

    # ------------------------------------------------------------ tables

    def _table(self, tokens: Sequence[Token]) -> str:
        rows: list[list[grids.Cell]] = []
        aligns: list[str] = []
        align = ""
        columns = sum(token.type == "th_open" for token in tokens)
        face = wml.Face(size=grids.size_of(columns))
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                align = str(token.attrs.get("class", "")).removeprefix("align-")
            elif token.type == "inline":
                rows[-1].append(self._cell(token, columns, face, head=len(rows) == 1))
                if len(rows) == 1:
                    aligns.append(align)
        grid = grids.Grid(tuple(rows[0]), [tuple(row) for row in rows[1:]], tuple(aligns))
        return grids.table(grid, self.width - self.place.left, self.place.left)

    def _cell(self, token: Token, columns: int, face: wml.Face, *, head: bool) -> grids.Cell:
        text = text_of(token.children)
        room = replace(
            self.room, width=max(400, self.width // columns - 240), rtl=wml.from_right(text), breaks=False
        )
        return grids.cell(runs(token.children or [], room, self.parts, face), text, head=head)


_SOURCES = ("fence", "code_block", "math_block", "plain")
