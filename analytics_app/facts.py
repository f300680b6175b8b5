"""What happened in a day, in numbers that can be added up. Pure: rows in, numbers out.

Times are kept as counts in buckets, each a tenth wider than the one before, so that the median of a year is read from
its days. What is read from them is at most 5 % from the time it stands for.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Self

from . import moods, topics

RATIO = 1.1
TOPICS_A_DAY = 100
EDITION = 2  # of what is kept of a day; days of an earlier one are made again
MOOD_UNIT = 10_000  # moods are added up as integers: sums of floats depend on their order
Counts = dict[str, int]
Groups = dict[str, Counts]


def bucket(ms: int) -> str:
    """The bucket of a time; bucket 0 is under 1 ms, bucket n ends at RATIO ** n ms."""
    return str(0 if ms < 1 else 1 + math.floor(math.log(ms) / math.log(RATIO)))


def quantile(histogram: Mapping[str, int], share: float) -> int | None:
    """The time in ms that this share of the times in a histogram does not exceed; None where it has none."""
    rank, seen = math.ceil(share * sum(histogram.values())), 0
    for number, count in sorted((int(key), count) for key, count in histogram.items()):
        seen += count
        if count and seen >= rank:
            return round(RATIO ** (number - 0.5)) if number else 0
    return None


def milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))


@dataclass(slots=True)
class Facts:
    """Numbers in named groups: messages, hours, replies, turns, response, first_token, sums, calls, successes, timed,
    call_ms, call_times, moods. Beside them who wrote how many messages, and how many messages each term is in."""

    groups: Groups = field(default_factory=lambda: defaultdict(dict))
    authors: Counts = field(default_factory=dict)
    terms: Counts = field(default_factory=dict)
    sessions: int = 0

    @classmethod
    def of(
        cls, groups: Groups, authors: Counts | None = None, terms: Counts | None = None, sessions: int = 0
    ) -> Self:
        """From what was kept of the same parts."""
        return cls(defaultdict(dict, groups), authors or {}, terms or {}, sessions)

    def number(self, group: str, key: str) -> int:
        return self.groups[group].get(key, 0)

    def call_times(self) -> dict[str, Counts]:
        """The histogram of each tool."""
        found: dict[str, Counts] = defaultdict(dict)
        for key, count in self.groups["call_times"].items():
            tool, _, at = key.rpartition(":")
            found[tool][at] = count
        return found

    def sum(self, group: str) -> int:
        return sum(self.groups[group].values())

    def time(self, name: str, ms: int) -> None:
        """Count a time of `response` or `first_token`."""
        _count(self.groups[name], bucket(ms))
        _count(self.groups["sums"], f"{name}_ms", ms)

    def as_json(self) -> dict[str, dict[str, int]]:
        return {name: dict(counts) for name, counts in self.groups.items() if counts}

    @property
    def questions(self) -> int:
        return self.number("messages", "questions")

    @property
    def answers(self) -> int:
        return self.number("messages", "answers")

    @property
    def messages(self) -> int:
        return self.questions + self.answers


def total(days: Iterable[Facts], *groups: str) -> Facts:
    """All days in one: all groups, or those named alone. Who wrote is told by `people`; `sessions` is 0, as a session
    of two days is one, and the days do not tell which."""
    whole = Facts()
    for day in days:
        for name in groups or tuple(day.groups):
            _add(whole.groups[name], day.groups[name])
        _add(whole.terms, day.terms)
    return whole


def people(days: Iterable[Facts]) -> int:
    """How many different people wrote."""
    return len(set[str]().union(*(day.authors for day in days)))


def _add(to: Counts, counts: Counts) -> None:
    for key, number in counts.items():
        to[key] = to.get(key, 0) + number


def _count(counts: Counts, key: str, number: int = 1) -> None:
    counts[key] = counts.get(key, 0) + number


Key = tuple[date, int | None]


class Folding:
    """Folds rows into facts by day, of everyone (key None) and, where `people`, of each owner of a session."""

    def __init__(
        self, days: Sequence[date], edges: Sequence[datetime], zone: tzinfo, *, people: bool
    ) -> None:
        """`edges` are the moments at which the days begin, and the end of the last."""
        self._days, self._zone, self._people = days, zone, people
        self._edges = [edge.astimezone(UTC) for edge in edges]
        self._facts: dict[Key, Facts] = defaultdict(Facts)
        self._sessions: dict[Key, set[Any]] = defaultdict(set)

    def _keys(self, moment: datetime, owner: int) -> list[Key]:
        day = self._days[bisect_right(self._edges, moment) - 1]
        return [(day, None), (day, owner)] if self._people else [(day, None)]

    def message(self, owner: int, session: Any, role: str, author: int | None, at: datetime) -> None:
        kind = "questions" if role == "user" else "answers"
        hour = str(at.astimezone(self._zone).hour)
        for key in self._keys(at, owner):
            groups = self._facts[key].groups
            _count(groups["messages"], kind, 1)
            _count(groups["hours"], hour, 1)
            self._sessions[key].add(session)
            if author is not None:
                _count(self._facts[key].authors, str(author))

    def reply(
        self, owner: int, status: str, turns: int, asked: datetime, first: datetime | None, ended: datetime
    ) -> None:
        """A reply counts on the day it ended: nothing about it changes after that."""
        for key in self._keys(ended, owner):
            groups = self._facts[key].groups
            _count(groups["replies"], status, 1)
            _count(groups["turns"], "multi", turns > 1)
            if status == "complete":
                self._facts[key].time("response", milliseconds(asked, ended))
            if first is not None:
                self._facts[key].time("first_token", milliseconds(asked, first))

    def call(self, owner: int, tool: str, status: str, ms: int | None, ended: datetime) -> None:
        """A tool call, on the day its reply ended."""
        for key in self._keys(ended, owner):
            groups = self._facts[key].groups
            _count(groups["calls"], tool, 1)
            _count(groups["successes"], tool, status == "success")
            if ms is not None:
                _count(groups["timed"], tool, 1)
                _count(groups["call_ms"], tool, ms)
                _count(groups["call_times"], f"{tool}:{bucket(ms)}")

    def judged(self, owner: int, mood: float, terms: Iterable[str], kept: bool, at: datetime) -> None:
        """The mood of a message, and its topics where it was not deleted (`kept`)."""
        for key in self._keys(at, owner):
            groups = self._facts[key].groups
            _count(groups["moods"], moods.named(mood))
            _count(groups["sums"], "mood", round(mood * MOOD_UNIT))
            if kept:
                counts = self._facts[key].terms
                for term in dict.fromkeys(terms):
                    counts[term] = counts.get(term, 0) + 1

    def result(self) -> dict[Key, Facts]:
        """What the rows came to; of each day the 100 terms that most messages have."""
        for key, facts in self._facts.items():
            facts.sessions = len(self._sessions[key])
            facts.terms = topics.leading(facts.terms, TOPICS_A_DAY)
        return self._facts
