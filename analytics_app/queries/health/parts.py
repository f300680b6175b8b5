"""One part of the workspace, how it is, and by which measurement that is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Status = Literal["ok", "degraded", "down", "off"]
Unit = Literal["ms", "s", "%", "replies", "bytes", "days", "jobs"]


@dataclass(frozen=True, slots=True)
class Component:
    """One part: `detail` is a sentence, `value` a number of `unit`, None where there is none. `off`: there is nothing
    to measure. `at` is when it was measured, `figures` more of the same measurement: a name and its words."""

    name: str
    status: Status
    detail: str
    value: float | None = None
    unit: Unit = "ms"
    key: str = ""
    at: datetime | None = None
    figures: tuple[tuple[str, str], ...] = ()


def worst(components: Iterable[Component]) -> Status:
    """The state of the whole; parts that are switched off do not count."""
    found = {component.status for component in components}
    return "down" if "down" in found else "degraded" if "degraded" in found else "ok"


def size_words(size: float) -> str:
    """Bytes as "1.4 GB"."""
    for name, unit in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= unit:
            return f"{size / unit:,.{0 if size >= 100 * unit else 1}f}\u00a0{name}"
    return f"{size / 1e3:,.0f}\u00a0KB"
