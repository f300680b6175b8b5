"""What stands in a stored result, read without trust: any JSON value may stand anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MOST = 400
"""Rows read of one list; a result is cut long before."""
_OWN_PATH = re.compile(r"/(?![/\\])[\w\-./?=&%#:,+~@]{0,500}")


def table_of(value: Any) -> Mapping[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(result: Any, key: str) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    found = table_of(result).get(key)
    return [row for row in found[:MOST] if isinstance(row, Mapping)] if isinstance(found, list) else []


def number(value: Any) -> float | None:
    """A figure or decimal string of 0 or more; None where it is none."""
    if type(value) not in (int, float, str):  # as JSON has them: true is no figure
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    if not -1e18 < found < 1e18:  # neither is what is no number
        return None
    return found if found > 0 else 0.0


def whole(value: Any) -> int:
    """A count; 0 where there is none."""
    return int(number(value) or 0) if isinstance(value, int | float) else 0


def text(value: Any, limit: int = 200) -> str:
    """A string; empty for anything else."""
    return value[:limit] if isinstance(value, str) else ""


def own_path(value: Any) -> str:
    """A path of this site; empty for every other address."""
    return value if isinstance(value, str) and _OWN_PATH.fullmatch(value) else ""
