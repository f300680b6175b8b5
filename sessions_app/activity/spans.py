"""How far back one looks, and at what: "1h", "2d nightly-build", "today error". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from .values import NUMBERS, SOURCE, WORDS, line

_SPAN = re.compile(r"(\d{1,4})(m|h|d|w)", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_NAMES = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
LONGEST = timedelta(days=366)
TODAY = "today"
USUAL = "1h"


class NoSpan(ValueError):
    """What was typed is no span of time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events of a span, of one source where it is named, of a severity at the least."""

    span: str = USUAL
    source: str = ""
    severity: int = 0

    @property
    def typed(self) -> str:
        """As it is typed."""
        return " ".join(filter(None, [self.span, WORDS.get(self.severity, ""), self.source]))


def wanted(text: str) -> Wanted:
    """What was typed, in any order but the span, which comes first: "1h", "1h nightly-build", "2d error". Without a span
    the last hour. Raises NoSpan for what begins as one and is none."""
    words = text.split()
    span, severity, rest = USUAL, 0, []
    if words and (words[0].lower() == TODAY or words[0].lstrip("+-")[:1].isdigit()):
        span = words.pop(0).lower()
        length_of(span)
    for word in words:
        bare = word.lower().removesuffix("s")
        if bare in NUMBERS and not severity:
            severity = NUMBERS[bare]
        else:
            rest.append(word)
    return Wanted(span, line(" ".join(rest), SOURCE), severity)


def length_of(span: str) -> timedelta | None:
    """How long a span is; None for today, whose length is another each moment. Raises NoSpan."""
    if span == TODAY:
        return None
    found = _SPAN.fullmatch(span)
    length = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not timedelta() < length <= LONGEST:
        raise NoSpan(span)
    return length


def since(span: str, now: datetime, zone: tzinfo) -> datetime:
    """When it begins: so long before `now`, or at midnight of this zone."""
    length = length_of(span)
    if length is not None:
        return now - length
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def words_of(span: str) -> str:
    """For people: "the last hour", "the last 2 days", "today"."""
    found = _SPAN.fullmatch(span)
    if found is None:
        return TODAY
    count, unit = int(found[1]), _NAMES[found[2]]
    return f"the last {unit}" if count == 1 else f"the last {count} {unit}s"
