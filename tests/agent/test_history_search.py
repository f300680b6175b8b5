"""Searches that a provider made by itself, on their way into the next request."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.agent.history import StoredMessage, turns
from sessions_app.providers.base import Raw, Text, ToolResult, ToolUse

pytestmark = pytest.mark.sqlite
ASKED = StoredMessage("user", [{"kind": "text", "turn": 0, "text": "Q"}])
USE = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}}
RESULT = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}


def search(turn: int = 1, result_turn: int = 1, **more: Any) -> dict[str, Any]:
    raw = {"provider": "anthropic", "model": "m", "block": USE, "result": RESULT, "result_turn": result_turn}
    part = {"kind": "tool_call", "turn": turn, "id": "1", "tool_use_id": "srvtoolu_1", "name": "web_search"}
    return {**part, "input": {"query": "q"}, "raw": {**raw, **more}}


def said(text: str, turn: int = 1) -> dict[str, Any]:
    return {"kind": "text", "turn": turn, "text": text}


def sent(*parts: dict[str, Any], model: str = "m", **results: tuple[str, bool]) -> list[Any]:
    found = turns(
        [ASKED, StoredMessage("assistant", parts, results), ASKED], provider="anthropic", model=model
    )
    made = [part for turn in found[1:] for part in turn.parts]
    assert made.pop() == Text("Q")
    return made


def own(block: dict[str, Any]) -> Text:
    return Text("", Raw("anthropic", "m", block))


def test_a_search_stands_with_its_result_where_it_was_made() -> None:
    assert sent(said("a"), search(), said("b")) == [Text("a"), own(USE), own(RESULT), Text("b")]


@pytest.mark.parametrize("part", [
    search(result_turn=0, result=None), search(result_turn=2), {**search(), "raw": {}}, search(model="other"),
])  # fmt: skip
def test_one_without_its_result_or_of_another_model_is_left_out(part: dict[str, Any]) -> None:
    assert sent(said("a"), part, said("b")) == [Text("a"), Text("b")]
    bare = {key: value for key, value in part.items() if key != "raw"}
    assert sent(said("a"), bare, said("b")) == [Text("a"), Text("b")]


def test_a_result_that_came_a_turn_later_stands_at_the_beginning_of_that_turn() -> None:
    ours = {"kind": "tool_call", "turn": 1, "id": "2", "tool_use_id": "toolu_1", "name": "costs", "input": {}}
    found = sent(search(result_turn=2), ours, said("b", 2), toolu_1=("3", False))
    assert found == [
        own(USE),
        ToolUse("toolu_1", "costs", {}),
        ToolResult("toolu_1", "3"),
        own(RESULT),
        Text("b"),
    ]
    assert sent(search(result_turn=2), ours, toolu_1=("3", False)) == [
        ToolUse("toolu_1", "costs", {}), ToolResult("toolu_1", "3"),
    ]  # fmt: skip


def test_a_cited_text_is_the_provider_s_own_to_it_and_plain_to_others() -> None:
    block = {"type": "text", "text": "b", "citations": [{"url": "u"}]}
    part = {
        **said("b"),
        "citations": [{"url": "u"}],
        "raw": {"provider": "anthropic", "model": "m", "block": block},
    }
    assert sent(said("a"), part) == [Text("a"), Text("b", Raw("anthropic", "m", block))]
    assert sent(said("a"), part, model="other") == [Text("a"), Text("b")]
