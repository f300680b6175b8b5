"""Which part of a file is asked for. Pure."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def part(asked: str, size: int) -> tuple[int, int] | None:
    """From which byte to before which one is asked for (RFC 9110: one range; of others the whole); None beyond the end."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return 0, size
    first, last = found.groups()
    if first:
        begin, end = int(first), min(size, int(last) + 1 if last else size)
    else:
        begin, end = max(0, size - int(last)), size
    return (begin, end) if begin < end else None
