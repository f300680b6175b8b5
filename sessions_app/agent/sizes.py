"""How large a request is, in tokens by rule of thumb: too small as often as too large, by up to a half. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sessions_app.providers.base import (
    Document,
    FileText,
    Part,
    Picture,
    Raw,
    Request,
    Text,
    ToolResult,
    ToolUse,
    Turn,
    estimate_tokens,
)

TOOL_PROMPT = 350  # added by the API where there are tools (docs.claude.com, "Tool use", pricing)


def rough_size(request: Request) -> int:
    """Input tokens of a request, for a ledger row that may never be settled by its own process, and for what is set
    aside. Thinking counts in the reply under way alone: no other is sent."""
    begun = _begun(request.turns)
    parts = [
        part
        for number, turn in enumerate(request.turns)
        for part in turn.parts
        if number >= begun or not isinstance(part, Raw)
    ]
    tools = sum(spec.tokens for spec in request.tools) + (TOOL_PROMPT if request.tools else 0)
    return estimate_tokens([request.system]) + size_of(parts) + tools


def size_of(parts: Iterable[Part]) -> int:
    """Tokens of these parts alone: what a request grows by when they are appended."""
    parts = list(parts)
    seen = sum(part.tokens for part in parts if isinstance(part, Picture | Document))
    return estimate_tokens([text_of(part) for part in parts]) + seen


def _begun(turns: Sequence[Turn]) -> int:
    """Where the turns of the reply under way begin: after the last in which a person said something."""
    for number in range(len(turns) - 1, -1, -1):
        turn = turns[number]
        if turn.role == "user" and not all(isinstance(part, ToolResult) for part in turn.parts):
            return number + 1
    return 0


def text_of(part: Part) -> str:
    match part:
        case Text(text, own):
            return text + (str(own.block) if own is not None and not text else "")
        case ToolResult(_, content):
            return content
        case FileText(name=name, text=text):
            return name + text
        case ToolUse(_, name, given):
            return name + json.dumps(dict(given), default=str)
        case Raw(_, _, block):
            return "".join(value for value in block.values() if isinstance(value, str))
    return ""
