"""Money over days, and what is needed to say what could be saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When

from analytics_app.insights import (
    BASIS,
    HISTORY,
    LONG_INPUT,
    SHORT_INPUT,
    SHORT_OUTPUT,
    WEEK,
    WINDOW,
    Calls,
    ModelUse,
    days_between,
)
from sessions_app import pricing
from sessions_app.providers.base import Counts

from .ledger import Ledger, ordered
from .periods import DAY, Period, between
from .tokens import GroupBy, Named, TokenSums, added

LOOKED_AT = 90  # days that are looked through for unusual ones, at most
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
SHORT, UNCACHED, WINDOWED, BOTH = "short", "uncached", "windowed", "both"

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
    """The last days by model and purpose, read at once: as far back as insights go, and months are compared."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self._ledger = ledger
        first = today - (max(LOOKED_AT, BASIS) + HISTORY) * DAY
        self._rows = ledger.daily(between(first, today, ledger.zone))

    def spending(self, span: Period) -> Spending:
        """A period that ends today or before, back to the start of last month at most, or all time."""
        if not span.days:
            kinds = self._ledger.kinds(span)
            return Spending(
                folded(kinds, 0, "model"), folded(kinds, 1, "purpose"), self._ledger.sums_by(span, "day")
            )
        days = set(span.days)
        rows = {key: sums for key, sums in self._rows.items() if key[0] in days}
        return Spending(folded(rows, 1, "model"), folded(rows, 2, "purpose"), folded(rows, 0, "day"))

    def by_model(self) -> dict[date, dict[str, Decimal]]:
        """Known costs of each day that has calls, by model."""
        days: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for (day, model, _), sums in self._rows.items():
            days[day][model] += sums.cost
        return days


def folded(rows: Mapping[tuple[Any, ...], TokenSums], place: int, group: GroupBy) -> list[Named]:
    """Totals by one place of the keys."""
    found: dict[str, TokenSums] = defaultdict(TokenSums)
    for key, sums in rows.items():
        found[str(key[place])] += sums
    return ordered(found.items(), group)


def per_day(costs: Mapping[date, Mapping[str, Decimal]]) -> dict[date, Decimal]:
    return {day: sum(models.values(), Decimal(0)) for day, models in costs.items()}


def looked_at(span: Period, today: date) -> list[date]:
    """The days of a period that have begun, the last LOOKED_AT at most; of all time those."""
    days = span.days or days_between(today - (LOOKED_AT - 1) * DAY, today)
    return [day for day in days if day <= today][-LOOKED_AT:]


def model_uses(ledger: Ledger, today: date) -> list[ModelUse]:
    """How models were used in the last whole week, from the ledger's own rows: roll-ups do not know single calls.

    Each call is of one sort; a call that is long and uncached counts for both.
    """
    rows = ledger.calls(between(today - WEEK * DAY, today - DAY, ledger.zone))
    rows = rows.filter(cost__gt=0)  # nothing is saved on what is free, or known of what has no price
    sorts: dict[tuple[str, str], dict[str, Calls]] = defaultdict(dict)
    sessions: dict[tuple[str, str], int] = defaultdict(int)
    kept = rows.annotate(sent=_sent, sort=_sort).exclude(sort="")  # most calls; the others need no sorting
    split: Any = kept.values("provider", "model", "sort")
    for row in split.annotate(**_USES):
        key = (row["provider"], row["model"])
        sorts[key][row["sort"]] = _calls(row)
        sessions[key] += row["sessions"] if row["sort"] in (UNCACHED, BOTH) else 0
    return [_use(*key, calls, sessions[key]) for key, calls in sorts.items()]


_USES: dict[str, Any] = {
    **{f"n_{kind}": Sum(kind) for kind in KINDS},
    "n_cost": Sum("cost"),
    "n_calls": Count("pk"),
    "sessions": Count("session_key", filter=Q(sort__in=(UNCACHED, BOTH)), distinct=True),
}


def price_now(now: datetime) -> Any:
    """What one call costs at today's prices."""
    return lambda provider, model, counts: pricing.price(provider, model, counts, now)[0]


def _use(provider: str, model: str, sorts: Mapping[str, Calls], sessions: int) -> ModelUse:
    none = Calls(0, Counts(), Decimal(0))
    short, uncached, windowed, both = (sorts.get(sort, none) for sort in (SHORT, UNCACHED, WINDOWED, BOTH))
    long = _together(windowed, both)
    return ModelUse(
        provider=provider,
        model=model,
        short=short,
        uncached=_together(uncached, both),
        sessions=sessions,
        windowed=long,
        excess=long.counts.total - long.counts.output - WINDOW * long.count,
    )


def _together(one: Calls, other: Calls) -> Calls:
    kinds = {kind: getattr(one.counts, kind) + getattr(other.counts, kind) for kind in KINDS}
    return Calls(one.count + other.count, Counts(**kinds), one.cost + other.cost)


def _calls(row: Mapping[str, Any]) -> Calls:
    counts = Counts(**{kind: int(row[f"n_{kind}"]) for kind in KINDS})
    return Calls(row["n_calls"], counts, row["n_cost"])
