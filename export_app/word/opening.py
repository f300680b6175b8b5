"""What stands before the first message: title, facts, contents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from export_app.words import moment_words
from sessions_app.agent.labels import money

from . import look, wml
from .message import Chapter
from .wml import Face, Shape

NAMES = 1_900  # twips of the column of names
LEAST = 2  # chapters that are worth a list


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of the session; `tokens` and `cost` only where `usage`, times only where `times`."""

    title: str
    owner: str
    model: str
    tags: tuple[str, ...]
    created_at: datetime
    last_activity_at: datetime
    messages: int
    tokens: int
    cost: Decimal | None
    part: tuple[int, int]
    times: bool
    usage: bool

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield "Owner", self.owner
        yield "Model", self.model
        if self.times:
            yield "Started", moment_words(self.created_at)
            yield "Last activity", moment_words(self.last_activity_at)
        yield "Messages", f"{self.messages:,}"
        if self.usage and self.tokens:
            yield "Tokens", f"{self.tokens:,}"
            yield "Cost", money(self.cost)
        yield "Tags", ", ".join(self.tags)
        number, of = self.part
        yield "Part", f"{number} of {of}" if of > 1 else ""


def title_block(facts: Facts, width: int) -> str:
    rows = "".join(_fact(name, value, width - NAMES) for name, value in facts.pairs() if value)
    return (
        f"{wml.told(facts.title, 'Title')}"
        f'<w:tbl><w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{NAMES}"/><w:gridCol w:w="{width - NAMES}"/></w:tblGrid>{rows}</w:tbl>{wml.GAP}'
    )


def _fact(name: str, value: str, width: int) -> str:
    quiet = wml.paragraph(wml.run(name, Face(colour=look.INK_3)), Shape("TableText"))
    return (
        f'<w:tr><w:tc><w:tcPr><w:tcW w:w="{NAMES}" w:type="dxa"/></w:tcPr>{quiet}</w:tc>'
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{wml.told(value, "TableText")}</w:tc></w:tr>'
    )


def contents(chapters: Sequence[Chapter]) -> str:
    """The questions, each leading to its place, as the field that Word keeps contents in. Page numbers come when a
    person has it updated; until then it says when a question was asked."""
    if len(chapters) < LEAST:
        return ""
    last = len(chapters) - 1
    lines = "".join(
        wml.paragraph(
            (wml.field_begin(r'TOC \o "1-1" \h \z') if not at else "")
            + _line(chapter)
            + (wml.FIELD_END if at == last else ""),
            Shape("TOC1"),
        )
        for at, chapter in enumerate(chapters)
    )
    return (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent>{wml.told('Contents', 'TOCHeading')}{lines}</w:sdtContent></w:sdt>"
    )


def _line(chapter: Chapter) -> str:
    when = "<w:r><w:tab/></w:r>" + wml.run(chapter.when, Face(colour=look.INK_3)) if chapter.when else ""
    return wml.jump(chapter.bookmark, wml.run(chapter.title) + when)
