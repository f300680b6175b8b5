"""The words of passages, where they are looked up. Called within the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from .models import Passage


def add(passages: Sequence[Passage]) -> None:
    """Take these in."""


def forget(passages: Sequence[Passage]) -> None:
    """Take these out; nothing where they are not in it."""


def clear() -> None:
    """Take all out."""
