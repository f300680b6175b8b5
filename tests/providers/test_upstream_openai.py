"""The local servers refuse what the real ones refuse, so that a green test means something."""

from __future__ import annotations

from typing import Any

import pytest

from tests.upstream import compatible, openai, openai_rules

CALL = {"type": "function_call", "call_id": "c1", "name": "clock", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "noon"}
HELLO = {"role": "user", "content": [{"type": "input_text", "text": "hi"}]}
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [],
    "encrypted_content": openai_rules.seal("gpt-6-sol", ""),
}
PICTURE = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AAAA"}
BEARER = {"authorization": f"Bearer {openai.KEY}"}


def responses(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": "gpt-6-sol", "input": list(items) or [HELLO], **fields}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (responses(HELLO, CALL), "No tool output found"),
        (responses(HELLO, CALL, HELLO), "No tool output found"),
        (responses(HELLO, OUTPUT), "No tool call found"),
        (responses(HELLO, CALL, CALL, OUTPUT), "Duplicate function call"),
        (responses(HELLO, {**CALL, "call_id": "c" * 65}), "string too long"),
        (responses(HELLO, {**CALL, "name": "a b"}), "does not match pattern"),
        (responses(HELLO, {**CALL, "caller": "me"}), "Unknown parameter: 'input[1].caller'"),
        (responses(HELLO, THOUGHT, HELLO), "without its required following item"),
        (responses(HELLO, {**THOUGHT, "encrypted_content": "x"}, CALL, OUTPUT), "could not be verified"),
        (responses({"role": "user", "content": [PICTURE]}), "does not represent a valid file"),
        (responses({"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}), "Invalid value"),
        (responses(temperature=0.5), "'temperature' is not supported"),
        (responses(reasoning={"effort": "none"}), "'none' is not supported"),
        (responses(model="gpt-4o", reasoning={"effort": "low"}), "'reasoning.effort' is not supported"),
        (responses(max_output_tokens=5), "below minimum"),
        (responses(max_tokens=5), "Unknown parameter: 'max_tokens'"),
        (responses(tools=[{"type": "function", "name": "a", "parameters": {}}]), "additionalProperties"),
        (responses("hi"), "malformed"),  # type: ignore[arg-type]
    ],
)
def test_openai_refuses_a_request_that_the_real_one_refuses(body: dict[str, Any], words: str) -> None:
    refused = openai_rules.refusal(body, BEARER, openai.KEY)
    assert refused is not None
    assert refused.status == 400
    assert words in refused.message


def test_openai_takes_a_whole_round_with_thinking_and_a_tool() -> None:
    body = responses(HELLO, THOUGHT, CALL, OUTPUT, reasoning={"effort": "low"}, max_output_tokens=16)
    assert openai_rules.refusal(body, BEARER, openai.KEY) is None


USER = {"role": "user", "content": "hi"}
ASKS = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}],
}
TOLD = {"role": "tool", "tool_call_id": "c1", "content": "noon"}


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([USER, ASKS, USER], "must be followed by tool messages"),
        ([USER, ASKS], "must be followed by tool messages|must end with"),
        ([USER, TOLD], "must be a response to a preceding message"),
        ([USER, ASKS, TOLD, TOLD], "must be a response to a preceding message"),
        ([USER, {"role": "assistant", "content": ""}, USER], "content must not be empty"),
        ([USER, {"role": "assistant", "content": None}, USER], "Extra inputs"),
        ([USER, {"role": "system", "content": "x"}], "must be at the beginning"),
        ([{"role": "user", "content": [{"type": "file", "file": {}}]}], "Unknown part type"),
        ([{"role": "user", "content": "hi", "name": "x"}], "Extra inputs"),
    ],
)
def test_a_compatible_server_refuses_broken_histories(messages: list[dict[str, Any]], words: str) -> None:
    refused = compatible.refusal({"model": "qwen3", "messages": messages}, {}, "")
    assert refused is not None
    assert any(each in refused.message for each in words.split("|"))


def test_a_compatible_server_takes_a_whole_round() -> None:
    assert compatible.refusal({"model": "qwen3", "messages": [USER, ASKS, TOLD]}, {}, "") is None
