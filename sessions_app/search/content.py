"""What of a message is searched: its text, the names of its files, and what its tools returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sessions_app.rendering.clean import clean_text

OWN_LIMIT, TOOLS_LIMIT = 100_000, 20_000  # characters


def searched(content: str, results: Iterable[Any] = (), names: Iterable[str] = ()) -> tuple[str, int]:
    """The text to index, and how many of its characters are the message's own: its words, then the names of its
    files."""
    named = "\n".join(names)
    own = "\n".join(part for part in (content[:OWN_LIMIT], named) if part)
    told = told_by(results)
    return (f"{own}\n{told}" if told else own), len(own)


def told_by(results: Iterable[Any]) -> str:
    """The texts and numbers in results of tools, each on a line; names of fields are no content. Cleaned: JSON may hold what no
    database takes, and the end of a reply must not fail for it."""
    lines: list[str] = []
    length = 0
    for value in _values(list(results)):
        lines.append(value)
        length += len(value) + 1
        if length > TOOLS_LIMIT:
            break
    return clean_text("\n".join(lines)[:TOOLS_LIMIT]).strip()


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
