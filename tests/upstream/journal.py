"""The log of every request: what came, what was sent, how it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 10.0


@dataclass(slots=True)
class Entry:
    """One request. Times are epoch seconds; `text` and `usage` are what was really sent so far."""

    number: int
    at: float
    headers: dict[str, str]
    body: dict[str, Any]
    peer_port: int = 0
    purpose: str = "reply"
    scenario: str = ""
    status: int = 0
    request_id: str = ""
    pieces: list[str] = field(default_factory=list)
    sent: bytearray = field(default_factory=bytearray)
    usage: dict[str, int] = field(default_factory=dict)
    stop_reason: str | None = None
    disconnected_at: float | None = None
    ended_at: float | None = None
    finished: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def as_json(self) -> dict[str, Any]:
        names = (
            "number at headers body peer_port purpose scenario status request_id text usage stop_reason "
            "disconnected_at ended_at finished"
        )
        shown = {name: getattr(self, name) for name in names.split()}
        return shown | {"sent_bytes": len(self.sent)}


class Journal:
    """Entries in the order of arrival; a test in another thread can wait for one to become so."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._changed = threading.Condition()
        self._waiting = 0

    def add(self, headers: dict[str, str], body: dict[str, Any], peer_port: int) -> Entry:
        number = len(self.entries) + 1
        entry = Entry(number, time.time(), headers, body, peer_port, request_id=f"req_{number:06d}")
        self.entries.append(entry)
        self.changed()
        return entry

    def changed(self) -> None:
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def wait_for(self, condition: Callable[[Entry], bool], seconds: float = PATIENCE) -> Entry:
        """The first entry of which this is true, as soon as there is one. Raises TimeoutError."""
        with self._changed:
            self._waiting += 1
            try:
                found = self._changed.wait_for(lambda: self._first(condition), seconds)
            finally:
                self._waiting -= 1
        if not found:
            raise TimeoutError(f"none of {len(self.entries)} requests came to that in {seconds} s")
        return found

    def _first(self, condition: Callable[[Entry], bool]) -> Entry | None:
        return next((entry for entry in list(self.entries) if condition(entry)), None)
