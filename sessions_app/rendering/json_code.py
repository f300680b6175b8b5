"""A stored value as formatted JSON in colours."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

import orjson

from .highlight import MAX_COLOURED, highlight

# Strings with the colon that makes them keys; numbers; words. Quotes are escaped only inside of attributes.
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b')
_HEAD, _BODY = highlight("\0", "json", colour=False).split("\0")


def json_html(value: Any) -> str:
    """A block of code; empty where there is nothing.

    Four times as quick as a lexer, which must be ready for what is no JSON: a card is made again at each change.
    """
    if value is None:
        return ""
    text = formatted(value)
    return f"{_HEAD}{coloured_json(text)}{_BODY}"


def coloured_json(text: str) -> str:
    """JSON as it stands, escaped; a beginning of it will do."""
    plain = escape(text, quote=False)
    return plain if len(text) > MAX_COLOURED else _TOKEN.sub(_coloured, plain)


def formatted(value: Any) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # a number of more than 64 bits, or half of a pair of surrogates
        return _slowly(value)


def _slowly(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, default=str)
    except RecursionError:
        return '"Nested too deeply to be shown."'


def _coloured(found: re.Match[str]) -> str:
    string, colon, number, word = found.groups()
    if string:
        return f'<span class="{"nt" if colon else "s2"}">{string}</span>{colon or ""}'
    return f'<span class="{"mi" if number else "kc"}">{number or word}</span>'
