"""Money over days, and what is needed to say what could be saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When

from analytics_app.insights import BASIS, HISTORY, days_between
from analytics_app.savings import (
    KINDS,
    LONG_INPUT,
    NO_CALLS,
    SHORT_INPUT,
    SHORT_OUTPUT,
    SUMMARISED,
    WEEK,
    WINDOW,
    Calls,
    ModelUse,
)
from sessions_app import pricing
from sessions_app.providers.base import Counts

from .ledger import DayKey, Ledger, ordered
from .periods import DAY, Period, between
from .tokens import GroupBy, Named, TokenSums, added, grouped

LOOKED_AT = 90  # days that are looked through for unusual ones, at most
SHORT, UNCACHED, WINDOWED, BOTH = "short", "uncached", "windowed", "both"
LONG = Q(sent__gt=SUMMARISED)

_sent = F("input") + F("cache_read") + F("cache_write_5m") + F("cache_write_1h")
_again = Q(input__gte=LONG_INPUT, cache_read=0)
_sort = Case(
    When(Q(sent__gt=WINDOW) & _again, then=Value(BOTH)),
    When(sent__gt=WINDOW, then=Value(WINDOWED)),
    When(_again, then=Value(UNCACHED)),
    When(sent__lte=SHORT_INPUT, output__lte=SHORT_OUTPUT, purpose="reply", then=Value(SHORT)),
    default=Value(""),
)


@dataclass(frozen=True, slots=True)
class Spending:
    """One period split three ways."""

    models: list[Named]
    purposes: list[Named]
    days: list[Named]

    @property
    def sums(self) -> TokenSums:
        return added(self.models)


class Recent:
    """The last days by provider, model and purpose, read at once: as far back as insights go, and months are compared."""

    def __init__(self, ledger: Ledger, today: date, all_time: Period | None = None) -> None:
        """Whoever asks about all time too gives it here, so that it is read once."""
        self._ledger, self._today = ledger, today
        self._first = today - (max(LOOKED_AT, BASIS) + HISTORY) * DAY
        self._whole = all_time is not None
        self._rows = ledger.daily(all_time or between(self._first, today, ledger.zone))

    def spending(self, span: Period) -> Spending:
        """A period that ends today or before, back to the start of last month at most, or all time."""
        if span.start is None:
            kinds = self._ledger.kinds(span)
            return Spending(
                folded(kinds, 0, "model"), folded(kinds, 1, "purpose"), self._ledger.sums_by(span, "day")
            )
        rows = self.rows(span)
        return Spending(folded(rows, 2, "model"), folded(rows, 3, "purpose"), folded(rows, 0, "day"))

    def rows(self, span: Period) -> Mapping[DayKey, TokenSums]:
        """Every day of a period, by provider, model and purpose: of the last days those that were read already."""
        if span.start is None or span.end is None:
            return self._rows if self._whole else self._ledger.daily(span)
        first, after = span.start.date(), span.end.date()
        if first < self._first or after > self._today + DAY:
            return self._ledger.daily(span)
        return {key: sums for key, sums in self._rows.items() if first <= key[0] < after}

    def by_model(self) -> dict[date, dict[str, Decimal]]:
        """Known costs of each day that has calls, by model."""
        days: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for (day, _, model, _), sums in self._rows.items():
            days[day][model] += sums.cost
        return days


def folded(rows: Mapping[tuple[Any, ...], TokenSums], place: int, group: GroupBy) -> list[Named]:
    """Totals by one place of the keys."""
    found = grouped((key[place], sums) for key, sums in rows.items())
    return ordered(((str(name), sums) for name, sums in found.items()), group)


def per_day(costs: Mapping[date, Mapping[str, Decimal]]) -> dict[date, Decimal]:
    return {day: sum(models.values(), Decimal(0)) for day, models in costs.items()}


def looked_at(span: Period, today: date) -> list[date]:
    """The days of a period that have begun, the last LOOKED_AT at most; of all time those."""
    days = span.days or days_between(today - (LOOKED_AT - 1) * DAY, today)
    return [day for day in days if day <= today][-LOOKED_AT:]


def model_uses(ledger: Ledger, today: date) -> list[ModelUse]:
    """How models were used in the last whole week, from the ledger's own rows: roll-ups do not know single calls.

    Each call is of one sort; a call that is long and uncached counts for both. Beside that a call is long enough for a
    summary, or not.
    """
    rows = ledger.calls(between(today - WEEK * DAY, today - DAY, ledger.zone))
    rows = rows.filter(cost__gt=0)  # nothing is saved on what is free, or known of what has no price
    found: dict[tuple[str, str], list[Sorted]] = defaultdict(list)
    long = Case(When(LONG, then=Value(True)), default=Value(False))
    # Of most calls nothing could be saved: they need no sorting.
    kept = rows.annotate(sent=_sent, sort=_sort, long=long).filter(LONG | ~Q(sort=""))
    split: Any = kept.values("provider", "model", "sort", "long")
    for row in split.annotate(**_USES):
        of = Sorted(row["sort"], bool(row["long"]), _calls(row), row["sessions"])
        found[row["provider"], row["model"]].append(of)
    return [_use(*key, sorts) for key, sorts in found.items()]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Calls of one sort, and in how many sessions they were."""

    sort: str
    long: bool
    calls: Calls
    sessions: int


_USES: dict[str, Any] = {
    **{f"n_{kind}": Sum(kind) for kind in KINDS},
    "n_cost": Sum("cost"),
    "n_calls": Count("pk"),
    "sessions": Count("session_key", filter=Q(sort__in=(UNCACHED, BOTH)) | LONG, distinct=True),
}


def price_now(now: datetime) -> Any:
    """What one call costs at today's prices."""
    return lambda provider, model, counts: pricing.price(provider, model, counts, now)[0]


def _use(provider: str, model: str, sorts: Sequence[Sorted]) -> ModelUse:
    def of(*names: str) -> Calls:
        return _together(each.calls for each in sorts if each.sort in names)

    windowed, summarised = of(WINDOWED, BOTH), _together(each.calls for each in sorts if each.long)
    return ModelUse(
        provider=provider,
        model=model,
        short=of(SHORT),
        uncached=of(UNCACHED, BOTH),
        sessions=sum(each.sessions for each in sorts if each.sort in (UNCACHED, BOTH)),
        windowed=windowed,
        excess=windowed.sent - WINDOW * windowed.count,
        summarised=summarised,
        summaries=sum(each.sessions for each in sorts if each.long),
    )


def _together(some: Iterable[Calls]) -> Calls:
    return sum(some, NO_CALLS)


def _calls(row: Mapping[str, Any]) -> Calls:
    counts = Counts(**{kind: int(row[f"n_{kind}"]) for kind in KINDS})
    return Calls(row["n_calls"], counts, row["n_cost"])
