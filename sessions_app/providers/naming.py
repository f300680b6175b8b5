"""Keys of tool calls and names of tools, made to fit another API than the one they came from. Pure.

The same name always becomes the same one, so that a history stays alike from call to call and its cached prefix is
found again; what fits already stays as it is.
"""

from __future__ import annotations

import hashlib
import re

# What every API takes: https://platform.claude.com/docs/en/api/messages, https://developers.openai.com/api/reference
_FITTING = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ODD = re.compile(r"[^a-zA-Z0-9_-]+")
_LONGEST = 64
_MARK = 12


def call_id(given: str) -> str:
    """The key of a call, of at most 64 letters, digits, underscores and hyphens."""
    return given if _FITTING.fullmatch(given) else f"call_{_mark(given, 32)}"


def tool_name(given: str) -> str:
    """The name of a tool, of the same characters; a model may have called one that was never there by any name."""
    if _FITTING.fullmatch(given):
        return given
    safe = _ODD.sub("_", given).strip("_")[: _LONGEST - _MARK - 1]
    return f"{safe or 'tool'}_{_mark(given, _MARK)}"


def _mark(given: str, length: int) -> str:
    return hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()[:length]
