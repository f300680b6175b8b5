"""What follows from daily costs: a projection, days out of the usual, what could be saved. Pure: no database.

How good each is, and how that was judged: docs/analytics.md.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from sessions_app.providers import catalog
from sessions_app.providers.base import Counts

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
SHORT_INPUT, SHORT_OUTPUT = 4_000, 300  # tokens of a call that a small model could answer
LONG_INPUT = 4_000  # uncached tokens from which a cache pays
WINDOW = 50_000  # tokens of conversation kept by a shorter window
WEEK, MONTH = 7, 30  # days savings are computed from, and told for


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
    first = today.replace(day=1)
    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    spent = sum((cost for day, cost in costs.items() if first <= day <= today), Decimal(0))
    usual = Usual.of(costs, today)
    rest = usual.range(days_between(today + DAY, last), left_today=costs.get(today, Decimal(0)), today=today)
    end = Range(spent + rest.expected, spent + rest.low, spent + rest.high)
    return Projection(f"{today:%Y-%m}", spent, end, f"Spent so far, and {usual.words}.")


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


# ------------------------------------------------------------ savings


@dataclass(frozen=True, slots=True)
class Calls:
    """Some calls of one model added up: tokens by kind, and their cost, without those whose price is unknown."""

    count: int
    counts: Counts
    cost: Decimal


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a model was used for in WEEK days. `excess`: tokens beyond the last WINDOW of each call."""

    provider: str
    model: str
    short: Calls
    uncached: Calls
    sessions: int
    windowed: Calls
    excess: int


@dataclass(frozen=True, slots=True)
class Saving:
    """`saves`: USD a month."""

    kind: str
    sentence: str
    saves: Decimal
    assumption: str


Price = Callable[[str, str, Counts], Decimal | None]  # USD of one call with these counts


def savings(uses: Iterable[ModelUse], price: Price) -> list[Saving]:
    """What could cost less, the most first; nothing below a cent a month."""
    found = [each(use, price) for use in uses for each in (_cheaper_model, _caching, _shorter_window)]
    worth = [saving for saving in found if saving and saving.saves >= CENT]
    return sorted(worth, key=lambda saving: -saving.saves)


def _cheaper_model(use: ModelUse, price: Price) -> Saving | None:
    """The same tokens at the price of the provider's small model."""
    try:
        small = catalog.title_model(use.provider)
    except catalog.UnknownModel:
        return None
    cost = _each(use.short, lambda counts: price(use.provider, small.id, counts))
    if small.id == use.model or cost is None:
        return None
    return Saving(
        "cheaper model",
        f"Short answers of {label(use.model)} could come from {small.label}.",
        _a_month(use.short.cost - cost),
        f"{use.short.count:,} calls of the last 7 days had at most {SHORT_INPUT:,} tokens in and {SHORT_OUTPUT} out; "
        "the small model would need the same tokens.",
    )


def _caching(use: ModelUse, price: Price) -> Saving | None:
    """Each session's first long input is written to the cache, those after it are read from there."""
    calls, tokens = use.uncached.count, use.uncached.counts.input
    again = calls - use.sessions
    if again <= 0:
        return None
    each = tokens // calls
    plain, written, read = (
        price(use.provider, use.model, counts)
        for counts in (Counts(input=each), Counts(cache_write_5m=each), Counts(cache_read=each))
    )
    if plain is None or written is None or read is None:
        return None
    return Saving(
        "caching",
        f"Long inputs of {label(use.model)} are sent again without a cache.",
        _a_month(again * (plain - read) - use.sessions * (written - plain)),
        f"{calls:,} calls of the last 7 days in {_count(use.sessions, 'session')} sent {LONG_INPUT:,} tokens or more "
        "uncached; all but the first of a session would be read from the cache.",
    )


def _shorter_window(use: ModelUse, price: Price) -> Saving | None:
    """What lies beyond the window, at the mean price of the input of those calls."""
    kinds, calls = use.windowed.counts, use.windowed.count
    sent = kinds.total - kinds.output
    cost = _each(
        Calls(calls, _without_output(kinds), Decimal(0)),
        lambda counts: price(use.provider, use.model, counts),
    )
    if not sent or cost is None:
        return None
    return Saving(
        "shorter window",
        f"Long conversations with {label(use.model)} could send fewer earlier messages.",
        _a_month(cost * use.excess / sent),
        f"{calls:,} calls of the last 7 days sent more than {WINDOW:,} tokens; only the last {WINDOW:,} would be sent, "
        "and cached and uncached ones go alike.",
    )


def _each(calls: Calls, price: Callable[[Counts], Decimal | None]) -> Decimal | None:
    """The price of all these calls by that of their mean: some models cost more by the token in long calls, which
    the sum of many short ones is not."""
    if not calls.count:
        return None
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    cost = price(Counts(**{kind: round(getattr(calls.counts, kind) / calls.count) for kind in kinds}))
    return None if cost is None else cost * calls.count


def _without_output(counts: Counts) -> Counts:
    return Counts(
        input=counts.input,
        cache_read=counts.cache_read,
        cache_write_5m=counts.cache_write_5m,
        cache_write_1h=counts.cache_write_1h,
    )


def _a_month(week: Decimal) -> Decimal:
    return (week * MONTH / WEEK).quantize(CENT)


# ------------------------------------------------------------ words


def label(model: str) -> str:
    try:
        return catalog.model(model).label
    except catalog.UnknownModel:
        return model


def _money(cost: Decimal) -> str:
    return f"${cost:,.2f}" if cost >= CENT else f"${cost:,.4f}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _usd(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))
