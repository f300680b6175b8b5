"""The body of an assistant message, growing or finished: a row of blocks, each with a stable id.

Blocks are `message-ID-b-K`. A text part is as many blocks as its markdown has, a thinking part is one block with
blocks of its own inside, a tool call is one card. Turns before the last one that used tools fold into one line.
While it grows a card opens itself only if it needs the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from uuid import UUID

from django.template.loader import get_template
from django.utils.safestring import mark_safe

from sessions_app.agent import labels
from sessions_app.agent.labels import counted
from sessions_app.agent.labels.sources import Source, Sources
from sessions_app.agent.labels.words import span

from .cards import card_html, tool_card
from .entries import chip, host, outward
from .stream import BlockStream

MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A block to show: replaced by its id, or appended to the element `parent` where it is new."""

    id: str
    html: str
    parent: str = ""


@dataclass(slots=True)
class Section:
    """One part of the message as blocks; `base` is the K of its first."""

    kind: str
    turn: int
    base: int
    message: str
    stream: BlockStream | None = None
    tool: Mapping[str, Any] = field(default_factory=dict)
    shown: int = 0
    dirty: bool = True
    whole: bool = False
    opened: bool = False
    approve_url: str = ""
    linked: bool = True

    @property
    def key(self) -> str:
        return f"message-{self.message}-b-{self.base}"

    @property
    def count(self) -> int:
        """How many Ks this section takes."""
        if self.kind != "text":
            return 1
        assert self.stream is not None
        return len(self.stream.snapshot())

    def block(self, index: int, html: str) -> tuple[str, str]:
        """Id and markup of one markdown block."""
        if self.kind == "text":
            key = f"message-{self.message}-b-{self.base + index}"
            return key, f'<div id="{key}" class="block prose">{html}</div>'
        key = f"{self.key}-{index}"
        return key, f'<div id="{key}" class="block prose">{html}</div>'

    def html(self) -> str:
        """The section whole."""
        if self.kind == "tool_call":
            asks, linked = self.approve_url, self.linked
            return card_html(
                tool_card(self.key, self.tool, opened=self.opened, approve_url=asks, linked=linked)
            )
        assert self.stream is not None
        inner = "".join(self.block(block.index, block.html)[1] for block in self.stream.snapshot())
        return inner if self.kind == "text" else thinking_html(self.key, inner, done=self.whole)

    def changes(self) -> list[Change]:
        """What changed since the last call; a section shown for the first time comes whole."""
        body = f"message-{self.message}-body"
        if self.kind == "tool_call":
            self.dirty = False
            parent = "" if self.shown else body
            self.shown = 1
            return [Change(self.key, self.html(), parent)]
        assert self.stream is not None
        blocks = self.stream.changed()
        self.dirty = False
        if self.kind == "thinking" and not self.shown and blocks:
            self.shown = len(self.stream.snapshot())
            return [Change(self.key, self.html(), body)]
        inside = body if self.kind == "text" else f"{self.key}-body"
        changes = []
        for block in blocks:
            key, html = self.block(block.index, block.html)
            changes.append(Change(key, html, "" if block.index < self.shown else inside))
            self.shown = max(self.shown, block.index + 1)
        return changes


def thinking_html(key: str, inner: str, *, done: bool) -> str:
    return str(
        get_template("sessions/_thinking.html").render(
            {"block_id": key, "html": mark_safe(inner), "open": False, "done": done}
        )
    )


