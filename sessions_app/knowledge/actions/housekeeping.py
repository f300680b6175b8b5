"""What is tidied up every five minutes."""

from __future__ import annotations


def sweep() -> bool:
    """Whether there is more to do at once."""
    return False
