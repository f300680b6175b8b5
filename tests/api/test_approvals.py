"""A program answers a tool call that asks: the stream ends there, and goes on from its answer."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from sessions_app.models import ChatSession, ToolCall
from sessions_app.realtime.runtime import Runtime

from .program import Event, Program, problem, streamed, text_of
from .test_streams import begin, content_of, resume, statuses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def asking(settings: Any) -> None:
    settings.APPROVAL_TOOLS = ["analyze_token_usage"]


async def approve(client: AsyncClient, key: str, body: dict[str, Any], **headers: str) -> Any:
    return await client.post(
        f"/api/chat/messages/{key}/approve",
        json.dumps(body).encode(),
        content_type="application/json",
        headers=headers,
    )


async def waiting(client: AsyncClient, chat: ChatSession) -> tuple[list[Event], str, str]:
    """The stream up to the question, and the keys of reply and call."""
    found = await streamed(await begin(client, chat))
    last = found[-1].chunk
    assert last["data"]["status"] == "waiting"
    return found, last["reply"], last["data"]["tool_call"]


async def test_the_stream_ends_at_the_question_and_the_answer_streams_the_rest(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    found, reply, call = await waiting(alice_waits, chat)
    asked = [event.chunk["data"] for event in found if event.chunk["type"] == "tool_call"]
    assert [(data["id"], data["status"]) for data in asked] == [(call, "awaiting_approval")]
    answer = await approve(
        alice_waits, reply, {"tool_call": call, "decision": "once"}, accept="text/event-stream"
    )
    rest = await streamed(answer)
    assert statuses(rest)[-1] == "complete"
    assert text_of(rest) == await content_of(reply)
    again = await streamed(await resume(alice_waits, chat, found[-1].id))
    assert again[0].chunk["seq"] == found[-1].chunk["seq"] + 1
    assert text_of([*found, *again]) == await content_of(reply)


async def test_whoever_comes_later_is_told_the_text_and_that_it_waits(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    found, reply, _ = await waiting(alice_waits, chat)
    assert await streamed(await resume(alice_waits, chat)) == found
    late = await streamed(await resume(alice_waits, chat, "another:3"))
    assert statuses(late) == ["waiting"]
    assert text_of(late) == text_of(found)
    assert late[-1].id == found[-1].id
    assert (await resume(alice_waits, chat, found[-1].id)).status_code == 204
    shown = (await alice_waits.get(f"/api/chat/messages/{reply}")).json()
    assert shown["status"] == "waiting"


async def test_waiting_for_the_answer_returns_at_the_question_and_then_at_the_end(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    sent = await alice_waits.post(
        f"/api/chat/sessions/{chat.pk}/messages?wait=1",
        json.dumps({"content": "How many tokens did I use?"}).encode(),
        content_type="application/json",
    )
    reply = sent.json()["reply"]
    assert reply["status"] == "waiting"
    [call] = reply["tool_calls"]
    answer = await alice_waits.post(
        f"/api/chat/messages/{reply['id']}/approve?wait=1",
        json.dumps({"tool_call": call["id"], "decision": "refuse"}).encode(),
        content_type="application/json",
    )
    ended = answer.json()["reply"]
    assert (ended["status"], ended["tool_calls"][0]["status"]) == ("complete", "denied")
    assert "refused" in ended["content"]


async def test_a_wrong_answer_is_told_in_words(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime, alices: Program
) -> None:
    _, reply, call = await waiting(alice_waits, chat)
    assert (await approve(alice_waits, reply, {"tool_call": call, "decision": "no"})).status_code == 400
    assert (
        await approve(alice_waits, reply, {"tool_call": str(uuid.uuid4()), "decision": "once"})
    ).status_code == 409
    status = await sync_to_async(lambda: ToolCall.objects.get(pk=call).status)()
    assert status == "awaiting_approval"


async def test_a_token_without_the_chat_scope_cannot_answer(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime, with_token: Any, alice: Any
) -> None:
    _, reply, call = await waiting(alice_waits, chat)
    reads = await sync_to_async(lambda: with_token(alice, "read"))()
    body = {"tool_call": call, "decision": "once"}
    answer = await sync_to_async(lambda: reads.post(f"chat/messages/{reply}/approve", body))()
    assert answer.status_code == 403
    assert problem(answer)
