"""What an importer gives, and how it says that a file cannot be read. An importer writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from export_app.document import Entry, Head
from sessions_app.actions.errors import Refused

NOT_UTF8 = "This is not UTF-8 text. Save the file as UTF-8, as exports are, and choose it again."
CIRCLE = "Its messages answer each other in a circle; there is no first one."
Entries = Sequence[Entry] | Callable[[], Iterator[Entry]]


class BadFile(Refused):
    """A file, or a session in it, that cannot be read. `line` counts from 1, None where lines say nothing (a ZIP);
    `place` names the field or member in words, empty where the whole is meant."""

    kind = "bad_file"
    sentence = "This file cannot be read."

    def __init__(self, sentence: str | None = None, line: int | None = None, place: str = "") -> None:
        super().__init__(sentence)
        self.line, self.place = line, place

    @property
    def placed(self) -> str:
        """The sentence behind its place: "Line 3, column 15: It is not valid JSON"."""
        line = f"line {self.line:,}" if self.line else ""
        where = ", ".join(filter(None, (line, self.place)))
        return f"{where[:1].upper()}{where[1:]}: {self.sentence}" if where else self.sentence


@dataclass(frozen=True)
class Parsed:
    """One session of a file. `key` is its own in its source (at most 120 characters), `notes` say what of it is left
    out, a sentence each. Parents stand before their children; a callable is asked anew each time they are walked."""

    head: Head
    entries: Entries
    key: str
    notes: list[str] = field(default_factory=list)

    def walked(self) -> Iterator[Entry]:
        return iter(self.entries() if callable(self.entries) else self.entries)

    @property
    def ids(self) -> list[str]:
        """The keys of its messages, as the source has them."""
        return [entry.id for entry in self.walked()]


def digest_of(data: bytes) -> str:
    """What tells whether a session of a file is the same as the last time: SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()
