"""Plain text: for a terminal, a mail, a printer that knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from export_app import words
from export_app.document import Call, Entry, Piece
from export_app.options import COMMON, Option, Value
from export_app.transcript import Transcript
from sessions_app.agent.cards import Card

from .base import Renderer, Sizes
from .text_source import table_lines, told_lines, width_of, wrapped

WIDTH = Option("width", "Characters a line", "number", 80, least=40, most=200)
ASIDE = "    "


class Text(Renderer):
    name = "text"
    label = "Text"
    icon = "document-text"
    media_type = "text/plain"
    extension = "txt"
    aliases = ("plain", "plaintext")
    options = (*COMMON, WIDTH)
    sizes = Sizes(message=50, character=1.05)

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        page = Page(transcript, options)
        yield words.harmless(page.opening()).encode()
        for entry in transcript.entries():
            yield words.harmless(page.message(entry)).encode()


class Page:
    """One transcript on its way."""

    def __init__(self, transcript: Transcript, options: Mapping[str, Value]) -> None:
        self.transcript = transcript
        self.options = options
        self.width = int(options["width"])
        self.day = ""

    def opening(self) -> str:
        head = self.transcript.head
        title = wrapped(words.named(head.heading), self.width)
        lines = [*title, "=" * min(self.width, max(map(width_of, title)))]
        if self.options["metadata"]:
            begun = self.transcript.local(head.created_at)
            facts = words.facts(head, begun, usage=bool(self.options["usage"]))
            lines += wrapped(words.DOT.join(facts), self.width)
            tags = ", ".join(map(words.named, head.tags))
            lines += wrapped(f"Tags: {tags}", self.width) if tags else []
        lines += [] if self.transcript.count else ["", words.EMPTY]
        return "\n".join(lines) + "\n"

    def message(self, entry: Entry) -> str:
        blocks = [*self.new_day(entry), self.heading(entry)]
        files = [f"- {words.named(file.name)} ({words.file_words(file)})" for file in entry.files]
        blocks += ["\n".join(files)] if files else []
        for piece in entry.pieces():
            blocks += self.piece(piece, breaks=entry.by_person)
        if told := words.end(entry):
            blocks.append("\n".join(wrapped(f"({told})", self.width)))
        return "\n" + "\n\n".join(block for block in blocks if block) + "\n"

    def new_day(self, entry: Entry) -> list[str]:
        if not self.options["times"]:
            return []
        day = words.weekday_words(self.transcript.local(entry.created_at).date())
        before, self.day = self.day, day
        return [day] if day != before else []

    def heading(self, entry: Entry) -> str:
        """ "-- You, 09:12 ----------"."""
        beside = [
            words.named(entry.speaker),
            f"{self.transcript.local(entry.created_at):%H:%M}" if self.options["times"] else "",
            *words.receipt(entry, usage=bool(self.options["usage"])),
            words.version(entry) if self.transcript.others else "",
        ]
        told = f"-- {', '.join(each for each in beside if each)} "
        return told + "-" * max(2, self.width - width_of(told))

    def piece(self, piece: Piece, *, breaks: bool) -> list[str]:
        if piece.kind == "text":
            return ["\n".join(told_lines(piece.text, self.width, breaks=breaks))]
        if piece.kind == "thinking":
            inner = told_lines(piece.text, self.width - len(ASIDE))
            return ["\n".join(["Thinking:", *(f"{ASIDE}{line}".rstrip() for line in inner)])]
        if piece.kind == "merged":
            return [f"(From “{words.named(piece.title)}”, merged into this session)"]
        if piece.card:
            return [self.card(piece.card)]
        return [self.tool(piece.call)] if piece.call else []

    def card(self, card: Card) -> str:
        """A notification as what its message says; what stands beside somebody's words under a line of its own."""
        if card.kind == "notification":
            said = told_lines(card.text, self.width, breaks=True) if card.text else []
            return "\n".join(
                [*wrapped(words.card_line(card), self.width), *said, *([card.link] if card.link else [])]
            )
        room = self.width - len(ASIDE)
        lines = [line for each in card.text.split("\n") for line in wrapped(each, room) or [""]]
        head = wrapped(f"[{words.named(card.heading)}] {words.named(card.title)}", self.width)
        return "\n".join([*head, *(f"{ASIDE}{line}".rstrip() for line in lines)])

    def tool(self, call: Call) -> str:
        room = self.width - len(ASIDE)
        head = f"[{words.named(call.label)}] {', '.join(words.tool_line(call))}".rstrip()
        shown = call.contents
        lines: list[str] = []
        for figure in shown.figures:
            lines += wrapped(f"{figure.name}: {figure.value}", room)
        for sentence in shown.said:
            lines += wrapped(sentence, room)
        for table in shown.tables:
            rows = [[cell.text for cell in row] for row in table.rows]
            lines += [*([""] if lines else []), f"{table.title}:"]
            lines += table_lines(table.head, rows, table.numbers, room)
        if raw := words.tool_json(call):
            lines += raw.split("\n")
        return "\n".join([*wrapped(head, self.width), *(f"{ASIDE}{line}".rstrip() for line in lines)])
