"""Rows piece by piece, each beginning after the last of the one before: a page far down costs what the first does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from analytics_app.queries.places import place

from .kind import Kind, Row
from .wish import Wish

PAGE = 50


@dataclass(frozen=True, slots=True)
class Piece:
    """`after` is where the next one begins, empty at the end. `bounded`: how many of the newest were put in order,
    where there are more."""

    rows: list[Row]
    after: str = ""
    bounded: int | None = None


def piece(kind: Kind, asked: Wish, after: str = "", size: int = PAGE) -> Piece:
    """The rows of a wish after a place; one that says nothing is the beginning."""
    sort = kind.sorts[asked.sort]
    rows, bounded = _newest(kind.rows(asked), kind.at, sort.most)
    rank = sort.rank(asked) if callable(sort.rank) else sort.rank
    rows = rows.annotate(rank=F(rank) if isinstance(rank, str) else rank)
    found_at = place(after, sort.read)
    if found_at is not None:
        rank, key = found_at
        # Both together let an index of the rank be entered where the piece begins.
        rows = rows.filter(rank__lte=rank).filter(Q(rank__lt=rank) | Q(pk__lt=key))
    found = list(rows.order_by("-rank", "-pk")[: size + 1])
    more = found[size:]
    found = found[:size]
    return Piece(kind.tell(asked, found), _after(found[-1]) if more else "", bounded)


def _newest(rows: QuerySet[Any], at: str, most: int | None) -> tuple[QuerySet[Any], int | None]:
    if most is None:
        return rows, None
    moment = rows.order_by(f"-{at}").values_list(at, flat=True)[most : most + 1].first()
    return (rows, None) if moment is None else (rows.filter(**{f"{at}__gt": moment}), most)


def _after(row: Any) -> str:
    rank = row.rank
    if isinstance(rank, datetime):
        words = rank.isoformat()
    elif isinstance(rank, timedelta):
        words = str(rank // timedelta(microseconds=1))
    else:
        words = str(int(rank))
    return f"{words}~{row.pk}"
