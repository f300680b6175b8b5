"""Tables of a result's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .reading import number, text
from .views import Cell, Table
from .words import counted, day_words, money, share, span


def cell(kind: str, value: Any) -> Cell:
    """A value by the kind of its column: a count, money, a share, milliseconds, a day, or text."""
    match kind:
        case "count":
            found = number(value)
            return Cell("" if found is None else f"{found:,.0f}" if found == int(found) else f"{found:,.1f}")
        case "money":
            return Cell(money(value))
        case "share":
            return Cell(share(value))
        case "ms":
            return Cell(span(value))
        case "day":
            return Cell(day_words(value))
    return Cell(text(value))


def table(
    title: str,
    found: Sequence[Mapping[str, Any]],
    columns: Mapping[str, tuple[str, str]],
    *,
    beside: bool = False,
) -> tuple[Table, ...]:
    """A table with these columns (a field's head and kind by its name); none where there are no rows."""
    if not found:
        return ()
    kinds = [(key, kind) for key, (_, kind) in columns.items()]
    return (
        Table(
            title,
            tuple(head for head, _ in columns.values()),
            tuple(tuple(cell(kind, row.get(key)) for key, kind in kinds) for row in found),
            frozenset(at for at, (_, kind) in enumerate(kinds) if kind not in ("text", "day")),
            beside,
        ),
    )


def sums(result: Mapping[str, Any]) -> str:
    """The tokens and cost of a result: "10,129,950 tokens, $23.9412"; empty where it has none."""
    tokens = number(result.get("total_tokens"))
    return "" if tokens is None else f"{counted(int(tokens), 'token')}, {money(result.get('total_cost'))}"
