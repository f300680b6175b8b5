"""What follows from daily costs: a projection, the day a limit is reached, days out of the usual. Pure: no database.

How good each is, and how that was judged: docs/analytics.md.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from sessions_app.agent.labels.words import counted as _count

from .savings import label

DAY = timedelta(days=1)
Daily = Mapping[date, Decimal]
ByModel = Mapping[date, Mapping[str, Decimal]]

BASIS = 56  # days a projection goes by
LEVEL = 14  # days that say whether it has become more or less
WEEKDAYS_FROM = 21  # days from which each weekday has its own expectation
WIDTH = 1.645  # spreads on each side; how many weeks came to lie within: docs/analytics.md

HISTORY = 28  # days before a day that say what is usual
ENOUGH = 7  # of them with any cost
SPREADS, TIMES = 6.0, 2.5  # further from the median than so many spreads, and more than so many times it
WORTH = Decimal("0.10")  # USD above the usual, at least

CENT = Decimal("0.01")
WEEK = 7


# ------------------------------------------------------------ projection


@dataclass(frozen=True, slots=True)
class Range:
    """USD: what is expected, and between what it should lie if days go on as they were."""

    expected: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Projection:
    """The end of this month. `spent` holds today so far."""

    month: str
    spent: Decimal
    end: Range
    method: str


def month_end(costs: Daily, today: date) -> Projection:
    """What the month will have cost: what is spent, and what the remaining days are expected to cost."""
    first, last = month_of(today)
    spent = sum((cost for day, cost in costs.items() if first <= day <= today), Decimal(0))
    usual = Usual.of(costs, today)
    rest = usual.range(days_between(today + DAY, last), left_today=costs.get(today, Decimal(0)), today=today)
    end = Range(spent + rest.expected, spent + rest.low, spent + rest.high)
    return Projection(f"{today:%Y-%m}", spent, end, f"Spent so far, and {usual.words}.")


def month_of(day: date) -> tuple[date, date]:
    """Its first and its last day."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def ends_on(costs: Daily, today: date, *, spent: Decimal, limit: Decimal, last: date) -> date | None:
    """The day on which `spent` (with today so far) is expected to reach `limit`, if days go on as they were: today
    where it has, None where it will not by the day `last`."""
    usual = Usual.of(costs, today)
    ahead = float(spent)
    for day in days_between(today, last):
        cost = usual.by_weekday[day.weekday()]
        ahead += max(0.0, cost - float(costs.get(day, 0))) if day == today else cost
        if ahead >= float(limit):
            return day
    return None


def next_days(costs: Daily, today: date, count: int = WEEK) -> Range:
    """The coming days, from tomorrow on."""
    return Usual.of(costs, today).range(days_between(today + DAY, today + count * DAY))


@dataclass(frozen=True, slots=True)
class Usual:
    """What a day costs, by weekday (0 Monday), and how far days lie from that, in USD."""

    by_weekday: tuple[float, ...]
    spread: float
    days: int
    words: str

    @classmethod
    def of(cls, costs: Daily, today: date) -> Usual:
        """From the days before today, since the first that cost anything; days out of the usual are left out."""
        days = whole_days(costs, today)
        odd = {found.day for found in anomalies(costs, days)}
        kept = [day for day in days if day not in odd]
        if not kept:
            return cls._from_today(costs.get(today, Decimal(0)))
        values = [float(costs.get(day, 0)) for day in kept]
        by_weekday, words = _shape(kept, values)
        recent = list(zip(kept, values, strict=True))[-LEVEL:]
        usual = sum(by_weekday[day.weekday()] for day, _ in recent)
        level = sum(value for _, value in recent) / usual if usual else 1.0
        expected = [level * each for each in by_weekday]
        off = [(value - expected[day.weekday()]) ** 2 for day, value in recent]
        spread = math.sqrt(sum(off) / (len(off) - 1)) if len(off) > 1 else expected[0]
        if odd:
            words += f", {_count(len(odd), 'unusual day')} left out"
        return cls(tuple(expected), spread, len(recent), words)

    @classmethod
    def _from_today(cls, cost: Decimal) -> Usual:
        """Not one whole day yet."""
        if not cost:
            return cls((0.0,) * 7, 0.0, 1, "nothing for the days to come, as no day has cost anything yet")
        guess = "as much as today so far for each day to come: a rough guess, there is no whole day yet"
        return cls((float(cost),) * 7, float(cost), 1, guess)

    def range(
        self, days: Sequence[date], *, left_today: Decimal | None = None, today: date | None = None
    ) -> Range:
        """These days together, and what is left of today where it has cost `left_today` so far."""
        expected = sum(self.by_weekday[day.weekday()] for day in days)
        if left_today is not None and today is not None:
            expected += max(0.0, self.by_weekday[today.weekday()] - float(left_today))
        count = len(days)
        # Days differ by chance, and the mean of few days is itself uncertain.
        off = WIDTH * self.spread * math.sqrt(count + count * count / self.days)
        return Range(_usd(expected), _usd(max(0.0, expected - off)), _usd(expected + off))


