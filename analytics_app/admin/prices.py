"""Prices staff set, with a way to price the calls that had none before."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from analytics_app.actions.pricing import price_later, unpriced
from analytics_app.queries.prices import priceable
from analytics_app.tools.asking import plain
from sessions_app.actions import audit
from sessions_app.admin.prices import ModelPriceAdmin as PlainAdmin
from sessions_app.models import ModelPrice

OFFER = (
    "{count} of unknown price began while this price is valid. To price them, choose it in the list and the action "
    "“Price calls of unknown price”. Costs that are known stay as they are."
)
LEFT = " Not priced yet: {count}. Choose the action again, or run “manage.py price_calls” for all of them."
LOTS = 10  # of 300: what takes longer than a person waits for is the command's

admin.site.unregister(ModelPrice)


@admin.register(ModelPrice)
class ModelPriceAdmin(PlainAdmin):
    actions = ("price_calls",)

    def save_model(self, request: HttpRequest, obj: ModelPrice, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if count := unpriced(priceable(obj)).count():
            self.message_user(request, OFFER.format(count=_calls(count)))

    @admin.action(description="Price calls of unknown price", permissions=["change"])
    def price_calls(self, request: HttpRequest, queryset: QuerySet[ModelPrice]) -> None:
        """Recorded before it is done: it changes what people are told they spent."""
        chosen = list(queryset)
        wanted = Q(pk__in=[])
        for price in chosen:
            wanted |= priceable(price)
            audit.record(actor=request.user, action="priced calls later", subject=price, detail=str(price))
        outcome = price_later(wanted=wanted, lots=LOTS)
        if outcome.count:
            words = f"{_calls(outcome.count)} got a price and came to ${plain(outcome.cost)}."
            if left := unpriced(wanted).count():
                words += LEFT.format(count=_calls(left))
            self.message_user(request, words, messages.SUCCESS)
        else:
            self.message_user(request, "No call of unknown price began while these prices were valid.")


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"
