"""What a list of rows is: which rows, in which orders, under which columns. One module a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from .wish import Wish

CellKind = Literal["text", "moment", "count", "money", "ms"]
"""money: USD, Decimal; ms: milliseconds, int; moment: aware. None is "unknown", never 0."""
Value = str | int | Decimal | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names it in the file's head, `name` on the page. `staff`: only where everyone's rows are shown. `read_as`:
    it holds what people or tools wrote, and reading that of others is written down in these words."""

    key: str
    name: str
    kind: CellKind = "text"
    staff: bool = False
    read_as: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Exact values by the keys of columns. `session` is the session it belongs to, if any, `message` the one it is,
    where that is still there; `links` and `states` (well, failing, waiting) decorate cells, `titles` are said where one points at them."""

    values: Mapping[str, Value]
    session: UUID | None
    links: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    message: UUID | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sort:
    """Rows in the order of `rank`, or of what it makes of a wish, the largest first. `read` makes a rank of what an address says. Where no index has
    this order only the newest `most` rows are put into it."""

    rank: Any
    read: Callable[[str], Any]
    most: int | None = None


def number(words: str) -> int:
    """Raises ValueError for what no column holds."""
    found = int(words)
    if abs(found) > 2**62:
        raise ValueError
    return found


def microseconds(words: str) -> timedelta:
    """Raises ValueError for what no span can be."""
    return timedelta(microseconds=number(words) % 10**17)


@dataclass(frozen=True, slots=True)
class Kind:
    """`at` is the column of time that decides what belongs to a period. `rows` are those of a wish in no order,
    `total` says in words what all of them come to, `tell` makes rows of instances."""

    key: str
    title: str
    about: str
    noun: str
    at: str
    filters: tuple[str, ...]
    sorts: Mapping[str, Sort]
    columns: tuple[Column, ...]
    rows: Callable[[Wish], QuerySet[Any]]
    total: Callable[[Wish], Sequence[str]]
    tell: Callable[[Wish, Sequence[Any]], list[Row]]