def _shape(days: Sequence[date], values: Sequence[float]) -> tuple[list[float], str]:
    """What each weekday costs, and in words how it is known."""
    if len(days) < WEEKDAYS_FROM:
        return [_mean(values)] * 7, f"the mean of the last {_count(len(days), 'day')} for each day to come"
    found = [
        _mean([value for day, value in zip(days, values, strict=True) if day.weekday() == number])
        for number in range(7)
    ]
    words = f"the mean of its weekday over the last {len(days)} days, at the level of the last {LEVEL}, for each day to come"
    return found, words


def whole_days(costs: Daily, today: date) -> list[date]:
    """Days before today, at most BASIS, since the first with any cost."""
    begun = min((day for day, cost in costs.items() if cost and day < today), default=today)
    return days_between(max(begun, today - BASIS * DAY), today - DAY)


def days_between(first: date, last: date) -> list[date]:
    """Both and all between; none where the last is before the first."""
    return [first + number * DAY for number in range((last - first).days + 1)]


# ------------------------------------------------------------ anomalies


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A day that cost far more than the days before it."""

    day: date
    cost: Decimal
    usual: Decimal


def anomalies(costs: Daily, days: Iterable[date]) -> list[Anomaly]:
    """Those of `days` that cost far more than usual: by the median, and the median distance from it, of the days with
    any cost among the HISTORY before. One odd day moves neither, so it hides no other."""
    return [found for day in days if (found := _anomaly(costs, day))]


def _anomaly(costs: Daily, day: date) -> Anomaly | None:
    cost = costs.get(day, Decimal(0))
    before = _active([costs.get(each, Decimal(0)) for each in history(day)])
    if len(before) < ENOUGH:
        return None
    usual = median(before)
    distance = 1.4826 * float(median(abs(each - usual) for each in before))
    limit = max(float(usual) + SPREADS * distance, TIMES * float(usual))
    return Anomaly(day, cost, usual) if float(cost) > limit and cost - usual >= WORTH else None


def reason(models: ByModel, day: date) -> str:
    """Which model grew most against its usual, in words."""
    grown = {name: cost - _usual_of(models, name, day) for name, cost in models.get(day, {}).items()}
    if not grown:
        return ""
    name = max(grown, key=lambda name: (grown[name], name))
    usual = _usual_of(models, name, day)
    said = f"usually {_money(usual)}" if usual else "usually not used"
    return f"{label(name)} cost {_money(models[day][name])} that day, {said}."


def history(day: date) -> list[date]:
    return days_between(day - HISTORY * DAY, day - DAY)


def _usual_of(models: ByModel, name: str, day: date) -> Decimal:
    """The median of a model over the days before on which anything was used."""
    used = [models[each].get(name, Decimal(0)) for each in history(day) if each in models]
    return median(used) if used else Decimal(0)


def _active(values: Iterable[Decimal]) -> list[Decimal]:
    return [value for value in values if value > 0]


# ------------------------------------------------------------ words


def _money(cost: Decimal) -> str:
    return f"${cost:,.2f}" if cost >= CENT else f"${cost:,.4f}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _usd(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))
