"""Values of rows in words for people, with every digit where one points at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics_app.queries.tokens import TokenSums
from analytics_app.tools.asking import plain
from sessions_app.agent.labels.words import PRICE_UNKNOWN, moment_words, money, span

from .kind import Column, Row, Value
from .names import Name

NUMBERS = ("count", "money", "ms")


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of the table; `title` is what stands there exactly, for those who point at it."""

    text: str
    title: str = ""
    link: str = ""
    state: str = ""
    number: bool = False


def cells(
    rows: Iterable[Row],
    columns: Iterable[Column],
    found: Mapping[UUID | None, Name],
    zone: tzinfo,
    today: date,
) -> list[list[Cell]]:
    """The rows of a table, a cell for each column."""
    shown = list(columns)
    return [[_cell(row, column, found, zone, today) for column in shown] for row in rows]


def _cell(row: Row, column: Column, found: Mapping[UUID | None, Name], zone: tzinfo, today: date) -> Cell:
    if column.key == "session":
        name = found[row.session]
        return Cell(name.words, name.words, link=name.link)
    if column.key == "message":
        return _message(row, found[row.session])
    text, title = told(row.values[column.key], column.kind, zone, today)
    return Cell(
        text,
        row.titles.get(column.key) or title,
        row.links.get(column.key, ""),
        row.states.get(column.key, ""),
        number=column.kind in NUMBERS,
    )


def _message(row: Row, name: Name) -> Cell:
    """Leads to the message where its session is one's own; others' are opened by their session."""
    if row.message is None:
        return Cell(_("Deleted"))
    session = reverse("session", args=[row.session])
    if name.link != session:
        return Cell(str(row.message)[-12:], str(row.message))
    return Cell(_("Show"), link=f"{session}?message={row.message}#message-{row.message}")


def told(value: Value, kind: str, zone: tzinfo, today: date) -> tuple[str, str]:
    """A value in words, and exactly."""
    if kind == "money":
        return (PRICE_UNKNOWN, "") if value is None else (money(value), f"${plain(Decimal(str(value)))}")
    if value is None:
        return "–", ""
    if isinstance(value, datetime):
        at = value.astimezone(zone)
        return moment_words(at, today), f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
    if kind == "ms":
        return span(value), f"{value:,} ms"
    return (f"{value:,}", "") if kind == "count" else (str(value), "")


def cost_words(cost: Decimal | None, unpriced: int) -> list[str]:
    """The known cost, and how many calls it leaves out."""
    words = [] if not cost and unpriced else [money(cost or Decimal(0))]
    if unpriced:
        words.append("1 call of unknown price" if unpriced == 1 else f"{unpriced:,} calls of unknown price")
    return words


def sums_words(sums: TokenSums) -> list[str]:
    if not sums.calls:
        return ["0 calls"]
    return [
        "1 call" if sums.calls == 1 else f"{sums.calls:,} calls",
        f"{sums.total:,} tokens",
        *cost_words(sums.cost, sums.unpriced_calls),
    ]


def exactly(value: Any, kind: str) -> Any:
    """For a file: all digits, ISO moments, a price that is unknown in words, nothing for what else is not known."""
    if kind == "money" and value is None:
        return PRICE_UNKNOWN
    if isinstance(value, datetime):
        return value.isoformat()
    return plain(value) if isinstance(value, Decimal) else value
