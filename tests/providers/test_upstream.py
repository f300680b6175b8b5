"""The local upstream refuses what the real API refuses, so that a green test means something."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.upstream import DEFAULT_KEY, SCENARIOS, Scenario, Upstream

USE = {"type": "tool_use", "id": "t1", "name": "clock", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "noon"}
MARK = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "forged"}


def post(url: str, path: str, body: dict[str, Any], key: str = DEFAULT_KEY) -> tuple[int, Any]:
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01", "content-type": "application/json"}
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


def body(*messages: tuple[str, Any], **fields: Any) -> dict[str, Any]:
    turns = [{"role": role, "content": content} for role, content in messages or [("user", "hi")]]
    return {"model": "claude-sonnet-5-5", "max_tokens": 2048, "messages": turns, **fields}


REFUSED = [
    (body(("assistant", "hi"), ("user", "hi")), "first message must use the user role"),
    (body(("user", "hi"), ("assistant", [USE]), ("user", "and?")), "without `tool_result` blocks"),
    (body(("user", "hi"), ("assistant", [USE])), "prefill"),
    (body(("user", [RESULT])), "unexpected `tool_use_id`"),
    (
        body(("user", "hi"), ("assistant", [USE]), ("user", [{"type": "text", "text": "x"}, RESULT])),
        "must come first",
    ),
    (body(("user", " ")), "text content blocks must be non-empty"),
    (body(("user", "hi"), ("assistant", []), ("user", "hi")), "non-empty content"),
    (body(("user", "hi"), ("assistant", "x")), "prefill"),
    (body(("user", "hi"), ("assistant", [THOUGHT]), ("user", "hi")), "Invalid `signature`"),
    (body(temperature=0.5), "`temperature` is deprecated"),
    (body(top_k=3), "`top_k` is deprecated"),
    (body(thinking={"type": "enabled", "budget_tokens": 1024}), "thinking.type.enabled"),
    (body(thinking={"type": "disabled"}), "thinking.type.disabled"),
    (body(max_tokens=None), "max_tokens: Field required"),
    (body(max_tokens=10**6), "more than this model's maximum"),
    (body(("user", [MARK] * 5)), "A maximum of 4 blocks"),
    ({"model": "claude-sonnet-5-5", "max_tokens": 5, "messages": []}, "at least one message"),
    ({"model": "claude-sonnet-5-5", "max_tokens": 5, "messages": ["hi"]}, "malformed"),
]


@pytest.mark.parametrize(("refused", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_the_api_refuses_is_refused(upstream: Upstream, refused: dict[str, Any], words: str) -> None:
    status, answer = post(upstream.url, "/v1/messages", refused)
    assert (status, answer["type"], answer["error"]["type"]) == (400, "error", "invalid_request_error")
    assert words in answer["error"]["message"]


ACCEPTED = [
    body(("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", "d"), ("user", "e")),
    body(("user", "hi"), ("assistant", [USE]), ("user", [RESULT, {"type": "text", "text": "x"}])),
    body(("user", "hi"), ("assistant", "x"), model="claude-haiku-4-5", temperature=0.5),
    body(("user", [MARK] * 4)),
]


@pytest.mark.parametrize("accepted", ACCEPTED)
def test_what_the_api_accepts_is_answered(upstream: Upstream, accepted: dict[str, Any]) -> None:
    status, answer = post(upstream.url, "/v1/messages", accepted)
    assert status == 200
    assert answer["content"] == [{"type": "text", "text": upstream.log[0].text}]
    assert answer["usage"]["output_tokens"] == 20


def test_a_wrong_key_and_an_unknown_model_are_refused(upstream: Upstream) -> None:
    assert post(upstream.url, "/v1/messages", body(), key="wrong")[0] == 401
    assert post(upstream.url, "/v1/messages", body(model="claude-opus-99"))[0] == 404


def test_a_marker_in_the_text_chooses_an_answer_for_each_try(upstream: Upstream) -> None:
    marked = body(("user", "hi [[scenario:overloaded_then_ok]]"))
    assert [post(upstream.url, "/v1/messages", marked)[0] for _ in range(4)] == [529, 529, 200, 200]


def test_it_runs_out_of_process_and_is_steered_over_http() -> None:
    command = [sys.executable, "-m", "tests.upstream", "--words", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{int(process.stdout.readline())}"
            assert post(url, "/scenario", {"queue": ["server_error"]}) == (200, {"queued": 1})
            assert post(url, "/scenario", {"default": "no such thing"})[0] == 400
            assert [post(url, "/v1/messages", body())[0] for _ in range(2)] == [500, 200]
            with urllib.request.urlopen(url + "/log", timeout=30) as answer:
                log = json.loads(answer.read())
            assert [(entry["status"], entry["text"]) for entry in log] == [(500, ""), (200, "w1 w2 w3 ")]
        finally:
            process.terminate()


def test_every_scenario_can_be_named_by_json() -> None:
    for name in SCENARIOS:
        assert Scenario.of({"name": name, "words": 2}).name == name
    with pytest.raises(ValueError, match="no such scenario"):
        Scenario.of({"name": "words", "speed": 3})
