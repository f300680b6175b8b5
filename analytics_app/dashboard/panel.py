"""What a panel of the dashboard is: a question in; a chart, a table, sentences out. One panel is one function.

The table is the panel's truth: page, CSV and programs read the same rows, so that they cannot differ. Values in it are
exact (Decimal, int, date, str, None for what is not known); how they are told is decided by the kind of their column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sessions_app.agent.labels.views import Chart, Figure

from .question import Question

Kind = Literal["text", "day", "moment", "count", "money", "ms", "share", "number"]
"""money: USD, Decimal; ms: milliseconds, int; share: a part of one, float; moment: a datetime in the
reader's zone. None is "unknown", never 0."""
Value = str | int | float | Decimal | date | datetime | None
MOST_ROWS = 60
"""Of more a page shows the first, and only those need links; the CSV has all."""


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names it for programs and in the CSV's head, `name` on the page. One that is `programs`
    stands in files and answers of the API alone, after all others."""

    key: str
    name: str
    kind: Kind = "text"
    programs: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under their columns. `links` has an address for the first cell of a row, by the row's place, `cells`
    those for others, by row and column. `total` is a row of sums, where adding up says something. `heads` has the
    address that puts the rows in the order of a column, by its place, empty for the one they are in."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    links: Mapping[int, str] | None = None
    total: tuple[Value, ...] | None = None
    cells: Mapping[tuple[int, int], str] | None = None
    heads: Mapping[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Against the period before. `share` is how much more as a part of it (points, for a figure that is itself a
    share); None where there is nothing to compare with. `better` says whether more is: None where that is not certain."""

    before: Value
    share: float | None
    better: bool | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of the strip. `href` leads to the rows behind it."""

    key: str
    name: str
    kind: Kind
    value: Value
    change: Change | None = None
    href: str = ""
    unpriced: int = 0
    """Calls of unknown price that a sum of money leaves out."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a panel shows. `total` stands at the end of its head; `said` are sentences below; `href` leads to the rows
    behind it; `absent` says in words why there is nothing (no rows, or a filter this panel cannot follow)."""

    sheet: Sheet
    chart: Chart | None = None
    total: str = ""
    figures: tuple[Figure, ...] = ()
    said: tuple[str, ...] = ()
    href: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`read` makes it of a question; `Facts` are what panels of one page read together. `wide` panels take two thirds
    of the page. `everyone` ones are shown only to staff who asked about everyone."""

    key: str
    title: str
    about: str
    read: Callable[[Question, Any], Contents]
    wide: bool = False
    everyone: bool = False
