"""What is added up over model calls: tokens by kind, calls, cost."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Self, TypeVar

from django.db.models import Count, Sum

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
        return cls.of_values(*(row[name] for name in SUMMED))

    @classmethod
    def of_values(cls, *values: Any) -> Self:
        """From the values of SUMMED or KEPT. PostgreSQL adds integers up to decimals."""
        calls, sent, read, written_5m, written_1h, output, cost, unpriced = values
        return cls(
            int(calls), int(sent), int(read), int(written_5m) + int(written_1h), int(output), cost or Decimal(0),
            int(unpriced),
        )  # fmt: skip

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
Key = TypeVar("Key", bound=Hashable)

_tokens = {
    f"n_{kind}": Sum(kind, default=0)
    for kind in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
}
# The same sums over rows of the ledger and over its days. Rows are counted, not their keys: those are in no index of
# times, and each would be looked up.
CALLS: dict[str, Any] = {
    **_tokens,
    "n_calls": Count("*"),
    "n_cost": Sum("cost"),
    "n_unpriced": Count("*") - Count("cost"),
}
DAYS: dict[str, Any] = {
    **_tokens,
    "n_calls": Sum("calls", default=0),
    "n_cost": Sum("cost"),
    "n_unpriced": Sum("unpriced_calls", default=0),
}

SUMMED = (
    "n_calls", "n_input", "n_cache_read", "n_cache_write_5m", "n_cache_write_1h", "n_output", "n_cost", "n_unpriced",
)  # fmt: skip
# The columns of one row of days in the same order.
KEPT = (
    "calls", "input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "cost", "unpriced_calls",
)  # fmt: skip


def grouped(rows: Iterable[tuple[Key, TokenSums]]) -> dict[Key, TokenSums]:
    """Totals by key, in the order in which the keys come. Added up in lists: a page adds tens of thousands, and making
    a TokenSums of each step takes five times as long."""
    found: dict[Key, list[Any]] = {}
    for key, sums in rows:
        there = found.get(key)
        if there is None:
            found[key] = [
                sums.calls, sums.input, sums.cache_read, sums.cache_write, sums.output, sums.cost, sums.unpriced_calls,
            ]  # fmt: skip
            continue
        there[0] += sums.calls
        there[1] += sums.input
        there[2] += sums.cache_read
        there[3] += sums.cache_write
        there[4] += sums.output
        there[5] += sums.cost
        there[6] += sums.unpriced_calls
    return {key: TokenSums(*values) for key, values in found.items()}


def added(rows: Iterable[Named]) -> TokenSums:
    """One total of all groups."""
    return grouped(("", sums) for _, sums in rows).get("", TokenSums())


def change(now: Decimal | int | None, before: Decimal | int | None) -> float | None:
    """How much more than before, as a fraction of it; None where there is nothing to compare with."""
    if now is None or not before:
        return None
    return round(float((Decimal(now) - Decimal(before)) / Decimal(before)), 4)
