"""Files for spreadsheets: comma-separated, with cells no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: Any) -> str:
    """The text of a cell. What people or models wrote and a spreadsheet would calculate gets an apostrophe in front;
    numbers stay as they are. (OWASP, CSV injection.)"""
    text = "" if value is None else str(value)
    return (
        f"'{text}"
        if isinstance(value, str) and text.lstrip(" \u00a0").startswith(RISKY) and not _number(text)
        else text
    )


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def lines(rows: Iterable[Iterable[Any]]) -> str:
    """These rows as lines of a file (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless(value) for value in row] for row in rows)
    return out.getvalue()