class Body:
    """The body of one message, fed by chunks' content; renders only when asked.

    `approve_url` takes the answers to tools that wait for one; empty where the readers may not give it. The cards of one
    that is not `linked` lead to no page of this site.
    """

    def __init__(self, message: UUID | str, approve_url: str = "", *, linked: bool = True) -> None:
        self.message = str(message)
        self.approve_url = approve_url
        self.linked = linked
        self.sections: list[Section] = []
        self.sources = Sources(linked=linked)
        self.moved = False  # blocks changed their place: only a whole body is right

    def text(self, kind: str, turn: int, text: str) -> None:
        """Add text of kind text or thinking. Of thinking that came sealed alone there is nothing to show."""
        if kind == "thinking" and not text:
            return
        last = self.sections[-1] if self.sections else None
        if last is None or last.kind != kind or last.turn != turn or last.whole:
            last = self._open(kind, turn)
            last.stream = BlockStream(prefix=f"m-{self.message[-12:]}-{last.base}-")
        assert last.stream is not None
        last.stream.feed(text)
        last.dirty = True

    def cite(self, citations: Any) -> None:
        """The text so far ends in what these pages say: their numbers stand behind it."""
        last = self.sections[-1] if self.sections else None
        if (marks := self.sources.add(citations)) and last is not None and last.kind == "text":
            self.text("text", last.turn, marks)

    def tool(self, data: Mapping[str, Any], turn: int) -> None:
        """Add a tool call or its new state."""
        for section in self.sections:
            if section.kind == "tool_call" and section.tool["id"] == data["id"]:
                section.tool, section.dirty = data, True
                return
        if turn > self.last_tool_turn > 0:
            self.moved = True
        self._open("tool_call", turn).tool = data

    def _open(self, kind: str, turn: int) -> Section:
        self._close_last()
        base = self.sections[-1].base + self.sections[-1].count if self.sections else 0
        asks, linked = self.approve_url, self.linked
        self.sections.append(Section(kind, turn, base, self.message, approve_url=asks, linked=linked))
        return self.sections[-1]

    def _close_last(self) -> None:
        last = self.sections[-1] if self.sections else None
        if last is not None and last.stream is not None and not last.whole:
            last.stream.finish()
            last.whole = True
            self.moved = self.moved or last.stream.rebuilt or last.dirty
            last.dirty = False

    @property
    def last_tool_turn(self) -> int:
        return max((section.turn for section in self.sections if section.kind == "tool_call"), default=0)

    def changes(self) -> list[Change] | None:
        """Blocks that changed since the last call, in order; None where only the whole body is right."""
        if self.moved:
            return None
        return [change for section in self.sections if section.dirty for change in section.changes()]

    def html(self) -> str:
        """The whole body now; later `changes` count from here."""
        self.moved = False
        for section in self.sections:
            section.changes()
        first = self.last_tool_turn
        folded = [section for section in self.sections if section.turn < first]
        rest = "".join(section.html() for section in self.sections if section.turn >= first)
        return (turns_html(folded) if folded else "") + rest

    def finish(self) -> str:
        """The finished body: every block closed, and the card open that the answer is about, if it is one."""
        self._close_last()
        last = [section for section in self.sections if section.kind == "tool_call"]
        last = [section for section in last if section.turn == self.last_tool_turn]
        for section in last:
            section.opened = len(last) == 1
        return self.html() + sources_html(self.message, self.sources.listed, linked=self.linked)


def sources_html(message: str, sources: list[Source], *, linked: bool = True) -> str:
    """The pages and moments of videos an answer cites, behind it; nothing where there are none."""
    rows = "".join(
        f"<li><span>{each.number}</span><span>{source_html(each, linked=linked)}</span></li>"
        for each in sources
    )
    title = '<p class="sources__title">Sources</p>'
    return (
        f'<section id="message-{message}-sources" class="sources">{title}<ol>{rows}</ol></section>'
        if rows
        else ""
    )


def source_html(source: Source, *, linked: bool = True) -> str:
    if source.passage:
        return chip(source.url if linked else "", source.title, source.time)
    if not source.url:
        return escape(source.title) + (f" <q>{escape(source.cited)}</q>" if source.cited else "")
    return f"{outward(source.url, source.title)} {escape(host(source.url))}"


def turns_html(sections: list[Section]) -> str:
    """Folded turns: one line in plain words, the blocks inside."""
    tools = [section for section in sections if section.kind == "tool_call"]
    names = list(dict.fromkeys(labels.look(section.tool["tool_id"]).label for section in tools))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    summary = ", ".join(names[:MOST_NAMES]) + more or "Earlier turns"
    thought = any(section.kind == "thinking" for section in sections)
    detail = ", ".join([*_counts(tools), *(["with thinking"] if thought else [])])
    body = "".join(section.html() for section in sections)
    return str(
        get_template("sessions/_turns.html").render(
            {"summary": summary, "detail": detail, "body": mark_safe(body)}
        )
    )


def _counts(tools: list[Section]) -> list[str]:
    """ "3 tools in 2 turns", "1 failed", "0.60 s": tools of one turn ran beside each other."""
    slowest: dict[int, int] = {}
    for section in tools:
        took = section.tool.get("duration_ms") or 0
        slowest[section.turn] = max(slowest.get(section.turn, 0), took)
    failed = sum(section.tool["status"] in ("error", "denied") for section in tools)
    turns = f" in {len(slowest)} turns" if len(slowest) > 1 else ""
    took = sum(slowest.values())
    return [
        counted(len(tools), "tool") + turns,
        *([f"{failed} failed"] if failed else []),
        *([span(took)] if took else []),
    ]


def finished_body(
    message: UUID | str,
    parts: Iterable[Mapping[str, Any]],
    tools: Mapping[str, Mapping[str, Any]],
    approve_url: str = "",
    *,
    linked: bool = True,
) -> str:
    """The HTML of stored parts; `tools` are the tool calls' data by id."""
    return filled(message, parts, tools, approve_url, linked=linked).finish()


def filled(
    message: UUID | str,
    parts: Iterable[Mapping[str, Any]],
    tools: Mapping[str, Mapping[str, Any]],
    approve_url: str = "",
    *,
    linked: bool = True,
) -> Body:
    """A body fed with stored parts."""
    body = Body(message, approve_url, linked=linked)
    for part in parts:
        if part["kind"] in ("text", "thinking"):
            body.text(part["kind"], part["turn"], part["text"])
            if part.get("citations"):
                body.cite(part["citations"])
        elif part["kind"] == "tool_call":
            missing = {
                "id": part["id"],
                "tool_id": part["name"],
                "input": part["input"],
                "status": "cancelled",
            }
            body.tool(tools.get(part["id"], missing), part["turn"])
    return body
