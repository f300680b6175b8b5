"""The same POST many times at once, through the whole application: one message, one reply, one request to the model."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple

import pytest
from asgiref.testing import ApplicationCommunicator

from chatproject.asgi import application
from sessions_app.actions.tokens import make_token
from sessions_app.models import ChatSession, Message, PendingMessage, Reply
from tests.upstream import Scenario

from .stage import PATIENCE, Stage, check_sound, stored

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 5
KEY = "weekly-1"


class Answer(NamedTuple):
    status: int
    again: bool
    body: Any


@pytest.fixture
async def bearer(claude_chat: ChatSession) -> bytes:
    secret = await stored(lambda: make_token(user=claude_chat.owner)[1])
    return b"Bearer " + secret.encode()


async def post(path: str, body: Any, bearer: bytes, key: str) -> Answer:
    """A request as a server hands it to the application: on threads of its own."""
    content = json.dumps(body).encode()
    headers = [
        (b"host", b"testserver"),
        (b"authorization", bearer),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"idempotency-key", key.encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asked = ApplicationCommunicator(application, {**scope, "server": ("testserver", 80), "scheme": "http"})
    await asked.send_input({"type": "http.request", "body": content})
    begun = await asked.receive_output(PATIENCE)
    said = await asked.receive_output(PATIENCE)
    await asked.wait(PATIENCE)
    names = {name.lower() for name, _ in begun["headers"]}
    return Answer(begun["status"], b"idempotency-replayed" in names, json.loads(said["body"]))


async def together(path: str, body: Any, bearer: bytes) -> list[Answer]:
    found = await asyncio.gather(*(post(path, body, bearer, KEY) for _ in range(TIMES)))
    return sorted(found, key=lambda answer: answer.again)


async def test_a_send_many_times_at_once_is_one_message_one_reply_and_one_request(
    stage: Stage, bearer: bytes
) -> None:
    stage.upstream.set_default(Scenario("words", words=3))
    path = f"/api/chat/sessions/{stage.chat.pk}/messages"
    first, *others = await together(path, {"content": "Hello"}, bearer)
    assert (first.status, first.again) == (201, False)
    assert [(answer.status, answer.again) for answer in others] == [(200, True)] * (TIMES - 1)
    assert {(answer.body["message"]["id"], answer.body["reply"]["id"]) for answer in [first, *others]} == {
        (first.body["message"]["id"], first.body["reply"]["id"])
    }
    reply = await stage.ended(await stored(lambda: Reply.objects.get()))
    assert (reply.status, await stored(Message.objects.count)) == ("complete", 2)
    assert len(stage.upstream.replies) == 1
    late = await post(path, {"content": "Hello"}, bearer, KEY)
    assert (late.status, late.again, late.body["reply"]["status"]) == (200, True, "complete")
    assert len(stage.upstream.replies) == 1
    await stored(lambda: check_sound(stage.chat))


async def test_what_is_sent_many_times_while_a_reply_runs_waits_once(stage: Stage, bearer: bytes) -> None:
    reply = await stage.begin(Scenario("gate", after=1))
    await stage.growing(reply, "w1")
    path = f"/api/chat/sessions/{stage.chat.pk}/messages"
    first, *others = await together(path, {"content": "And now?"}, bearer)
    assert [answer.status for answer in [first, *others]] == [202] * TIMES
    assert [answer.again for answer in [first, *others]] == [False, *[True] * (TIMES - 1)]
    assert await stored(PendingMessage.objects.count) == 1
    stage.runner.stop(reply.pk)


async def test_another_answer_asked_for_many_times_under_one_key_is_one(stage: Stage, bearer: bytes) -> None:
    answer = await stage.answer(Scenario("words", words=3))
    first, *others = await together(f"/api/chat/messages/{answer.pk}/regenerate", {}, bearer)
    assert (first.status, [each.status for each in others]) == (201, [200] * (TIMES - 1))
    assert len({each.body["reply"]["id"] for each in [first, *others]}) == 1
    await stage.ended(await stored(lambda: Reply.objects.exclude(pk=answer.pk).get()))
    assert len(stage.upstream.replies) == 2
    await stored(lambda: check_sound(stage.chat))
