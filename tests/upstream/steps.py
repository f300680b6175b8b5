"""What a scenario can do to a connection, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with an error instead of a stream."""

    status: int
    kind: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Answer 200 with something that is no stream at all."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Break the connection: `rst` resets it, `fin` closes it politely in mid-body."""

    how: Literal["rst", "fin"]


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing more (but pings, every so many seconds, if asked) until the client goes."""

    ping_every: float = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """Wait until the test says `release()`."""


Step = dict[str, Any] | list[dict[str, Any]] | bytes | Refuse | Page | Cut | Silence | Gate
Steps = Iterator[Step]
