"""Text as it may be kept: valid Unicode without NUL (PostgreSQL refuses it, and encoders refuse lone surrogates)."""

from __future__ import annotations

from typing import Any

REPLACEMENT = "\ufffd"


def valid_text(text: str) -> str:
    """The same text with surrogate pairs joined, and lone surrogates and NUL replaced by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def valid_value(value: Any) -> Any:
    """`valid_text` for every string and key in a JSON value."""
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, list):
        return [valid_value(item) for item in value]
    if isinstance(value, dict):
        return {valid_text(key): valid_value(item) for key, item in value.items()}
    return value


def splits_pair(text: str) -> bool:
    """Whether the text ends in the first half of a surrogate pair."""
    return "\ud800" <= text[-1:] <= "\udbff"
