"""What models cost now, where each price comes from, and which calls have none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum

from analytics_app.queries.ledger import Ledger
from analytics_app.queries.periods import period
from sessions_app import offering, pricing
from sessions_app.models import ModelPrice, TokenUsage, User
from sessions_app.providers.base import Counts

KINDS = {
    "input": "Input",
    "cache_read": "Read from cache",
    "cache_write_5m": "Written to cache, 5 minutes",
    "cache_write_1h": "Written to cache, 1 hour",
    "output": "Output",
}
IN_TABLE = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "output": "output_mtok",
}
EXAMPLE = Counts(input=12_345, cache_read=8_000, cache_write_5m=2_000, cache_write_1h=0, output=1_500)
OLD = 90  # days after which a price table is told to be old
Key = tuple[str, str]  # provider, model


@dataclass(frozen=True, slots=True)
class Table:
    """The price table that is installed, and the days since it was published."""

    version: str
    published: date
    age: int

    @property
    def old(self) -> bool:
        return self.age > OLD


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices of all tokens of a call whose input, cached ones with it, is above `above` tokens."""

    above: int
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an example: so many tokens of a kind at a price for a million."""

    name: str
    tokens: int
    rate: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls of one model whose price is unknown."""

    provider: str
    model: str
    calls: int
    tokens: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Priced:
    """One model: what it costs now (USD for a million tokens by kind; none where that is unknown), and what staff
    set. `example` is EXAMPLE worked out, `cost` what `pricing.price` says of it."""

    provider: str
    model: str
    label: str
    source: str
    rates: Mapping[str, Decimal]
    offered: bool
    tiers: tuple[Tier, ...] = ()
    valid: ModelPrice | None = None
    overrides: tuple[ModelPrice, ...] = ()
    example: tuple[Step, ...] = ()
    cost: Decimal | None = None
    unpriced: Unpriced | None = field(default=None)


def table(today: date) -> Table:
    return Table(
        pricing.TABLE.version, pricing.TABLE.published, max(0, (today - pricing.TABLE.published).days)
    )


def prices(asker: User, now: datetime, *, everyone: bool) -> list[Priced]:
    """Of every model that is offered, that has calls of the asker's (of `everyone`, for staff), or a price of staff."""
    overrides: dict[Key, list[ModelPrice]] = {}
    for own in ModelPrice.objects.order_by("valid_from"):
        overrides.setdefault((own.provider, own.model), []).append(own)
    offered = [(model.provider, model.id) for model in offering.offered(asker)]
    unpriced = {(row.provider, row.model): row for row in unpriced_calls(asker, everyone=everyone)}
    known = dict.fromkeys([*offered, *sorted({*_used(asker, now, everyone=everyone), *overrides, *unpriced})])
    return [
        priced(*key, now, key in offered, tuple(overrides.get(key, ())), unpriced.get(key)) for key in known
    ]


def priced(
    provider: str,
    model: str,
    now: datetime,
    offered: bool,
    overrides: tuple[ModelPrice, ...],
    unpriced: Unpriced | None,
) -> Priced:
    valid = pricing.price_at(provider, model, now)
    cost, source = pricing.price(provider, model, EXAMPLE, now)
    rates = {} if cost is None else pricing.rates(provider, model, now)
    steps = tuple(
        Step(name, tokens, rates[kind], tokens * rates[kind] / pricing.MILLION)
        for kind, name in KINDS.items()
        if rates and (tokens := getattr(EXAMPLE, kind))
    )
    return Priced(
        provider, model, offering.label(model, provider), source, rates, offered,
        tiers(provider, model, now) if source == "table" else (), valid, overrides, steps, cost, unpriced,
    )  # fmt: skip


def tiers(provider: str, model: str, at: datetime) -> tuple[Tier, ...]:
    """Dearer prices the table has for long contexts."""
    from genai_prices import Usage, calc_price
    from genai_prices.types import TieredPrices

    name = pricing.TABLE_NAMES.get(provider, provider)
    found = calc_price(
        Usage(input_tokens=1), model_ref=model, provider_id=name, genai_request_timestamp=at
    ).model_price
    steps: dict[int, dict[str, Decimal]] = {}
    for kind, field_name in IN_TABLE.items():
        price: Any = getattr(found, field_name, None)
        for tier in price.tiers if isinstance(price, TieredPrices) else ():
            steps.setdefault(tier.start, {})[kind] = tier.price
    return tuple(Tier(start, rates) for start, rates in sorted(steps.items()))


def _used(asker: User, now: datetime, *, everyone: bool) -> Iterable[Key]:
    make = Ledger.all_for_staff if everyone else Ledger.for_user
    keys = make(asker, asker.zone).split(period("all", now, asker.zone), "provider", "model")
    return [(provider, model) for provider, model in keys]


def unpriced_calls(asker: User, *, everyone: bool) -> list[Unpriced]:
    """Calls of unknown price by model, most calls first: one's own, or everyone's for staff."""
    calls = TokenUsage.objects
    rows = (
        (calls.all_for_staff(asker) if everyone else calls.for_user(asker))
        .filter(cost__isnull=True, settled_at__isnull=False)
        .order_by()
    )
    sent = Sum(F("input") + F("cache_read") + F("cache_write_5m") + F("cache_write_1h") + F("output"))
    groups = rows.values_list("provider", "model").annotate(
        calls=Count("pk"), tokens=sent, first=Min("at"), last=Max("at")
    )
    return [Unpriced(*group) for group in groups.order_by("-calls", "provider", "model")]


def priceable(price: ModelPrice) -> Q:
    """The calls of unknown price that began while this price is valid."""
    wanted = Q(provider=price.provider, model=price.model, at__gte=price.valid_from)
    wanted &= Q(cost__isnull=True, settled_at__isnull=False)
    return wanted if price.valid_until is None else wanted & Q(at__lt=price.valid_until)
