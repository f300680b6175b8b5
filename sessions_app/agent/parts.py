"""What the parts of a message say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def text_of(parts: Iterable[Mapping[str, Any]]) -> str:
    """The text parts joined; texts of different turns stand apart."""
    texts: list[str] = []
    last_turn = None
    for part in parts:
        if part["kind"] == "text" and part["text"]:
            if texts and part["turn"] != last_turn:
                texts.append("\n\n")
            texts.append(part["text"])
            last_turn = part["turn"]
    return "".join(texts)
