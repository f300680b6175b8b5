"""Places in an order, as an address names them: what rows are ordered by, and the key of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def place(words: str, read: Callable[[str], Any]) -> tuple[Any, UUID] | None:
    """From "RANK~KEY"; None for what is no place. `read` makes a rank of its words or raises ValueError."""
    rank, _, key = words.partition("~")
    try:
        return read(rank), UUID(key)
    except ValueError:
        return None


def moment(words: str) -> datetime:
    """In UTC, as databases keep it: at either end of the calendar other zones have moments that it has not. Raises
    ValueError for anything but an aware moment that UTC has."""
    found = datetime.fromisoformat(words)
    if found.tzinfo is None:
        raise ValueError
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError from error
