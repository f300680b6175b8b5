"""What one model call says, gathered from its events: the turn that goes back, and its counts. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sessions_app.agent.events import CountsSource
from sessions_app.agent.history import ordered
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    Event,
    Part,
    ProviderError,
    Raw,
    ServerToolAnswered,
    ServerToolCalled,
    Text,
    TextCited,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
    ToolUse,
    Turn,
    estimate_tokens,
)


@dataclass(slots=True)
class Answer:
    """What one model call has said so far."""

    began: float
    parts: list[Part] = field(default_factory=list)
    open_text: list[str] = field(default_factory=list)
    calls: list[ToolCallRequested] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    accepted: Accepted | None = None
    end: End | None = None
    error: ProviderError | None = None
    first_at: float | None = None
    shown: bool = False

    def take(self, event: Event, now: float) -> None:
        match event:
            case Accepted():
                self.accepted = event
                return
            case End():
                self._close_text()
                self.end = event
                return
            case TextDelta(text=text):
                self._add_text(text)
            case ThinkingDelta(text=text):
                self.seen.append(text)
            case ThinkingDone(raw=raw):
                self._close_text()
                if raw is not None:
                    self.parts.append(raw)
            case ServerToolCalled(input=asked, raw=raw):
                self._close_text()
                self.seen.append(json.dumps(dict(asked)))
                self.parts.append(Text("", _as_stored(raw)))
            case ServerToolAnswered(raw=raw):
                self._close_text()
                self.parts.append(Text("", _as_stored(raw)))
            case TextCited(length=length, raw=raw):
                self._close_text()
                self._own(length, raw)
            case ToolCallRequested():
                self._close_text()
                self.calls.append(event)
                self.seen.append(json.dumps(dict(event.input or {})))
                self.parts.append(ToolUse(event.id, event.name, ordered(event.input or {})))
        self.first_at = now if self.first_at is None else self.first_at
        self.shown = self.shown or not isinstance(event, ToolCallRequested)

    def _add_text(self, text: str) -> None:
        self.seen.append(text)
        self.open_text.append(text)

    def _own(self, length: int, raw: Raw) -> None:
        """The end of the last text goes back as the provider gave it."""
        last = self.parts.pop()
        assert isinstance(last, Text)
        before, cited = last.text[:-length], last.text[-length:]
        self.parts += [*([Text(before)] if before else []), Text(cited, _as_stored(raw))]

    def _close_text(self) -> None:
        """Pieces of one text become one part; joined once, not at each delta."""
        if self.open_text:
            self.parts.append(Text("".join(self.open_text)))
            self.open_text = []

    @property
    def turn(self) -> Turn:
        """As the API takes it back: it refuses text that is only blanks."""
        kept = (part for part in self.parts if not isinstance(part, Text) or part.text.strip() or part.own)
        return Turn("assistant", tuple(kept))

    @property
    def searched(self) -> bool:
        """Whether the provider has run tools of its own: what it paused for it goes on with by itself."""
        return any(isinstance(part, Text) and part.own for part in self.parts)

    @property
    def said(self) -> bool:
        return any(isinstance(part, Text) and part.text.strip() for part in self.parts)

    def counts(self) -> tuple[Counts, CountsSource]:
        if self.end is not None and self.end.counted:
            return self.end.counts, "reported"
        if self.accepted is None and not self.seen:
            return Counts(), "reported"
        return estimated(self.accepted.counts if self.accepted else Counts(), self.seen), "estimated"


def estimated(accepted: Counts, seen: Sequence[str]) -> Counts:
    """The counts of a call that was cut off: input as accepted, output guessed from what came."""
    return replace(accepted, output=max(accepted.output, estimate_tokens(seen)))


def _as_stored(raw: Raw) -> Raw:
    """In the order in which it will come out of the database, so that the provider's cache finds it again."""
    return Raw(raw.provider, raw.model, ordered(raw.block))
