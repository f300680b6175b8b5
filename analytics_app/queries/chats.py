"""What sessions cost in a period: the dearest ones, without adding up the calls of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sessions_app.models import ChatSession

from .ledger import Ledger
from .periods import DAY, Period
from .tokens import TokenSums

LOT, MOST = 25, 800  # sessions whose calls are added up at once, where the first ones did not do


@dataclass(frozen=True, slots=True)
class Spent:
    """A session and what the calls that count have cost in it."""

    chat: ChatSession
    sums: TokenSums


def dearest(chats: QuerySet[ChatSession], ledger: Ledger, span: Period, limit: int) -> list[Spent]:
    """The sessions whose calls in the period cost most, first the dearest; those whose price is unknown come last.

    A session knows what it cost in all, and in a period it cannot have cost more: they are looked at from the dearest
    down, until none that follows can be among those found.
    """
    found: list[tuple[UUID, TokenSums]] = []
    for lot in _lots(_there(chats, span), limit):
        if len(found) == limit and lot[0][1] <= found[-1][1].cost:
            break
        sums = ledger.by_session(span, [key for key, _ in lot])
        found = sorted([*found, *sums.items()], key=_place)[:limit]
    rows = ChatSession.objects.in_bulk([key for key, _ in found])
    return [Spent(rows[key], sums) for key, sums in found if key in rows]


def _there(chats: QuerySet[ChatSession], span: Period) -> QuerySet[ChatSession]:
    """Those that were there in the period and were used since it began. A day is left for a title that came late."""
    if span.start is not None and span.end is not None:
        chats = chats.filter(last_activity_at__gte=span.start - DAY, created_at__lt=span.end)
    return chats.order_by("-cost", "-pk")


def _lots(chats: QuerySet[ChatSession], first: int) -> Iterator[list[tuple[UUID, Decimal]]]:
    """Keys and what each session cost, the dearest first: few at once, and more the longer it takes. Those that cost
    nothing that is known are of one rank: there are more of them in the first lot."""
    rows: Iterator[Any] = iter(chats.values_list("pk", "cost").iterator(MOST))
    lot = list(islice(rows, first))
    if lot and not lot[-1][1]:
        lot += islice(rows, max(0, LOT - first))
    size = LOT
    while lot:
        yield lot
        lot = list(islice(rows, size))
        size = min(2 * size, MOST)


def _place(row: tuple[UUID, TokenSums]) -> tuple[Decimal, int, str]:
    key, sums = row
    return -(sums.known_cost or Decimal(0)), -sums.total, str(key)
