"""Lists of the API: `{"results", "next", "previous"}`, by cursor, so that they stay quick and stable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError as NotStored
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class Pages(CursorPagination):
    """Pages of `limit` rows (200 at most), in the order it is made with."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def __init__(self, *ordering: str) -> None:
        self.ordering = ordering or ("-pk",)


def page_of(
    request: Request, rows: QuerySet[Any], shape: Callable[[Sequence[Any]], list[Any]], *ordering: str
) -> Response:
    """One page of `rows`, shaped together, so that a shape may ask for what belongs to all of them at once. The query
    was read as a `given.Paged` before."""
    pages = Pages(*ordering)
    try:
        found = pages.paginate_queryset(rows, request) or []
    except (NotFound, ValueError, NotStored):
        raise ValidationError({"cursor": ["This is no cursor of this list."]}) from None
    return pages.get_paginated_response(shape(found))
