"""What a model call costs: staff's price for that day, else the maintained table, else unknown (never 0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from .models import ModelPrice
from .prepared import Select, given
from .providers.base import Counts


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The maintained table that is installed, and when it was published (pypi.org/project/genai-prices)."""

    name: str
    version: str
    published: date


TABLE = PriceTable("genai-prices", "0.2.3", date(2026, 11, 10))
FREE_PROVIDERS = frozenset({"offline"})
MILLION = Decimal(1_000_000)
TABLE_NAMES = {"gemini": "google"}  # providers that the table calls otherwise
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
# USD for one web search made by the provider, beside its tokens (platform.claude.com/docs/en/about-claude/pricing).
SEARCHES = {"anthropic": Decimal("0.01")}

_override = Select(
    lambda: ModelPrice.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=given("at")),
        provider=given("provider"),
        model=given("model"),
        valid_from__lte=given("at"),
    ).order_by("-valid_from")[:1]
)


def price(provider: str, model: str, counts: Counts, at: datetime) -> tuple[Decimal | None, str]:
    """Cost in USD, exact, and where the price came from: free, override, table, unknown.

    A call without tokens costs nothing, whatever its model.
    """
    if provider in FREE_PROVIDERS:
        return Decimal(0), "free"
    override = price_at(provider, model, at)
    if override is not None:
        return overridden(override, counts) + searches(provider, counts), "override"
    if counts.total == 0:
        return Decimal(0), "no tokens"
    found = table_price(provider, model, counts, at)
    return (found + searches(provider, counts), "table") if found is not None else (None, "unknown")


def highest(provider: str, model: str, counts: Counts, at: datetime) -> Decimal | None:
    """USD at the most for so much `input` and `output` and so many searches, whatever share of the input is written to a cache for five
    minutes (we ask for no longer one), read from it, or neither. None where the price is unknown."""
    if provider in FREE_PROVIDERS:
        return Decimal(0)
    override = price_at(provider, model, at)
    if override is not None:
        dearest = max(override.input, override.cache_read, override.cache_write_5m)
        cost: Decimal = counts.input * dearest + counts.output * override.output
        return cost / MILLION + searches(provider, counts)
    # Never cheaper than plain input, and priced as that where the table has no other price.
    most = table_price(provider, model, Counts(cache_write_5m=counts.input, output=counts.output), at)
    return None if most is None else most + searches(provider, counts)


def searches(provider: str, counts: Counts) -> Decimal:
    """USD for the searches of a call."""
    return counts.web_searches * SEARCHES.get(provider, Decimal(0))


def price_at(provider: str, model: str, at: datetime) -> ModelPrice | None:
    """Staff's price valid at that moment, the latest start first."""
    return _override.first(provider=provider, model=model, at=at)


def overridden(own: ModelPrice, counts: Counts) -> Decimal:
    """USD for these counts at staff's prices (USD for a million tokens)."""
    return sum((getattr(counts, kind) * getattr(own, kind) for kind in KINDS), Decimal(0)) / MILLION


def rates(provider: str, model: str, at: datetime) -> dict[str, Decimal]:
    """USD for a million tokens of each kind, as `price` prices a thousand of them; none where that is unknown."""
    if provider in FREE_PROVIDERS:
        return dict.fromkeys(KINDS, Decimal(0))
    override = price_at(provider, model, at)
    if override is not None:
        return {kind: getattr(override, kind) for kind in KINDS}
    found = {}
    for kind in KINDS:
        cost = table_price(provider, model, Counts(**{kind: 1_000}), at)
        if cost is None:
            return {}
        found[kind] = cost * 1_000
    return found


def table_price(provider: str, model: str, counts: Counts, at: datetime) -> Decimal | None:
    """USD by genai-prices' offline table, or None where it does not know the model.

    Its `input_tokens` include cached ones, ours do not: the kinds are added before the call.
    """
    from genai_prices import Usage, calc_price

    writes = counts.cache_write_5m + counts.cache_write_1h
    values: dict[str, int] = {
        "input_tokens": counts.input + counts.cache_read + writes,
        "cache_read_tokens": counts.cache_read,
        "cache_write_tokens": writes,
        "output_tokens": counts.output,
    }
    if counts.cache_write_1h:
        values["cache_write_1h_tokens"] = counts.cache_write_1h
    try:
        return calc_price(
            Usage(**values),
            model_ref=model,
            provider_id=TABLE_NAMES.get(provider, provider),
            genai_request_timestamp=at,
        ).total_price
    except LookupError:
        return None
