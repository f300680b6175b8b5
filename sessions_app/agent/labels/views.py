"""What a card shows of a result, as values: figures, charts, tables, a timeline. How they are drawn is not said here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Unit = Literal["", "$", "s"]
Palette = Literal["tool", "tokens", "series", "mood"]
State = Literal["", "well", "waiting", "failing", "running"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table. `marks` are the characters to highlight, `state` the shape that stands before it."""

    text: str
    link: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    state: State = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The first column is each row's head. Columns named in `numbers` are aligned at the end.

    One that stands `beside` the charts is shown with them too.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of horizontal bars: a part for each series, and what is written at its end."""

    label: str
    parts: tuple[float, ...]
    told: str = ""
    cost: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, one for each name."""

    title: str
    series: tuple[str, ...]
    rows: tuple[Bar, ...]
    palette: Palette = "tool"


@dataclass(frozen=True, slots=True)
class Columns:
    """Vertical bars, a value for each series; `missing` are the places of which nothing is known. `notes` say in words
    what is unusual at a place; the last `until` places are days still to come, without values. `colours` are those of
    the palette that the series have, where they are not its first ones."""

    title: str
    series: tuple[str, ...]
    labels: tuple[str, ...] = ()
    values: tuple[tuple[float, ...], ...] = ()
    unit: Unit = ""
    noun: str = ""
    palette: Palette = "tool"
    low: bool = False
    missing: frozenset[int] = frozenset()
    notes: Mapping[int, str] = field(default_factory=dict)
    until: int = 0
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a line is heading: the label of its end, and the range there. A line of `sums` goes on rising to it, one of
    days stays level."""

    label: str
    steps: int
    expected: float
    low: float
    high: float
    sums: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its area; None is a gap. `unusual` are places marked with a dot. `limit` is a height with its name,
    which the line should stay below."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    unit: Unit = ""
    unusual: frozenset[int] = frozenset()
    projection: Projection | None = None
    limit: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """Squares in rows and columns, the darker the more."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    noun: str = ""


Chart = Bars | Columns | Line | Heat


@dataclass(frozen=True, slots=True)
class Event:
    """One thing of a timeline: when, what, in what state."""

    when: str
    title: str
    detail: str = ""
    link: str = ""
    state: State = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of an entry; `mark` is a colour, or a kind of remark (`labels.web.MARKS`)."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One of a list: a page that was found, a step of a guide, a moment of a video. `link` is an address of another host or
    a path of this site, `pictures` are addresses of other hosts, which nothing loads before somebody clicks."""

    title: str
    link: str = ""
    detail: str = ""
    lines: tuple[Remark, ...] = ()
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a card shows of a result beside its JSON; any of it may be missing.

    `said` are sentences (changes, projections), `counted` says which rows were counted, `link` shows the same rows,
    `note` that the result was cut. `begins` is the view it opens with, where it has that.
    """

    total: str = ""
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    timeline: tuple[Event, ...] = ()
    entries: tuple[Entry, ...] = ()
    said: tuple[str, ...] = ()
    counted: str = ""
    link: str = ""
    note: str = ""
    begins: Literal["chart", "timeline", "table", "list"] = "chart"

    def unlinked(self) -> Contents:
        """The same without addresses of this site's pages: for readers who may not open those."""
        return replace(
            self,
            link="",
            tables=tuple(_unlinked(table) for table in self.tables),
            timeline=tuple(replace(event, link="") for event in self.timeline),
            entries=tuple(
                replace(each, link="") if each.link.startswith("/") else each for each in self.entries
            ),
        )


def figures(*pairs: tuple[str, str]) -> tuple[Figure, ...]:
    """Those of which something is known."""
    return tuple(Figure(name, value) for name, value in pairs if value)


def _unlinked(table: Table) -> Table:
    return replace(table, rows=tuple(tuple(replace(cell, link="") for cell in row) for row in table.rows))
