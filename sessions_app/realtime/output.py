"""What a reply says, on its way out: text is gathered into flushes, a flush becomes numbered chunks and one frame."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sessions_app.agent.events import TextSourced
from sessions_app.providers.base import Citation, Raw

from .chunks import chunk
from .growth import Growth

if TYPE_CHECKING:
    from .runner import Clock


class Output:
    """The only writer of a growth in its process. `width` is the least time between two flushes, in seconds."""

    def __init__(
        self, growth: Growth, clock: Clock, width: Callable[[], float], publish: Callable[[Growth], None]
    ) -> None:
        self.growth = growth
        self._clock, self.width, self._publish = clock, width, publish
        self._buffer: list[tuple[str, int, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0

    def add(self, kind: str, turn: int, text: str) -> None:
        """Text goes at once; under load not before the last flush is `width` ago, and what comes in one piece goes
        in one flush."""
        self._buffer.append((kind, turn, text))
        if self._timer is None:
            width = self.width()
            if width == 0.0:
                self.flush()
            else:
                wait = max(0.0, self._flushed_at + width - time.monotonic())
                self._timer = asyncio.get_running_loop().call_later(wait, self.flush)

    def flush(self, *, publish: bool = True) -> None:
        """One flush, one frame: what waited becomes chunks, one for each run of a kind and turn."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._buffer:
            return
        began = time.thread_time()
        self._flushed_at = time.monotonic()
        waiting, self._buffer = self._buffer, []
        kind, turn, texts = waiting[0][0], waiting[0][1], [waiting[0][2]]
        for next_kind, next_turn, text in waiting[1:]:
            if (next_kind, next_turn) != (kind, turn):
                self.put(kind, "".join(texts), turn)
                kind, turn, texts = next_kind, next_turn, []
            texts.append(text)
        self.put(kind, "".join(texts), turn)
        if publish:
            self._publish(self.growth)
            self._clock.measured(time.thread_time() - began)

    def put(self, kind: str, data: Any, turn: int = 0) -> None:
        """A chunk with the next number; readers get it with the next frame."""
        piece = chunk(self.growth.key, self.growth.seq + 1, kind, data, turn)
        self.growth.take(piece)
        self.growth.recent.append(piece)

    def emit(self, kind: str, data: Any, turn: int = 0) -> None:
        """A chunk that does not wait; the text before it leaves first, in the same frame."""
        self.flush(publish=False)
        self.put(kind, data, turn)
        self._publish(self.growth)

    def cite(self, event: TextSourced) -> None:
        """The end of the text so far has sources; what must be sent back of it stays out of what others are told."""
        self.flush(publish=False)
        told = [cited(each) for each in event.citations]
        data: dict[str, Any] = {"status": "cited", "length": event.length, "citations": told}
        if event.raw is not None:
            data["raw"] = stored(event.raw)
        if event.marks:
            data["marks"] = event.marks
        self.put("metadata", data, event.turn)
        self._publish(self.growth)

    def cite_again(self, length: int, citations: Any) -> None:
        """The same of the text that a reply begins with, as it was stored."""
        self.emit("metadata", {"status": "cited", "length": length, "citations": citations}, 1)

    def keep_raw(self, raw: Any, turn: int) -> None:
        """A finished thinking block keeps what must be sent back byte for byte."""
        self.flush()
        if raw is None:
            return
        block = stored(raw)
        parts = self.growth.folded.parts
        last = parts[-1] if parts else None
        if last is not None and last["kind"] == "thinking" and "raw" not in last:
            last["raw"] = block
        else:
            parts.append({"kind": "thinking", "turn": max(1, turn), "text": "", "raw": block})


def cited(citation: Citation) -> dict[str, Any]:
    """A citation as it is stored. One of a video says which passage it is."""
    page = {"url": citation.url, "title": citation.title, "cited": citation.cited}
    return page | dict(citation.passage)


def stored(raw: Raw) -> dict[str, Any]:
    """A block as it is kept in a part, to be sent back byte for byte."""
    return {"provider": raw.provider, "model": raw.model, "block": dict(raw.block)}
