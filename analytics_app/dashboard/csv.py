"""The panels of a dashboard as files of comma-separated values (RFC 4180, UTF-8).

Money has all its digits and no sign of a currency; a price that is not known is told by the words "price unknown" in
its cell, any other figure that is not known is an empty cell. A text that a spreadsheet would take for a formula stands
behind an apostrophe; numbers are numbers. Moments have the offset of their zone, times their unit in the head.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

from analytics_app.tools.asking import plain
from sessions_app.agent.labels import PRICE_UNKNOWN
from sessions_app.spreadsheets import harmless

from .panel import Column, Contents, Headline, Value
from .question import Question
from .reads import Reads
from .registry import PANELS, UNREADABLE, contents, headlines

HEADLINES = "headlines"
HEADLINE_COLUMNS = (
    Column("figure", "Figure"),
    Column("value", "Value"),
    Column("before", "Before"),
    Column("change", "Change"),
    Column("unpriced_calls", "Of unknown price", "count"),
)


def table(key: str, question: Question, reads: Reads) -> str:
    """One panel, or the strip (`headlines`). Raises KeyError for an unknown panel."""
    if key == HEADLINES:
        return of_headlines(headlines(question, reads))
    return of_contents(contents(key, question, reads))


def of_headlines(found: Iterable[Headline]) -> str:
    return written(HEADLINE_COLUMNS, [_headline(each) for each in found])


def of_contents(found: Contents) -> str:
    """The head and the rows; sums of them are left to who reads it, as they would be counted twice. Only figures that
    could not be read say so in a line: an empty file would say that there are none."""
    sheet = found.sheet
    if found.absent == UNREADABLE:
        return written(sheet.columns, [], [found.absent])
    kinds = [column.kind for column in sheet.columns]
    return written(
        sheet.columns,
        [
            [_cell(value, money=kind == "money") for value, kind in zip(row, kinds, strict=True)]
            for row in sheet.rows
        ],
    )


def archive(keys: Iterable[str], question: Question, reads: Reads) -> bytes:
    """A ZIP with a file for the strip and for each panel."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as folder:
        for key in (HEADLINES, *keys):
            folder.writestr(f"{key}.csv", table(key, question, reads))
    return packed.getvalue()


def known(key: str) -> bool:
    return key == HEADLINES or key in PANELS


def filename(key: str, question: Question) -> str:
    """Of letters, digits and dashes alone."""
    days = question.span.days
    when = f"{days[0]}-to-{days[-1]}" if days else "all-time"
    return f"{key.replace('_', '-')}-{when}"


def written(columns: Sequence[Column], rows: Iterable[Sequence[str]], said: Sequence[str] = ()) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text)  # CRLF at the end of a line, quotes where they are needed
    if columns:
        writer.writerow([_head(column) for column in columns])
    writer.writerows(rows)
    writer.writerows([_cell(line)] for line in said)
    return text.getvalue()


def _head(column: Column) -> str:
    """Times say their unit."""
    unit = "_ms" if column.kind == "ms" and not column.key.endswith("_ms") else ""
    return f"{column.key}{unit}"


def _cell(value: Value, *, money: bool = False) -> str:
    if value is None:
        return PRICE_UNKNOWN if money else ""
    if isinstance(value, Decimal):
        return plain(value) or ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | int | float | date):
        return str(value)
    return harmless(value)


def _headline(each: Headline) -> list[str]:
    money = each.kind == "money"
    changed = each.change
    before = _cell(changed.before, money=money and changed.before is None) if changed else ""
    share = _cell(changed.share) if changed else ""
    return [each.key, _cell(each.value, money=money), before, share, _cell(each.unpriced)]
