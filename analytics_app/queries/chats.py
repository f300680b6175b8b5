"""What sessions cost in a period: the dearest ones, without adding up the calls of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from sessions_app.models import ChatSession

from .ledger import Ledger
from .periods import DAY, Period
from .tokens import CALLS, TokenSums

LOT = 25  # sessions whose calls are added up at once


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
    found: list[Spent] = []
    for lot in _lots(_there(chats, span)):
        if len(found) == limit and lot[0].cost <= found[-1].sums.cost:
            break
        found = sorted([*found, *_spent(lot, ledger, span)], key=_place)[:limit]
    return found


def _there(chats: QuerySet[ChatSession], span: Period) -> QuerySet[ChatSession]:
    """Those that were there in the period and were used since it began. A day is left for a title that came late."""
    if span.start is not None and span.end is not None:
        chats = chats.filter(last_activity_at__gte=span.start - DAY, created_at__lt=span.end)
    return chats.order_by("-cost", "-pk")


def _lots(chats: QuerySet[ChatSession]) -> Iterator[Sequence[ChatSession]]:
    begin = 0
    while lot := list(chats[begin : begin + LOT]):
        yield lot
        begin += LOT


def _spent(lot: Sequence[ChatSession], ledger: Ledger, span: Period) -> Iterator[Spent]:
    rows: Any = ledger.calls(span).filter(session__in=lot).order_by().values("session").annotate(**CALLS)
    sums = {row["session"]: TokenSums.of(row) for row in rows}
    return (Spent(chat, sums[chat.pk]) for chat in lot if chat.pk in sums)


def _place(spent: Spent) -> tuple[Decimal, int, str]:
    return -(spent.sums.known_cost or Decimal(0)), -spent.sums.total, str(spent.chat.pk)
