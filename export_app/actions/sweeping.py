"""What goes with time: files of exports, and what nobody knows any more."""

from __future__ import annotations


def sweep() -> bool:
    """A job of housekeeping; whether there is more to do."""
    return False
