"""What the requests of several providers have in common. Pure."""

from __future__ import annotations

import re
from typing import Any

import orjson

from sessions_app.providers.base import Document, FileText, Picture, Request, Text, Turn
from sessions_app.providers.text import valid_value

UNREADABLE = "(The file “{name}” could not be read.)"
NOTHING = "(nothing)"  # a tool that answered nothing: some APIs refuse an empty result


def reads_files(request: Request) -> bool:
    """Whether `build` reads from the disk: it then belongs on a thread."""
    return any(isinstance(part, Picture | Document) for turn in request.turns for part in turn.parts)


def first_of_reply(turns: tuple[Turn, ...]) -> int:
    """Where the reply in progress begins: after the last turn in which a person said something.

    Signed or sealed thinking goes back only inside that reply, where the APIs want it beside its tool calls. From
    Claude 5.1 on a signature covers everything before it, and a history whose start moved, or whose tools changed,
    would be refused for ever (platform.claude.com/docs/en/build-with-claude/preserved-thinking).
    """
    spoken = [n for n, turn in enumerate(turns) if turn.role == "user" and _is_spoken(turn)]
    return spoken[-1] + 1 if spoken else 0


def _is_spoken(turn: Turn) -> bool:
    return any(
        isinstance(part, Picture | Document | FileText) or (isinstance(part, Text) and part.text.strip())
        for part in turn.parts
    )


def fenced(part: FileText) -> str:
    """A file's words under its name, between fences longer than any in it: what it says is its content, no word of
    the person."""
    runs = (len(found) for found in re.findall(r"`{3,}", part.text))
    fence = "`" * max(3, max(runs, default=0) + 1)
    return f"File “{part.name}”:\n{fence}{part.language}\n{part.text}\n{fence}"


def encodable(arguments: dict[str, Any]) -> dict[str, Any]:
    """Lone surrogates would fail in the SDK's encoder, far from here and as a connection error."""
    try:
        orjson.dumps(arguments)
    except TypeError:
        cleaned: dict[str, Any] = valid_value(arguments)
        return cleaned
    return arguments
