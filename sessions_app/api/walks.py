"""A list that is several walks along indexes, merged, by cursor in both directions.

Asked in one query, "mine or shared with me" gathers and sorts all of a person's sessions; asked apart, each half reads
a page from its index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from .given import Paged

FORM = re.compile(r"([nb])(-?[0-9]{1,17})-([0-9a-f]{32})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Beside a row, by what its list is ordered by and its key: what follows it, or (`back`) what stands before it."""

    at: datetime
    key: UUID
    back: bool

    @classmethod
    def of(cls, cursor: str | None) -> Place | None:
        if cursor is None:
            return None
        found = FORM.fullmatch(cursor)
        try:
            if found is None:
                raise OverflowError
            at = EPOCH + timedelta(microseconds=int(found[2]))
        except OverflowError:
            raise ValidationError({"cursor": ["This is no cursor of this list."]}) from None
        return cls(at, UUID(found[3]), found[1] == "b")

    def __str__(self) -> str:
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{'b' if self.back else 'n'}{micros}-{self.key.hex}"


def merged_page(
    request: Request,
    wanted: Paged,
    walks: Sequence[QuerySet[Any]],
    order: str,
    shape: Callable[[list[Any]], list[Any]],
    *,
    oldest: bool = False,
) -> Response:
    """One page of the rows of all `walks`, none of which is in two of them; the newest by `order` (a time) first, or the
    `oldest`."""
    place = Place.of(wanted.cursor)
    back = place is not None and place.back
    down = oldest == back  # whether the rows are walked from newer to older
    rows = [row for walk in walks for row in beyond(walk, order, place, down)[: wanted.limit + 1]]
    rows.sort(key=lambda row: (getattr(row, order), row.pk), reverse=down)
    found, more = rows[: wanted.limit], len(rows) > wanted.limit
    if back:
        found.reverse()

    def address(row: Any, back: bool) -> str:
        cursor = str(Place(getattr(row, order), row.pk, back))
        return replace_query_param(request.build_absolute_uri(), "cursor", cursor)

    follows, precedes = (True, more) if back else (more, place is not None)
    return Response(
        {
            "next": address(found[-1], False) if found and follows else None,
            "previous": address(found[0], True) if found and precedes else None,
            "results": shape(found),
        }
    )


def beyond(rows: QuerySet[Any], order: str, place: Place | None, down: bool) -> QuerySet[Any]:
    """`rows` from a place on, in one direction."""
    sign, way = ("-", "lt") if down else ("", "gt")
    if place is not None:
        rows = rows.filter(**{f"{order}__{way}e": place.at})  # where the index is entered
        rows = rows.filter(Q(**{f"{order}__{way}": place.at}) | Q(**{f"pk__{way}": place.key}))
    return rows.order_by(f"{sign}{order}", f"{sign}pk")
