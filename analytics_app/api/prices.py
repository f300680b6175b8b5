"""What models cost, where the prices come from, and what has none, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from pydantic import Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app.queries import prices as found
from analytics_app.queries.prices import Priced
from analytics_app.tools.asking import plain
from sessions_app import pricing
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import must_not_hold_back, person_of
from sessions_app.api.given import Asked, asked
from sessions_app.api.offered import PricesShape
from sessions_app.api.operations import Gives, operation
from sessions_app.api.shapes import Money
from sessions_app.models import ModelPrice

from . import examples
from .asking import NOT_STAFF, Scope


class Pricing(Asked):
    scope: Scope = "own"


class TierShape(TypedDict):
    above: Annotated[int, Field(description="Tokens of input, cached ones with it, above which it holds.")]
    prices: Annotated[dict[str, Money], Field(description="By kind, of those that are dearer then.")]


class OwnPriceShape(PricesShape):
    """Set by staff."""

    valid_from: datetime
    valid_until: datetime | None


class UnpricedShape(TypedDict):
    """Calls whose price is unknown."""

    calls: int
    tokens: int
    first: datetime
    last: datetime


class PricedModelShape(TypedDict):
    provider: str
    model: str
    label: str
    source: Annotated[
        Literal["free", "override", "table", "unknown"],
        Field(description="override: set by staff; table: of the price table that is installed."),
    ]
    offered: bool
    prices: Annotated[
        PricesShape | None, Field(description="As they are now; null where they are not known.")
    ]
    tiers: list[TierShape]
    overrides: Annotated[list[OwnPriceShape], Field(description="What staff set, the oldest first.")]
    unpriced: UnpricedShape | None


class PriceTableShape(TypedDict):
    name: str
    version: str
    published: date
    age_days: int
    old: bool


class PricedShape(TypedDict):
    table: PriceTableShape
    models: list[PricedModelShape]


class Prices(ApiView):
    @operation(
        "list_prices", "What models cost", tag="Figures", scope="read", query=Pricing,
        gives={200: Gives(PricedShape, "USD for a million tokens.", examples.PRICES)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Of every model that is offered, that you called, or that staff set a price for; with the scope `everyone`
        that anybody called."""
        wanted, person = asked(request, Pricing), person_of(request)
        everyone = wanted.scope == "everyone"
        if everyone:
            must_not_hold_back(request)
        if everyone and not person.is_staff:
            raise ValidationError({"scope": [NOT_STAFF]})
        now = timezone.now()
        table = found.table(now.astimezone(person.zone).date())
        told: PricedShape = {
            "table": {
                "name": pricing.TABLE.name,
                "version": table.version,
                "published": table.published,
                "age_days": table.age,
                "old": table.old,
            },
            "models": [priced_shape(each) for each in found.prices(person, now, everyone=everyone)],
        }
        return Response(told)


def priced_shape(each: Priced) -> PricedModelShape:
    prices: Any = {kind: plain(rate) for kind, rate in each.rates.items()}
    unpriced = each.unpriced
    return {
        "provider": each.provider,
        "model": each.model,
        "label": each.label,
        "source": each.source,  # type: ignore[typeddict-item]  # of `pricing.price`
        "offered": each.offered,
        "prices": prices or None,
        "tiers": [
            {"above": tier.above, "prices": {kind: plain(rate) or "0" for kind, rate in tier.rates.items()}}
            for tier in each.tiers
        ],
        "overrides": [own_price(row) for row in each.overrides],
        "unpriced": None
        if unpriced is None
        else {
            "calls": unpriced.calls,
            "tokens": unpriced.tokens,
            "first": unpriced.first,
            "last": unpriced.last,
        },
    }


def own_price(row: ModelPrice) -> OwnPriceShape:
    found: Any = {kind: plain(getattr(row, kind)) for kind in pricing.KINDS}
    found |= {"valid_from": row.valid_from, "valid_until": row.valid_until}
    told: OwnPriceShape = found
    return told
