"""A message as it stands in the file: its name, what was said, tools, files, what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from export_app.document import Call, Entry, File, Remark
from export_app.words import card_line, moment_words, seconds
from sessions_app.agent.cards import Card
from sessions_app.agent.labels import look as look_of
from sessions_app.agent.labels import money
from sessions_app.agent.labels.views import Cell, Contents, Event, Table
from sessions_app.agent.labels.words import span
from sessions_app.rendering.json_code import formatted
from sessions_app.rendering.plain import one_line

from . import code, grids, look, wml
from .flow import EDGE, Flow, Place
from .inline import Room, drawing
from .parts import Parts
from .wml import Face, Shape

ASKED = Place(style="Question", left=EDGE, edge=look.CYAN_LINE)
THOUGHT = Place(style="Thinking", left=EDGE, edge=look.PURPLE_LINE)
MOST_HEADING, MOST_LINE = 90, 60  # characters of a heading, and of a line of the contents
MOST_JSON = 20_000  # characters of a result that has no other form
QUIET, NAME = Face(colour=look.INK_3), Face(bold=True, colour=look.CYAN_INK)
SMALL = Face(colour=look.INK_3, size=19)
_STATES = {
    "": look.INK,
    "well": look.OK,
    "waiting": look.WARN,
    "failing": look.BAD,
    "running": look.PURPLE_INK,
}


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with what only this file needs: its time in the reader's zone, its pictures' names in the folder."""

    entry: Entry
    at: datetime
    pictures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A line of the contents."""

    bookmark: str
    title: str
    when: str


class Messages:
    """Writes messages one after the other, and keeps what the contents need."""

    def __init__(self, parts: Parts, flow: Flow, *, times: bool) -> None:
        self.parts = parts
        self.flow = flow
        self.times = times
        self.chapters: list[Chapter] = []

    def message(self, told: Told) -> Iterator[str]:
        entry = told.entry
        if entry.by_person:
            yield from self._question(told)
        else:
            yield from self._answer(told)
        yield from self._files(told)
        for mark in entry.marks:
            yield wml.told(remark_words(mark), "Receipt")

    def _question(self, told: Told) -> Iterator[str]:
        """Its first words are the heading, so that the navigation of a reader can be used; all of it follows where
        that is more."""
        entry = told.entry
        line = one_line(entry.said, MOST_HEADING)
        heading = line or ", ".join(file.name for file in entry.files)[:MOST_HEADING] or "Message"
        number = self.parts.number()
        chapter = Chapter(f"_Toc{number:08d}", one_line(heading, MOST_LINE) or heading, self._when(told))
        self.chapters.append(chapter)
        rtl = wml.from_right(heading)
        shape = Shape("Heading1", edge=look.CYAN_LINE if rtl else "", rtl=rtl)
        whole = self.flow.line(entry.content, MOST_HEADING) if entry.content else ""
        inner = whole or wml.run(heading, rtl=rtl)
        yield wml.paragraph(wml.target(number, chapter.bookmark, inner), shape)
        facts = [chapter.when, *version_words(entry)]
        name = wml.run(entry.speaker or "Person", NAME)
        quiet = wml.run("".join(f" · {fact}" for fact in facts if fact))
        yield wml.paragraph(name + quiet, replace(shape, style="QuestionMeta"))
        for piece in entry.pieces():
            if piece.kind == "merged":
                yield wml.told(
                    f"From here on the messages of “{piece.title}”, which was merged.", "QuestionMeta"
                )
            elif piece.card is not None:
                yield from self._card(piece.card)
        if not whole and entry.content.strip():
            yield from self.flow.text(entry.content, ASKED, breaks=True)

    def _card(self, card: Card) -> Iterator[str]:
        """A notification as what its message says; what stands beside somebody's words under a line of its own."""
        head = card_line(card) if card.kind == "notification" else f"{card.heading}: {card.title}"
        face = Face(colour=look.BAD) if card.severity in ("error", "critical") else wml.PLAIN
        yield wml.told(head, "QuestionMeta", face)
        if card.text and card.kind == "notification":
            yield from self.flow.text(card.text, ASKED, breaks=True)
        elif card.text:
            yield code.block(card.text, "", 0)
        if card.link:
            yield wml.told(card.link, "QuestionMeta")

    def _answer(self, told: Told) -> Iterator[str]:
        entry = told.entry
        when = f"{told.at:%H:%M}" if self.times else ""
        facts = [when, *version_words(entry)]
        quiet = "".join(
            f"   {fact}" if not at else f" · {fact}" for at, fact in enumerate(filter(None, facts))
        )
        name = wml.run(entry.speaker or "Assistant") + wml.run(quiet, replace(SMALL, light=True))
        yield wml.paragraph(name, Shape("Heading2"))
        for piece in entry.pieces():
            if piece.kind == "text":
                yield from self.flow.text(piece.text, Place())
            elif piece.kind == "thinking":
                yield wml.paragraph(wml.run("Thinking", Face(bold=True)), Shape("Thinking", keep=True))
                yield from self.flow.text(piece.text, THOUGHT)
            elif piece.call is not None:
                yield from self._call(piece.call)
        yield from notices(entry)
        receipt = receipt_words(entry)
        if receipt:
            yield wml.paragraph(wml.run(receipt), Shape("Receipt"))

    def _when(self, told: Told) -> str:
        return moment_words(told.at) if self.times else ""

    # ------------------------------------------------------------ tools

    def _call(self, call: Call) -> Iterator[str]:
        ink, tint = look.TOOLS.get(look_of(call.name).colour, look.TOOLS["other"])
        state = " · ".join(filter(None, (call.state, span(call.duration_ms))))
        badge = wml.run(f"\u00a0{call.label}\u00a0", Face(bold=True, colour=ink, tint=tint))
        what = wml.run(f"  {call.what}" if call.what else "")
        yield wml.paragraph(f"{badge}{what}{wml.run(f'  {state}', QUIET)}", Shape("ToolCall"))
        if call.error:
            yield wml.told(call.error, "ToolResult", Face(colour=look.BAD))
        shown = call.contents
        yield from self._contents(shown)
        if call.status == "success" and shown == Contents() and call.result is not None:
            yield from json_block(call.result)

    def _contents(self, shown: Contents) -> Iterator[str]:
        figures = [
            wml.run(f"{figure.name} ", QUIET) + wml.run(figure.value, Face(bold=True))
            for figure in shown.figures
        ]
        if figures or shown.total:
            yield wml.paragraph(
                wml.run("  ·  ", QUIET).join(figures) or wml.run(shown.total), Shape("ToolResult")
            )
        for sentence in shown.said:
            yield wml.told(sentence, "ToolResult")
        for table in shown.tables:
            yield wml.told(table.title, "Caption")
            yield self._table(table)
        if shown.timeline:
            yield self._timeline(shown.timeline)
        for sentence in (shown.counted, shown.note):
            if sentence:
                yield wml.told(sentence, "ToolNote")

    def _table(self, table: Table) -> str:
        face = Face(size=grids.size_of(len(table.head)))
        grid = grids.Grid(
            tuple(grids.cell(wml.run(name, face), name, head=True) for name in table.head),
            [tuple(_cell(cell, face) for cell in row) for row in table.rows],
            tuple("right" if at in table.numbers else "" for at in range(len(table.head))),
        )
        return grids.table(grid, self.flow.width, 0)

    def _timeline(self, events: tuple[Event, ...]) -> str:
        rows = tuple(
            (Cell(event.when), Cell(event.title), Cell(event.word, state=event.state), Cell(event.detail))
            for event in events
        )
        return self._table(Table("", ("When", "What", "State", "Details"), rows))

    # ------------------------------------------------------------ files

    def _files(self, told: Told) -> Iterator[str]:
        place = ASKED if told.entry.by_person else Place()
        for file in told.entry.files:
            name = told.pictures.get(file.id)
            picture = self.parts.stored(name) if name else None
            if picture:
                room = Room(self.flow.width - place.left, self.flow.height * 3 // 5)
                inner = drawing(picture, file.name, room, self.parts)
                yield wml.paragraph(inner, Shape(place.style, keep=True))
            inner = wml.run(file.name, Face(bold=True)) + wml.run(f"  {file_words(file)}", SMALL)
            yield wml.paragraph(
                inner,
                Shape(
                    "ListBullet", left=place.left + look.STEP, hanging=look.STEP, edge=place.edge, item=(1, 0)
                ),
            )


def _cell(cell: Cell, face: Face) -> grids.Cell:
    """What was found is marked; a state has its colour."""
    base = replace(face, colour=_STATES.get(cell.state, "")) if cell.state else face
    inner, at = [], 0
    for start, end in cell.marks:
        inner.append(wml.run(cell.text[at:start], base))
        inner.append(wml.run(cell.text[start:end], replace(base, tint=look.MARK)))
        at = end
    return grids.cell("".join((*inner, wml.run(cell.text[at:], base))), cell.text)


def json_block(result: object) -> Iterator[str]:
    text = formatted(result)
    yield code.block(text[:MOST_JSON], "json", 0)
    if len(text) > MOST_JSON:
        yield wml.told(
            f"The result has {len(text):,} characters; the first {MOST_JSON:,} are shown.", "ToolNote"
        )


# ---------------------------------------------------------------- words


def version_words(entry: Entry) -> list[str]:
    number, of = entry.version
    found = [f"Version {number} of {of}"] if of > 1 else []
    found += ["not shown in the session"] if not entry.shown else []
    return found + (["edited"] if entry.revisions else [])


def receipt_words(entry: Entry) -> str:
    """What an answer took: "2 turns · 9,200 in, 8,000 cached · 640 out · 4.9 s · $0.0534"."""
    if not entry.tokens:
        return ""
    cached = sum(call.cache_read for call in entry.calls)
    out = sum(call.output for call in entry.calls)
    turns = max(1, entry.reply.turns if entry.reply else 1)
    facts = (
        f"{turns} turn{'' if turns == 1 else 's'}",
        f"{entry.tokens - out:,} in" + (f", {cached:,} cached" if cached else ""),
        f"{'about ' if any(call.counts_source == 'estimated' for call in entry.calls) else ''}{out:,} out",
        seconds(entry),
        money(entry.cost),
    )
    return " · ".join(filter(None, facts))


def notices(entry: Entry) -> Iterator[str]:
    """What happened to an answer that is not whole."""
    reply = entry.reply
    if reply is None:
        return
    words = {
        "stopped": "Stopped. The text is kept.",
        "interrupted": "This answer was cut short: the server restarted. The text is kept.",
        "failed": reply.error_message or "This answer failed.",
    }.get(reply.status, reply.error_message if reply.stop_reason not in ("", "end") else "")
    words = reply.error_message or words if "budget" in (reply.error_type, reply.stop_reason) else words
    if words:
        yield wml.told(words, "Notice", Face(colour=look.BAD) if reply.status == "failed" else wml.PLAIN)


def remark_words(mark: Remark) -> str:
    if mark.kind == "reaction":
        return f"{mark.emoji} {mark.by}"
    if mark.kind == "rating":
        stars = f", {mark.stars} of 5" if mark.stars else ""
        told = f"Rated {'good' if (mark.value or 0) > 0 else 'bad'}{stars} by {mark.by}"
    else:
        told = f"Noted by {mark.by}" + (f" on “{mark.quote}”" if mark.quote else "")
    return f"{told}: {mark.comment}" if mark.comment else told


def file_words(file: File) -> str:
    """ "PDF, 12 pages, 1.2 MB"."""
    size = (
        f"{file.size / 1_000_000:.1f} MB"
        if file.size >= 1_000_000
        else f"{max(1, round(file.size / 1000))} KB"
    )
    kind = {"picture": "picture", "pdf": "PDF"}.get(file.kind, file.language or file.kind)
    known = f"{file.width} × {file.height}" if file.width and file.height else ""
    known = f"{file.pages} page{'' if file.pages == 1 else 's'}" if file.pages else known
    return ", ".join(filter(None, (kind, known, size, file.note)))
