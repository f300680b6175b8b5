"""Sums over the ledger: all of them, and by group. Each takes rows already scoped to who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from sessions_app.models import TokenUsage

GroupBy = Literal["model", "provider", "purpose", "day"]


@dataclass(frozen=True, slots=True)
class TokenSums:
    """Tokens by kind and their exact cost in USD, without the `unpriced_calls`, whose price is unknown."""

    name: str
    calls: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    cost: Decimal
    unpriced_calls: int

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.output

    @property
    def known_cost(self) -> Decimal | None:
        """None where not one call has a price: that is unknown, not free."""
        return None if self.calls and self.calls == self.unpriced_calls else self.cost


SUMS = {
    "calls": Count("pk"),
    "inputs": Sum("input", default=0),
    "cache_reads": Sum("cache_read", default=0),
    "cache_writes_5m": Sum("cache_write_5m", default=0),
    "cache_writes_1h": Sum("cache_write_1h", default=0),
    "outputs": Sum("output", default=0),
    "costs": Sum("cost"),
    "unpriced": Count("pk", filter=Q(cost__isnull=True)),
}


def sums(usage: QuerySet[TokenUsage]) -> TokenSums:
    """One total of the settled calls: a call that still runs has no figures yet."""
    return _sums("", usage.filter(settled_at__isnull=False).order_by().aggregate(**SUMS))


def sums_by(usage: QuerySet[TokenUsage], group: GroupBy, zone: tzinfo) -> list[TokenSums]:
    """A total for each group: days in their order (of `zone`, as YYYY-MM-DD), the others from most tokens down."""
    key = TruncDate("at", tzinfo=zone) if group == "day" else F(group)
    settled = usage.filter(settled_at__isnull=False).order_by()
    rows = [
        _sums(str(row["group"]), row) for row in settled.annotate(group=key).values("group").annotate(**SUMS)
    ]
    return sorted(rows, key=lambda row: row.name if group == "day" else (-row.total, row.name))


def _sums(name: str, row: Mapping[str, Any]) -> TokenSums:
    return TokenSums(
        name=name,
        calls=row["calls"],
        input=row["inputs"],
        cache_read=row["cache_reads"],
        cache_write=row["cache_writes_5m"] + row["cache_writes_1h"],
        output=row["outputs"],
        cost=row["costs"] or Decimal(0),
        unpriced_calls=row["unpriced"],
    )
