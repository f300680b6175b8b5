"""A session as a neutral document: what every format is made of, and what every import becomes. Pure.

A document has no database in it: values are plain, times are aware, money is a Decimal in USD, sizes are in bytes. The
JSON format is this document written down (`written`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sessions_app.agent import labels
from sessions_app.agent.cards import Card, is_card, posted, read
from sessions_app.agent.references import References

from . import referring

TOKEN_KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of the session itself. `message_count`, `total_tokens`, `total_cost` and `model_label` are for
    people only: JSON carries the calls they come from. `part` is (2, 3) in the second of three volumes."""

    id: str
    title: str
    owner: str
    kind: str
    title_source: str
    provider: str
    model: str
    settings: Mapping[str, Any]
    tags: tuple[str, ...]
    starred: bool
    created_at: datetime
    last_activity_at: datetime
    archived_at: datetime | None = None
    parent: str | None = None
    branched_from: str | None = None
    context_from: str | None = None
    calls: tuple[Spent, ...] = ()
    model_label: str = ""
    message_count: int = 0
    total_tokens: int = 0
    total_cost: Decimal | None = Decimal(0)
    part: tuple[int, int] = (1, 1)

    @property
    def heading(self) -> str:
        """The title, never empty."""
        return self.title or "New session"


@dataclass(frozen=True, slots=True)
class Spent:
    """One model call as the ledger has it; tokens by kind, `cost` None where the price is unknown."""

    purpose: str
    provider: str
    model: str
    turn: int
    attempt: int
    input: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int
    cost: Decimal | None
    price_source: str
    counts_source: str
    duration_ms: int | None
    first_token_ms: int | None
    ok: bool
    error_type: str
    status_code: int | None
    at: datetime

    @property
    def tokens(self) -> int:
        return sum(getattr(self, kind) for kind in TOKEN_KINDS)


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. `input` and `result` are as the tool took and gave them."""

    id: str
    turn: int
    name: str
    use_id: str
    input: Any
    result: Any
    status: str
    duration_ms: int | None
    error: str
    created_at: datetime

    @property
    def label(self) -> str:
        """The tool's name for people."""
        return labels.look(self.name).label

    @property
    def look(self) -> str:
        """The name of its colour."""
        return labels.look(self.name).colour

    @property
    def what(self) -> str:
        """What it looked at, in words; may be empty."""
        return labels.what(self.name, self.input if isinstance(self.input, Mapping) else {})

    @property
    def state(self) -> str:
        return labels.state(self.status, self.error)

    @property
    def contents(self) -> labels.Contents:
        """Its result as figures, sentences and tables."""
        return labels.contents(self.name, self.result) if self.status == "success" else labels.Contents()


