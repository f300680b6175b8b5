"""What is added up over model calls: tokens by kind, calls, cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Self

from django.db.models import Count, Q, Sum

GroupBy = Literal["model", "provider", "purpose", "user", "day"]


@dataclass(frozen=True, slots=True)
class TokenSums:
    """Tokens by kind and their exact cost in USD, without the `unpriced_calls`, whose price is unknown."""

    calls: int = 0
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    cost: Decimal = Decimal(0)
    unpriced_calls: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of CALLS or DAYS."""
        return cls(
            calls=int(row["n_calls"]),
            input=int(row["n_input"]),
            cache_read=int(row["n_cache_read"]),
            cache_write=int(row["n_cache_write_5m"]) + int(row["n_cache_write_1h"]),
            output=int(row["n_output"]),
            cost=row["n_cost"] or Decimal(0),
            unpriced_calls=int(row["n_unpriced"]),
        )

    def __add__(self, other: TokenSums) -> TokenSums:
        return TokenSums(
            self.calls + other.calls,
            self.input + other.input,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.output + other.output,
            self.cost + other.cost,
            self.unpriced_calls + other.unpriced_calls,
        )

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.output

    @property
    def known_cost(self) -> Decimal | None:
        """None where not one call has a price: that is unknown, not free."""
        return None if self.calls and self.calls == self.unpriced_calls else self.cost


Named = tuple[str, TokenSums]

_tokens = {
    f"n_{kind}": Sum(kind, default=0)
    for kind in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
}
# The same sums over rows of the ledger and over its days.
CALLS: dict[str, Any] = {
    **_tokens,
    "n_calls": Count("pk"),
    "n_cost": Sum("cost"),
    "n_unpriced": Count("pk", filter=Q(cost__isnull=True)),
}
DAYS: dict[str, Any] = {
    **_tokens,
    "n_calls": Sum("calls", default=0),
    "n_cost": Sum("cost"),
    "n_unpriced": Sum("unpriced_calls", default=0),
}


def add_to(groups: dict[Any, TokenSums], key: Any, sums: TokenSums) -> None:
    """Most groups have one row: those are not added to nothing first."""
    there = groups.get(key)
    groups[key] = sums if there is None else there + sums


def added(rows: Iterable[Named]) -> TokenSums:
    """One total of all groups."""
    return sum((sums for _, sums in rows), TokenSums())


def change(now: Decimal | int | None, before: Decimal | int | None) -> float | None:
    """How much more than before, as a fraction of it; None where there is nothing to compare with."""
    if now is None or not before:
        return None
    return round(float((Decimal(now) - Decimal(before)) / Decimal(before)), 4)
