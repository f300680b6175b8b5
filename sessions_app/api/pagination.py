"""Lists of the API: `{"results", "next", "previous"}`, by cursor, so that they stay quick and stable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class Pages(CursorPagination):
    """Pages of `page_size` rows (200 at most), in the order it is made with."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def __init__(self, *ordering: str) -> None:
        self.ordering = ordering or ("-pk",)


def page_of(
    request: Request, rows: QuerySet[Any], shape: Callable[[Sequence[Any]], list[Any]], *ordering: str
) -> Response:
    """One page of `rows`, shaped together, so that a shape may ask for what belongs to all of them at once."""
    pages = Pages(*ordering)
    return pages.get_paginated_response(shape(pages.paginate_queryset(rows, request) or []))
