"""Pricing later: calls that were settled without a price get the one that is known for their moment by now.

The one exception to "settled once, never changed after", and one way only: an unknown cost becomes known. A cost that
is known stays what it is, whatever prices are set later.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.module_loading import import_string

from sessions_app import pricing
from sessions_app.models import ChatSession, MoneyField, TokenUsage
from sessions_app.providers.base import Counts
from sessions_app.transactions import write

from .counting import price_counted
from .rollups import forget_days

LOT = 300
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
Place = tuple[datetime, UUID]


@dataclass(slots=True)
class Outcome:
    """Of the calls that were looked at: by provider and model how many got a price and what they came to, how many
    stay unknown; `days` is how many days of roll-ups were forgotten."""

    priced: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    unknown: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    cost: Decimal = Decimal(0)
    days: int = 0

    @property
    def count(self) -> int:
        return sum(self.priced.values())


def unpriced(wanted: Q | None = None) -> QuerySet[TokenUsage]:
    """Settled calls whose price is unknown."""
    return TokenUsage.objects.filter(wanted or Q(), cost__isnull=True, settled_at__isnull=False)


def price_later(
    *, wanted: Q | None = None, dry_run: bool = False, lot: int = LOT, lots: int | None = None
) -> Outcome:
    """Price the calls of unknown price among the `wanted`, oldest first, a lot in each short transaction, at most
    `lots` of them. Repeating it changes nothing; a run that was cut short is finished by the next one."""
    outcome, place = Outcome(), None
    for _number in count() if lots is None else range(lots):
        keys = _lot(wanted, place, lot)
        if not keys:
            break
        place = keys[-1]
        if dry_run:
            for call in TokenUsage.objects.filter(pk__in=[key for _, key in keys]):
                _priced(call, outcome)
        else:
            _price_lot([key for _, key in keys], outcome)
    return outcome


def _lot(wanted: Q | None, place: Place | None, size: int) -> list[Place]:
    rows = unpriced(wanted).order_by("at", "pk")
    if place is not None:
        at, key = place
        rows = rows.filter(at__gte=at).filter(Q(at__gt=at) | Q(pk__gt=key))
    return list(rows.values_list("at", "pk")[:size])


@write()
def _price_lot(keys: list[UUID], outcome: Outcome) -> None:
    """Calls, sums of their chats and roll-ups in one transaction: whoever adds up sees all of it or nothing."""
    rows = unpriced(Q(pk__in=keys)).order_by("pk").select_for_update()
    found = [(call, price) for call in rows if (price := _priced(call, outcome)) is not None]
    if not found:
        return
    chats: dict[UUID, list[Decimal]] = defaultdict(list)
    for call, (cost, source) in found:
        TokenUsage.objects.filter(pk=call.pk).update(cost=cost, price_source=f"{source} later")
        if call.session_key is not None:
            chats[call.session_key].append(_kept(cost))
    for key in sorted(chats):
        amount: Any = Value(sum(chats[key], Decimal(0)), output_field=MoneyField())
        # One chat whose number has drifted, which the doctor tells, must not keep all others from their prices.
        left = Greatest(F("unpriced_calls") - len(chats[key]), 0)
        ChatSession.objects.filter(pk=key).update(cost=F("cost") + amount, unpriced_calls=left)
    # In the order in which a settlement locks: after the chats.
    price_counted((call, _kept(cost)) for call, (cost, _) in found)
    outcome.days += forget_days(moments=[call.at for call, _ in found])
    if settings.KNOWLEDGE:
        forget: Any = import_string("sessions_app.knowledge.actions.figures.forget_days")
        forget(moments=[call.at for call, _ in found])


def _priced(call: TokenUsage, outcome: Outcome) -> tuple[Decimal, str] | None:
    """What is known of its price today, for the moment it began; counted in the outcome."""
    counts = Counts(**{kind: getattr(call, kind) for kind in (*KINDS, "web_searches")})
    cost, source = pricing.price(call.provider, call.model, counts, call.at)
    key = (call.provider, call.model)
    if cost is None:
        outcome.unknown[key] += 1
        return None
    outcome.priced[key] += 1
    outcome.cost += _kept(cost)
    return cost, source


def _kept(cost: Decimal) -> Decimal:
    """The cost as the database keeps it: sums of chats are sums of what is kept."""
    column = MoneyField()
    kept = column.from_db_value(column.get_prep_value(cost), None, None)
    assert kept is not None
    return kept
