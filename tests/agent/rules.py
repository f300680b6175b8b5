"""The rules a history must keep or be answered 400, written from the API's side and not from ours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sessions_app.providers.base import Raw, Text, ToolResult, ToolUse, Turn


def broken_rules(turns: Sequence[Turn], provider: str, model: str) -> list[str]:
    """What is wrong with these turns, in words; empty if nothing is."""
    broken: list[str] = []
    if turns and turns[0].role != "user":
        broken.append("begins with an assistant turn")
    if turns and turns[-1].role != "user":
        broken.append("ends with an assistant turn")
    for before, after in pairwise(turns):
        if before.role == after.role:
            broken.append(f"two {before.role} turns in a row")
    open_calls: list[str] = []
    ever: set[str] = set()
    for turn in turns:
        broken += _turn_rules(turn, provider, model)
        answered = [part.tool_use_id for part in turn.parts if isinstance(part, ToolResult)]
        if answered != open_calls:
            broken.append(f"results {answered} do not answer calls {open_calls}")
        open_calls = [part.id for part in turn.parts if isinstance(part, ToolUse)]
        if ever.intersection(open_calls) or len(set(open_calls)) != len(open_calls):
            broken.append("a call's id is used twice")
        ever.update(open_calls)
    if open_calls:
        broken.append(f"calls {open_calls} never get a result")
    return broken


def _turn_rules(turn: Turn, provider: str, model: str) -> list[str]:
    broken = [] if turn.parts else ["an empty turn"]
    places = [number for number, part in enumerate(turn.parts) if isinstance(part, ToolResult)]
    if places != list(range(len(places))):
        broken.append("results do not stand first in their turn")
    for part in turn.parts:
        if isinstance(part, Text) and not part.text.strip() and part.own is None:
            broken.append("text of blanks")
        if isinstance(part, Raw) and (part.provider, part.model) != (provider, model):
            broken.append("thinking of another model")
        if isinstance(part, ToolResult) and turn.role != "user":
            broken.append("a result in an assistant turn")
        if isinstance(part, ToolUse | Raw) and turn.role != "assistant":
            broken.append("a call or thinking in a user turn")
    if turn.role == "assistant" and all(isinstance(part, Raw) for part in turn.parts):
        broken.append("thinking alone")
    return broken
