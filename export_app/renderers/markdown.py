"""Markdown: readable as it is, and by every program that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from export_app import words
from export_app.document import Call, Entry, Piece
from export_app.options import COMMON, Option, Value
from export_app.transcript import Transcript
from export_app.written import moment, money
from sessions_app.agent.cards import Card
from sessions_app.agent.labels.views import Table

from .base import Renderer
from .markdown_source import cell, embedded, fenced, front_matter, plain, quoted

LEVEL = Option("level", "Messages start at heading", "choice", "2", (("1", "1"), ("2", "2"), ("3", "3")))
FOLD = Option("fold", "Fold tool calls and thinking", "switch", False)
LANGUAGE = Option(
    "language",
    "Language of unlabelled code",
    "text",
    "",
    pattern=r"[\w+#.-]{0,20}",
    help="A word such as text, at most 20 letters.",
)


class Markdown(Renderer):
    name = "markdown"
    label = "Markdown"
    icon = "hashtag"
    media_type = "text/markdown"
    extension = "md"
    aliases = ("md",)
    options = (*COMMON, LEVEL, FOLD, LANGUAGE)

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        page = Page(transcript, options)
        yield words.harmless(page.opening()).encode()
        for number, entry in enumerate(transcript.entries(), 1):
            yield words.harmless(page.message(entry, number)).encode()


class Page:
    """One transcript on its way; blocks are parted by empty lines. `bare`: one message without what is told of it."""

    def __init__(self, transcript: Transcript, options: Mapping[str, Value]) -> None:
        self.transcript = transcript
        self.options = options
        self.level = int(options["level"])
        self.bare = transcript.alone and not options["metadata"]
        self.day = ""

    def opening(self) -> str:
        if self.bare:
            return ""
        head = self.transcript.head
        begun = self.transcript.local(head.created_at)
        title = f"# {plain(words.named(head.heading))}"
        none = "" if self.transcript.count else f"\n*{words.EMPTY}*\n"
        if not self.options["metadata"]:
            return f"{title}\n{none}"
        facts = words.DOT.join(words.facts(head, begun, usage=bool(self.options["usage"])))
        return f"{self.facts()}\n\n{title}\n\n{plain(facts)}\n{none}"

    def facts(self) -> str:
        head = self.transcript.head
        spent = bool(self.options["usage"]) and head.total_tokens > 0
        return front_matter(
            {
                "title": words.named(head.heading),
                "session": head.id,
                "owner": words.named(head.owner),
                "created": moment(head.created_at),
                "last_activity": moment(head.last_activity_at),
                "model": head.model,
                "messages": head.message_count,
                "tokens": head.total_tokens if spent else None,
                "cost_usd": money(head.total_cost) if spent else None,
                "tags": list(map(words.named, head.tags)),
                "part": f"{head.part[0]} of {head.part[1]}" if head.part[1] > 1 else None,
            }
        )

    def message(self, entry: Entry, number: int) -> str:
        blocks = [] if self.bare else [*self.new_day(entry), self.heading(entry)]
        blocks += [
            f"- {plain(words.named(file.name))} ({plain(words.file_words(file))})" for file in entry.files
        ]
        for at, piece in enumerate(entry.pieces()):
            blocks += self.piece(piece, f"{number}.{at}" if at else str(number), breaks=entry.by_person)
        if (told := words.end(entry)) and not self.bare:
            blocks.append(f"*{plain(told)}*")
        return ("" if self.bare else "\n") + "\n\n".join(blocks) + "\n"

    def new_day(self, entry: Entry) -> list[str]:
        """The day, where it is another than that of the message before."""
        if not self.options["times"]:
            return []
        day = words.weekday_words(self.transcript.local(entry.created_at).date())
        before, self.day = self.day, day
        return [f"*{day}*"] if day != before else []

    def heading(self, entry: Entry) -> str:
        beside = [
            f"{self.transcript.local(entry.created_at):%H:%M}" if self.options["times"] else "",
            *words.receipt(entry, usage=bool(self.options["usage"])),
            words.version(entry) if self.transcript.others else "",
        ]
        told = ", ".join(each for each in beside if each)
        return f"{'#' * self.level} {plain(words.named(entry.speaker))} {plain(told)}".rstrip()

    def piece(self, piece: Piece, name: str, *, breaks: bool) -> list[str]:
        if piece.kind == "text":
            return [self.text(piece.text, name, breaks=breaks)]
        if piece.kind == "thinking":
            return self.aside("Thinking", [self.text(piece.text, name)])
        if piece.kind == "merged":
            return [f"*From “{plain(words.named(piece.title))}”, merged into this session*"]
        if piece.card:
            return self.card(piece.card, name)
        return self.tool(piece.call) if piece.call else []

    def card(self, card: Card, name: str) -> list[str]:
        """A notification as what its message says, its text as Markdown; what stands beside somebody's words as an aside."""
        link = [f"<{card.link}>"] if card.link else []
        if card.kind == "notification":
            text = [self.text(card.text, name, breaks=True)] if card.text else []
            return [f"**{plain(words.card_line(card))}**", *text, *link]
        text = [fenced(card.text, "")] if card.text else []
        return self.aside(f"{words.named(card.heading)}: {words.named(card.title)}", [*text, *link])

    def text(self, text: str, name: str, *, breaks: bool = False) -> str:
        if self.bare:
            return text.strip("\n")
        language = str(self.options["language"])
        return embedded(text, below=self.level, language=language, notes=name, breaks=breaks)

    def aside(self, title: str, blocks: list[str]) -> list[str]:
        """Something beside the answer: folded, or as a quote."""
        if self.options["fold"]:
            return [f"<details>\n<summary>{escaped(title)}</summary>", *blocks, "</details>"]
        return [quoted("\n\n".join([f"**{plain(title)}**", *blocks]))]

    def tool(self, call: Call) -> list[str]:
        told = ", ".join(words.tool_line(call))
        body = tool_body(call)
        if self.options["fold"]:
            return [
                f"<details>\n<summary>{escaped(f'{words.named(call.label)}: {told}')}</summary>",
                *body,
                "</details>",
            ]
        return [f"> **{plain(words.named(call.label))}** {plain(told)}".rstrip(), *body]


def tool_body(call: Call) -> list[str]:
    shown = call.contents
    blocks = [f"- {plain(figure.name)}: {plain(figure.value)}" for figure in shown.figures]
    blocks = ["\n".join(blocks)] if blocks else []
    blocks += [plain(sentence) for sentence in shown.said]
    blocks += [table(each) for each in shown.tables]
    if raw := words.tool_json(call):
        blocks.append(fenced(raw, "" if isinstance(call.result, str) else "json"))
    return blocks


def table(shown: Table) -> str:
    """A table with its title before it."""
    head = [cell(name) for name in shown.head]
    marks = ["---:" if at in shown.numbers else "---" for at in range(len(head))]
    rows = [[cell(each.text) for each in row] for row in shown.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, marks, *rows)]
    return f"{plain(shown.title)}:\n\n" + "\n".join(lines)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
