"""The one thread before a provider that fails: what a program that waited is told, and what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import AsyncClient

from sessions_app.models import ChatSession, Message, User
from sessions_app.realtime.runtime import Runtime
from tests.upstream import Scenario, Upstream

from .page import login
from .stage import stored

THREE = "w1 w2 w3 "


async def post(client: AsyncClient, path: str, message: str) -> Any:
    return await client.post(path, json.dumps({"message": message}).encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("scenario", "status", "code", "kept"),
    [
        ("rate_limited", 429, "provider_limit", ""),
        ("overloaded", 503, "provider_busy", ""),
        ("error_event", 503, "provider_busy", THREE),
        ("unauthorized", 502, "reply_failed", ""),
        ("cut_rst", 502, "reply_failed", THREE),
        ("too_long", 422, "history_too_long", ""),
    ],
)
async def test_a_failed_reply_is_a_problem_and_its_text_is_kept(
    process: Runtime, upstream: Upstream, alice: User, scenario: str, status: int, code: str, kept: str
) -> None:
    client = await login(alice)
    upstream.set_default(scenario)
    response = await post(client, "/chat", "Hello")
    found = response.json()
    assert (response.status_code, found["status"], found["code"]) == (status, status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert found["response"].strip() == kept.strip()
    history = (await client.get("/chat/history")).json()["messages"]
    assert [each["content"] for each in history] == ["Hello", found["response"]]
    upstream.set_default(Scenario("words", words=3))
    assert (await post(client, "/chat", "And now?")).json()["response"].strip() == THREE.strip()


async def test_a_stream_tells_of_tries_and_of_the_error_before_it_is_done(
    process: Runtime, upstream: Upstream, alice: User
) -> None:
    client = await login(alice)
    for scenario, error in (("[[scenario:overloaded_then_ok]]", False), ("[[scenario:error_event]]", True)):
        response = await post(client, "/chat/stream", f"{scenario} go")
        raw = b"".join([piece async for piece in response.streaming_content]).decode()
        found = [json.loads(line.removeprefix("data: ")) for line in raw.split("\n") if line[:5] == "data:"]
        kinds = [each["type"] for each in found]
        assert (kinds[-1], kinds[-2] == "error") == ("done", error)
        if not error:
            assert any("try 2 of 3" in each["content"] for each in found if each["type"] == "status")
        said = "".join(each["content"] for each in found if each["type"] == "token")
        newest = await stored(lambda: Message.objects.filter(role="assistant").latest("created_at"))
        assert said == newest.content != ""


async def test_the_whole_history_is_sent_and_its_beginning_stays(
    process: Runtime, upstream: Upstream, alice: User
) -> None:
    client = await login(alice)
    upstream.set_default(Scenario("words", words=2))
    for number in range(14):
        assert (await post(client, "/chat", f"Question {number}")).status_code == 200
    bodies = [entry.body["messages"] for entry in upstream.replies]
    assert len(bodies[-1]) == 27
    assert all("Question 0" in str(body[0]) for body in bodies)
    assert (await stored(lambda: ChatSession.objects.get())).kind == "thread"
