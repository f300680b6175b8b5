"""A session as HTML for screen and paper: its head, its messages and what hangs on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from export_app import words as said
from export_app.document import Entry, File, Head, Piece
from export_app.options import Value
from export_app.transcript import Transcript
from sessions_app.agent.cards import Card
from sessions_app.agent.labels import counted, money
from sessions_app.agent.labels.words import size_words
from sessions_app.rendering import one_line

from . import prose
from .prose import plain
from .sheet_tools import tool

Picture = Callable[[File], str | None]
"""Takes a picture in; the address it has in the file, None where it is gone or too large."""

ENDED = {
    "stopped": "Stopped. The text is kept.",
    "interrupted": "This answer was cut short. The text is kept.",
    "failed": "This answer failed.",
}
SPACE = "\u00a0"


@dataclass
class Sheet:
    """One file being written. `paper` has no folds and less markup."""

    transcript: Transcript
    options: Mapping[str, Value]
    picture: Picture
    paper: bool = False
    day: date | None = field(default=None, init=False)

    def asked(self, name: str) -> bool:
        return bool(self.options.get(name, True))

    # ------------------------------------------------------------ head

    def head(self) -> str:
        """Title and facts; the title alone where they are not wanted."""
        head = self.transcript.head
        facts = self._facts(head) if self.asked("metadata") else []
        lines = "".join(f'<p class="facts">{plain(", ".join(line))}</p>' for line in facts if line)
        return f'<header class="head"><h1 dir="auto">{plain(head.heading)}</h1>{lines}</header>\n'

    def _facts(self, head: Head) -> list[list[str]]:
        number, of = head.part
        usage = self.asked("usage") and head.total_tokens
        return [
            [
                *([head.owner] if head.owner else []),
                self.span_of(head),
                *([f"part {number} of {of}"] if of > 1 else []),
            ],
            [
                counted(head.message_count, "message"),
                *([counted(head.total_tokens, "token"), money(head.total_cost)] if usage else []),
                *([head.model_label] if head.model_label else []),
            ],
            [f"Tags: {', '.join(head.tags)}"] if head.tags else [],
        ]

    def span_of(self, head: Head) -> str:
        """ "20 November 2026", "20 November 2026 to 1 December 2026"."""
        began, ended = (
            said.day_words(self.transcript.local(at)) for at in (head.created_at, head.last_activity_at)
        )
        return began if began == ended else f"{began} to {ended}"

    # ------------------------------------------------------------ messages

    def messages(self) -> Iterator[str]:
        """Each message, with the day before the first one of it."""
        if not self.transcript.count:
            yield f'<p class="none">{said.EMPTY}</p>\n'
        for entry in self.transcript.entries():
            yield self._day(entry) + self.message(entry)

    def _day(self, entry: Entry) -> str:
        day = self.transcript.local(entry.created_at).date()
        if not self.asked("times") or not entry.shown or day == self.day:
            return ""
        self.day = day
        return f'<p class="day">{said.day_words(day)}</p>\n'

    def message(self, entry: Entry) -> str:
        kind = "person" if entry.by_person else "answer"
        other = "" if entry.shown else " other"
        texts = "".join(self._piece(entry, piece, at) for at, piece in enumerate(entry.pieces()))
        return (
            f'<article class="message {kind}{other}">{self._name(entry)}{texts}'
            f"{self._files(entry)}{_ended(entry)}{self._receipt(entry)}</article>\n"
        )

    def _name(self, entry: Entry) -> str:
        """Who and when. What a person asked is what the file's outline shows."""
        number, of = entry.version
        beside = [
            *([f"{self.transcript.local(entry.created_at):%H:%M}"] if self.asked("times") else []),
            *([f"version {number} of {of}"] if of > 1 and self.transcript.others else []),
            *(["edited"] if entry.revisions else []),
        ]
        words = f' <span class="when">{", ".join(beside)}</span>' if beside else ""
        asked = one_line(entry.said, 70) if self.paper and entry.by_person and entry.shown else ""
        label = f' data-label="{plain(asked)}"' if asked else ""
        return f'<h2 class="name"{label}>{plain(entry.speaker)}{words}</h2>'

    def _piece(self, entry: Entry, piece: Piece, at: int) -> str:
        match piece.kind:
            case "text":
                html = prose.body(entry, piece.text, at, paper=self.paper)
                return f'<div class="prose" dir="auto">{html}</div>'
            case "thinking":
                html = prose.body(_unstored(entry), piece.text, at, paper=self.paper)
                return self.folded("thinking", "Thinking", f'<div class="prose" dir="auto">{html}</div>')
            case "merged":
                return f'<p class="merged">Merged from {plain(piece.title or "another session")}</p>'
            case "tool" if piece.call is not None:
                head, inner = tool(piece.call, paper=self.paper)
                return self.folded(f"tool tool-{piece.call.look}", head, inner)
            case "card" if piece.card is not None:
                return self._card(entry, piece.card, at)
        return ""

    def _card(self, entry: Entry, card: Card, at: int) -> str:
        """A notification as what its message says; what stands beside somebody's words folded."""
        link = f'<p class="card-link">{plain(card.link)}</p>' if card.link else ""
        if card.kind != "notification":
            head = f"{plain(card.heading)}: {plain(card.title)}"
            return self.folded(
                "card", head, f'<div class="card-text" dir="auto">{plain(card.text)}</div>{link}'
            )
        html = prose.body(replace(entry, html=""), card.text, at, paper=self.paper) if card.text else ""
        told = f'<div class="prose" dir="auto">{html}</div>' if html else ""
        bad = " bad" if card.severity in ("error", "critical") else ""
        return f'<p class="card-title{bad}">{plain(said.card_line(card))}</p>{told}{link}'

    def folded(self, kind: str, head: str, inner: str) -> str:
        """Folded on a screen, open on paper."""
        if not inner or self.paper:
            return f'<div class="fold {kind}"><p class="fold-head">{head}</p>{inner}</div>'
        return (
            f'<details class="fold {kind}"><summary class="fold-head">{head}</summary>'
            f'<div class="fold-body">{inner}</div></details>'
        )

    # ------------------------------------------------------------ beside the text

    def _files(self, entry: Entry) -> str:
        if not entry.files:
            return ""
        return f'<ul class="files">{"".join(map(self._file, entry.files))}</ul>'

    def _file(self, file: File) -> str:
        about = file_words(file)
        if file.kind != "picture":
            return f'<li class="file">{plain(file.name)} <span class="when">{plain(about)}</span></li>'
        source = self.picture(file)
        if source is None:
            return (
                f'<li class="file">{plain(file.name)} '
                f'<span class="when">{plain(about)}, the picture is not in this file</span></li>'
            )
        return (
            f'<li class="picture"><img src="{source}" alt="{plain(file.name)}">'
            f'<p class="when">{plain(file.name)}, {plain(about)}</p></li>'
        )

    def _receipt(self, entry: Entry) -> str:
        if not entry.tokens or not self.asked("usage"):
            return ""
        cached = sum(call.cache_read for call in entry.calls)
        out = sum(call.output for call in entry.calls)
        took = said.seconds(entry)
        words = [
            f"{entry.tokens - out:,} tokens in" + (f" ({cached:,} cached)" if cached else ""),
            f"{out:,} out",
            *([took] if took else []),
            money(entry.cost),
        ]
        return f'<p class="receipt">{", ".join(words)}</p>'


def _unstored(entry: Entry) -> Entry:
    return replace(entry, html="", role="assistant")


def _ended(entry: Entry) -> str:
    """What a reply says that did not end well."""
    if entry.reply is None or entry.reply.status not in ENDED:
        return ""
    told = entry.reply.error_message or ENDED[entry.reply.status]
    bad = " bad" if entry.reply.status == "failed" else ""
    return f'<p class="ended{bad}">{plain(told)}</p>'


def file_words(file: File) -> str:
    """ "picture, 640 × 480, 12 KB"."""
    known = {
        "picture": f"picture, {file.width} × {file.height}" if file.width else "picture",
        "pdf": "PDF" + (f", {counted(file.pages, 'page')}" if file.pages else ""),
    }.get(file.kind, f"{file.kind}, {file.language}" if file.language else file.kind)
    return ", ".join(part for part in (known, size_words(file.size), file.note) if part)
