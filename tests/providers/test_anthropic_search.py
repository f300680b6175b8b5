"""Blocks of Anthropic's own search in the stream: what is taken of them, whatever they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sessions_app.providers.anthropic_request import build
from sessions_app.providers.anthropic_stream import Reading
from sessions_app.providers.base import (
    End,
    Raw,
    Request,
    ServerToolAnswered,
    ServerToolCalled,
    Text,
    TextCited,
    TextDelta,
    Turn,
)

pytestmark = pytest.mark.sqlite
CALL = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
SITE = {"type": "web_search_result_location", "url": "https://a.example/", "title": "A", "encrypted_index": "e", "cited_text": "x"}  # fmt: skip


def read(*events: dict[str, Any], usage: dict[str, Any] | None = None) -> list[Any]:
    reading = Reading("m")
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 3, "output_tokens": 1}}}
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": usage or {"output_tokens": 5},
    }
    told = []
    for event in (start, *events, end, {"type": "message_stop"}):
        told += reading.read(json.dumps(event).encode())
    return told[1:]


def block(index: int, head: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": head},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def asked(source: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": source}


def said(text: str) -> dict[str, Any]:
    return {"type": "text_delta", "text": text}


def test_searches_are_counted_as_the_provider_reports_them() -> None:
    usage = {"output_tokens": 5, "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 0}}
    [end] = read(usage=usage)
    assert isinstance(end, End)
    assert (end.counts.web_searches, end.counts.total) == (3, 8)


def test_tools_of_the_server_that_nobody_asked_for_and_broken_calls_are_passed_over() -> None:
    told = read(
        *block(0, {**CALL, "name": "web_fetch"}, asked('{"url": "x"}')),
        *block(1, {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1", "content": {}}),
        *block(2, CALL, asked('{"query": "cut')),
    )
    assert [type(each) for each in told] == [End]


def test_text_before_a_search_costs_no_more_and_after_it_is_told_with_what_it_cites() -> None:
    other = {"type": "char_location", "cited_text": "no page"}
    told = read(
        *block(0, {"type": "text", "text": ""}, said("One ")),
        *block(1, CALL, asked('{"query": "q"}')),
        *block(2, {"type": "text", "text": ""}, {"type": "citations_delta", "citation": other}, said("two ")),
        *block(3, {"type": "text", "text": "", "citations": []}, {"type": "citations_delta", "citation": SITE},
               said("th"), said("ree\ud83d"), said("\ude00"), {"type": "citations_delta", "citation": SITE}),
    )  # fmt: skip
    texts = [each.text for each in told if isinstance(each, TextDelta)]
    assert texts == ["One ", "two ", "th", "ree", "😀"]
    [call] = [each for each in told if isinstance(each, ServerToolCalled)]
    assert dict(call.raw.block) == {**CALL, "input": {"query": "q"}}
    [cited] = [each for each in told if isinstance(each, TextCited)]
    assert (cited.length, [page.url for page in cited.citations]) == (6, ["https://a.example/"])
    assert cited.raw.block["text"] == "three😀"
    assert cited.raw.block["citations"] == [SITE, SITE]


@pytest.mark.parametrize(
    "content", [[], [{"url": None, "title": "half \ud83d\x00"}], {"error_code": "unavailable"}, {}]
)
def test_a_result_of_any_content_can_be_kept_and_sent_back(content: Any) -> None:
    head = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": content}
    [answer, _] = read(*block(0, head))
    assert isinstance(answer, ServerToolAnswered)
    assert bool(answer.error) == isinstance(content, dict)
    json.dumps(dict(answer.raw.block), ensure_ascii=False).encode()
    assert "\x00" not in str(answer)


def test_own_blocks_go_to_their_model_where_it_may_search_and_nowhere_else() -> None:
    own = Raw("anthropic", "claude-opus-5-5", {**CALL, "input": {"query": "q"}})
    turns = (
        Turn("user", (Text("Q"),)),
        Turn("assistant", (Text("Before."), Text("", own), Text("after", Raw("anthropic", "claude-opus-5-5", {"type": "text", "text": "after"})))),
        Turn("user", (Text("And?"),)),
    )  # fmt: skip

    def types(model: str, *tools: str) -> list[str]:
        arguments = build(Request(model, turns, server_tools=tools))
        return [each["type"] for each in arguments["messages"][1]["content"]]

    assert types("claude-opus-5-5", "web_search") == ["text", "server_tool_use", "text"]
    assert types("claude-opus-5-5") == ["text", "text"]
    assert types("claude-sonnet-5-5", "web_search") == ["text", "text"]
    tools = build(Request("claude-opus-5-5", turns, server_tools=("web_search",)))
    assert [tool["name"] for tool in tools["tools"]] == ["web_search"]
    assert "tool_choice" not in tools
