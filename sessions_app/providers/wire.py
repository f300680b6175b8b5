"""What stream events hold: JSON, read strictly and never repaired, and text, made valid. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import orjson

from sessions_app.providers.base import Event, TextDelta, ThinkingDelta
from sessions_app.providers.text import REPLACEMENT, splits_pair, valid_text, valid_value

BROKEN_INPUT = "The input of this tool call is not valid JSON, or it was cut off."
WRONG_INPUT = "The input of this tool call is not a JSON object."


def parse_event(data: bytes) -> dict[str, Any]:
    """One event's JSON. orjson refuses lone surrogates, which do come (half an emoji), so those go another way."""
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError:
        if b"\\u" not in data:
            raise
        event = json.loads(data)
    if not isinstance(event, dict):
        raise TypeError("an event is an object")
    return event


def arguments(source: str) -> tuple[dict[str, Any] | None, str]:
    """The input of a tool call from its collected JSON, and why there is none."""
    try:
        # Not orjson: it makes an inexact float of a long number, and a long number may be an id.
        value = json.loads(source, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None, BROKEN_INPUT
    if not isinstance(value, dict):
        return None, WRONG_INPUT
    return valid_value(value), ""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number too large")
    return value


def is_plain(text: str) -> bool:
    """Whether no cleaning is needed. orjson never gives surrogates, and asking for ASCII costs next to nothing."""
    return (text.isascii() and "\x00" not in text) or (not splits_pair(text) and valid_text(text) == text)


class Pairs:
    """Emoji that come in two deltas, half a surrogate pair each: the first half waits for the second. By the block."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[int, str] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, block: int, text: str, kind: type[TextDelta] | type[ThinkingDelta]) -> list[Event]:
        text = self._waiting.pop(block, "") + text
        if splits_pair(text):
            self._waiting[block], text = text[-1], text[:-1]
        return [kind(valid_text(text))] if text else []

    def end(self, block: int, kind: type[TextDelta] | type[ThinkingDelta]) -> list[Event]:
        """What waited in vain."""
        return [kind(REPLACEMENT)] if self._waiting.pop(block, "") else []