@dataclass(frozen=True, slots=True)
class File:
    """One file of a message. `read` gives its bytes in pieces; None where they are not in the document, and it raises
    OSError where the file is gone."""

    id: str
    name: str
    kind: str
    media_type: str
    language: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    tokens: int
    text: str
    note: str
    digest: str
    read: Callable[[], Iterator[bytes]] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody put on a message: reaction, annotation or rating (see `sessions_app.models.Mark`)."""

    kind: str
    by: str
    value: int | None
    stars: int | None
    emoji: str
    comment: str
    quote: str
    quote_at: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """A former content of a message, oldest first; `by` is a name."""

    parts: tuple[Part, ...]
    content: str
    at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Answered:
    """How the reply that made an answer went. `model_config` is what was asked of the model, as it was sent."""

    status: str
    stop_reason: str
    error_type: str
    error_message: str
    turns: int
    earlier_ms: int
    started_at: datetime | None
    first_token_at: datetime | None
    finished_at: datetime | None
    model_config: Mapping[str, Any]

    @property
    def duration_ms(self) -> int:
        if self.started_at is None or self.finished_at is None:
            return self.earlier_ms
        return self.earlier_ms + max(0, round((self.finished_at - self.started_at).total_seconds() * 1000))


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands in a message, in its order: `text` of kinds text and thinking, a tool `call`, a `title` of the
    session that was merged here (kind merged), a `card`."""

    kind: Literal["text", "thinking", "tool", "merged", "card"]
    turn: int
    text: str = ""
    call: Call | None = None
    title: str = ""
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `shown` ones are the path the page shows, parents before their children.

    `version` is (2, 3) for the second of three versions; (1, 1) for the only one. `speaker` is the name for people:
    "You", a person's, or the model's. `html` is the finished HTML of a message that is one text and nothing else, where
    that is stored: made anew it would be the same.
    """

    id: str
    parent: str | None
    role: str
    author: str
    model: str
    created_at: datetime
    shown: bool
    chosen: str | None
    content: str
    parts: tuple[Part, ...]
    revisions: tuple[Revision, ...] = ()
    reply: Answered | None = None
    tool_calls: tuple[Call, ...] = ()
    files: tuple[File, ...] = ()
    calls: tuple[Spent, ...] = ()
    marks: tuple[Remark, ...] = ()
    speaker: str = ""
    version: tuple[int, int] = (1, 1)
    html: str = field(default="", compare=False, repr=False)

    @property
    def by_person(self) -> bool:
        return self.role == "user"

    @property
    def tokens(self) -> int:
        return sum(call.tokens for call in self.calls)

    @property
    def cost(self) -> Decimal | None:
        """The sum of its calls; None where a price is unknown."""
        costs = [call.cost for call in self.calls]
        return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))

    def pieces(self) -> list[Piece]:
        """The parts for people, in order, and the pages and videos that they cite. A tool call that is not in the document
        was cancelled."""
        calls = {call.id: call for call in self.tool_calls}
        found: list[Piece] = []
        references = References()
        for part in self.parts:
            kind, turn = part.get("kind"), int(part.get("turn") or 0)
            if kind in ("text", "thinking") and part.get("text"):
                text = str(part["text"]) + referring.marks(references.add(part.get("citations")))
                if kind == "text" and found and (found[-1].kind, found[-1].turn) == ("text", turn):
                    found[-1] = replace(found[-1], text=found[-1].text + text)
                else:
                    found.append(Piece(kind, turn, text=text))
            elif kind == "tool_call":
                found.append(
                    Piece("tool", turn, call=calls.get(str(part.get("id"))) or cancelled(part, self))
                )
            elif kind == "card" and part.get("card") == "merged":
                found.append(Piece("merged", turn, title=str(part.get("title", ""))))
            elif is_card(part):
                found.append(Piece("card", turn, card=read(part)))
        if references.listed:
            found.append(Piece("text", 0, text=referring.listed(references.listed)))
        return found

    @property
    def posted(self) -> Card | None:
        """The notification that it is."""
        return posted(self.parts) if self.by_person else None

    @property
    def said(self) -> str:
        """Its text, or the title of the notification it is: what names it in an outline."""
        card = None if self.content else self.posted
        return card.title if card else self.content


def cancelled(part: Part, entry: Entry) -> Call:
    """A call that left no row."""
    return Call(
        id=str(part.get("id", "")),
        turn=int(part.get("turn") or 0),
        name=str(part.get("name", "")),
        use_id="",
        input=part.get("input"),
        result=None,
        status="cancelled",
        duration_ms=None,
        error="",
        created_at=entry.created_at,
    )


# ---------------------------------------------------------------- what is left out


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a document is told. `names` of people, `costs` with tokens, `marks`; `others` are the versions that are
    not shown."""

    tools: bool = True
    thinking: bool = True
    costs: bool = True
    names: bool = True
    files: bool = True
    marks: bool = True

    def of_head(self, head: Head) -> Head:
        if not self.costs:
            head = replace(head, calls=(), total_tokens=0, total_cost=None)
        return head if self.names else replace(head, owner="")

    def of_entry(self, entry: Entry) -> Entry:
        """The entry without what is not told; nothing of that is left in any part of it."""
        kinds = {"text", "attachment" if self.files else "", "thinking" if self.thinking else ""}
        kinds |= {"tool_call"} if self.tools else set()
        kinds |= {"card"}
        return replace(
            entry,
            parts=self._parts(entry.parts, kinds),
            revisions=tuple(
                replace(each, parts=self._parts(each.parts, kinds), by=each.by if self.names else "")
                for each in entry.revisions
            ),
            tool_calls=entry.tool_calls if self.tools else (),
            files=entry.files if self.files else (),
            calls=entry.calls if self.costs else (),
            marks=entry.marks if self.marks and self.names else (),
            author=entry.author if self.names else "",
            speaker=entry.speaker if self.names or not entry.by_person else unnamed(entry),
        )

    def _parts(self, parts: tuple[Part, ...], kinds: set[str]) -> tuple[Part, ...]:
        kept = [part for part in parts if part.get("kind") in kinds]
        return tuple(kept if self.names else (each for part in kept if (each := nameless(part)) is not None))


def unnamed(entry: Entry) -> str:
    """Who said it, where nobody is named."""
    return "Notification" if entry.posted else "Person"


def nameless(part: Part) -> Part | None:
    """A part without names: a card does not say who it is from, and none where another session begins."""
    if part.get("kind") != "card":
        return part
    return {**part, "source": ""} if is_card(part) else None


EVERYTHING = Kept()
