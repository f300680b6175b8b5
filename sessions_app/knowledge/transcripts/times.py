"""Times as people and programs write them. Pure."""

from __future__ import annotations

import re

TIME = r"(?:\d{1,4}:)?\d{1,4}:\d{1,2}(?:[.,]\d{1,9})?"
"""What looks like a time; `ms_of` says whether it is one."""

_PARTS = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:[.,](\d{1,9}))?")
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1_000
MOST = 100 * HOUR


class NoTime(ValueError):
    """It looks like a time and is none; its text says why."""


def ms_of(text: str) -> int:
    """Milliseconds of `1:23`, `01:02:03.5`, `75:30` (minutes may pass 59 where no hours are said). Raises NoTime."""
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        raise NoTime(f"“{text.strip()[:40]}” is no time.")
    hours, minutes, seconds, fraction = parts.groups()
    if int(seconds) > 59:
        raise NoTime(f"“{text.strip()}” is no time: seconds go to 59.")
    if hours is not None and int(minutes) > 59:
        raise NoTime(f"“{text.strip()}” is no time: minutes go to 59 where hours are said.")
    ms = int(hours or 0) * HOUR + int(minutes) * MINUTE + int(seconds) * SECOND
    ms += int((fraction or "0")[:3].ljust(3, "0"))
    if ms >= MOST:
        raise NoTime(f"“{text.strip()}” is too late: a video may last 100 hours.")
    return ms
