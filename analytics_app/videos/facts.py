"""What answers drew from one video, or from all of a creator's together, over some time: added up, and to be added up
further. Pure; the form in which a day of it is kept is known here alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from analytics_app.queries.tokens import TokenSums

EDITION = 1
NOBODY = 0  # stands for those who asked and whose accounts are deleted
STEP = Decimal(1) / 10_000_000_000  # USD: money is added up as integers of this
NUMBERS = 10  # of one asker: questions, answered, references, and the seven of what was spent
SESSION = 12  # of the key of a session these last characters, which are random, tell it apart
Moment = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """`questions` are answers that had the videos at hand: one that is made again was asked again. `answered` of them cite
    a passage, `references` are the passages they cite. `students` are those who asked, without the creator."""

    sessions: int = 0
    questions: int = 0
    students: int = 0
    references: int = 0
    answered: int = 0

    @property
    def answered_share(self) -> float | None:
        return round(self.answered / self.questions, 4) if self.questions else None


@dataclass(frozen=True, slots=True)
class Total:
    """Counts with what the ledger has of the same answers."""

    counts: Counts
    sums: TokenSums


@dataclass(slots=True)
class Facts:
    """By who asked: NUMBERS, and the sessions it was in. Questions by the quarter of an hour, counted from 1970, in which
    they were answered. References by where they begin and end."""

    askers: dict[int, list[int]] = field(default_factory=dict)
    sessions: dict[int, set[str]] = field(default_factory=dict)
    quarters: Counter[int] = field(default_factory=Counter)
    moments: Counter[Moment] = field(default_factory=Counter)

    # ------------------------------------------------------------ adding up

    def numbers(self, asker: int) -> list[int]:
        found = self.askers.get(asker)
        if found is None:
            found = self.askers[asker] = [0] * NUMBERS
        return found

    def question(self, asker: int, session: str, quarter: int, cited: int) -> None:
        numbers = self.numbers(asker)
        numbers[0] += 1
        self.cites(numbers, cited)
        self.sessions.setdefault(asker, set()).add(session[-SESSION:])
        self.quarters[quarter] += 1

    @staticmethod
    def cites(numbers: list[int], cited: int) -> None:
        numbers[1] += cited > 0
        numbers[2] += cited

    def call(self, asker: int, spent: Iterable[int]) -> None:
        """Calls, input, read from cache, written to it, output, cost in STEPs, calls of unknown price."""
        numbers = self.numbers(asker)
        for place, amount in enumerate(spent, 3):
            numbers[place] += amount

    # ------------------------------------------------------------ as a day is kept

    def kept(self) -> dict[str, Any]:
        return {
            "brief": self.brief().kept(),
            "askers": {str(asker): numbers for asker, numbers in self.askers.items()},
            "sessions": {str(asker): sorted(keys) for asker, keys in self.sessions.items()},
            "quarters": {str(quarter): count for quarter, count in self.quarters.items()},
            "moments": [[*moment, count] for moment, count in sorted(self.moments.items())],
        }

    def add(
        self,
        askers: Mapping[str, list[int]],
        sessions: Mapping[str, list[str]],
        quarters: Mapping[str, int],
        moments: Iterable[tuple[int, int, int]],
    ) -> None:
        """A day as it was kept, or those parts of it that are wanted."""
        for asker, numbers in askers.items():
            there = self.numbers(int(asker))
            there[:] = map(int.__add__, there, numbers)
        for asker, keys in sessions.items():
            self.sessions.setdefault(int(asker), set()).update(keys)
        for quarter, count in quarters.items():
            self.quarters[int(quarter)] += count
        for start, end, count in moments:
            self.moments[start, end] += count

    def brief(self) -> Brief:
        found = Brief()
        found.add(self.sums(), self.askers, set().union(*self.sessions.values()))
        found.moments.update(self.moments)
        return found

    def sums(self) -> list[int]:
        columns = zip(*self.askers.values(), strict=True) if self.askers else ((0,),) * NUMBERS
        return [sum(column) for column in columns]

    def merge(self, other: Facts) -> None:
        for asker, numbers in other.askers.items():
            there = self.numbers(asker)
            there[:] = map(int.__add__, there, numbers)
        for asker, keys in other.sessions.items():
            self.sessions.setdefault(asker, set()).update(keys)
        self.quarters.update(other.quarters)
        self.moments.update(other.moments)

    # ------------------------------------------------------------ told

    def total(self, creator: int) -> Total:
        return self.brief().total(creator)

    def part(self, askers: Iterable[int]) -> Facts:
        """What these asked."""
        wanted = set(askers)
        return Facts(
            {key: numbers for key, numbers in self.askers.items() if key in wanted},
            {key: keys for key, keys in self.sessions.items() if key in wanted},
        )

    def of(self, asker: int) -> Total:
        numbers = self.askers[asker]
        sessions = len(self.sessions.get(asker, ()))
        counts = Counts(sessions, numbers[0], 1, numbers[2], numbers[1])
        return Total(counts, spent(numbers))


@dataclass(slots=True)
class Brief:
    """Less of the same: NUMBERS of all who asked together, who they are, in which sessions. A page tells no more of each of
    many videos."""

    numbers: list[int] = field(default_factory=lambda: [0] * NUMBERS)
    people: set[int] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    moments: Counter[Moment] = field(default_factory=Counter)

    def add(
        self,
        numbers: Iterable[int],
        people: Iterable[int],
        sessions: Iterable[str],
        moments: Iterable[tuple[int, int, int]] = (),
    ) -> None:
        self.numbers[:] = map(int.__add__, self.numbers, numbers)
        self.people.update(people)
        self.sessions.update(sessions)
        for start, end, count in moments:
            self.moments[start, end] += count

    def merge(self, other: Brief) -> None:
        self.add(other.numbers, other.people, other.sessions)
        self.moments.update(other.moments)

    def kept(self) -> list[Any]:
        """The moments have a column of their own."""
        return [self.numbers, sorted(self.people), sorted(self.sessions)]

    def total(self, creator: int) -> Total:
        questions, answered, references, *_ = self.numbers
        students = len(self.people - {creator, NOBODY})
        return Total(
            Counts(len(self.sessions), questions, students, references, answered), spent(self.numbers)
        )


def spent(numbers: Iterable[int]) -> TokenSums:
    """From NUMBERS."""
    _, _, _, calls, sent, read, written, output, cost, unpriced = numbers
    return TokenSums(calls, sent, read, written, output, cost * STEP, unpriced)
