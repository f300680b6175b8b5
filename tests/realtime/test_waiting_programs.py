"""Programs that wait for an answer, through the whole application: its body, its length, what goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import AsyncClient

from chatproject.asgi import application
from sessions_app.actions.tokens import make_token
from sessions_app.api import answers
from sessions_app.models import ChatSession, Message
from tests.upstream import Scenario

from .stage import PATIENCE, Stage, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def bearer(claude_chat: ChatSession) -> bytes:
    secret = await stored(lambda: make_token(user=claude_chat.owner)[1])
    return b"Bearer " + secret.encode()


def asked(path: str, body: Any, bearer: bytes, query: bytes = b"") -> tuple[ApplicationCommunicator, bytes]:
    content = json.dumps(body).encode()
    headers = [
        (b"host", b"testserver"),
        (b"authorization", bearer),
        (b"content-length", str(len(content)).encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query, "headers": headers}
    return ApplicationCommunicator(
        application, {**scope, "server": ("testserver", 80), "scheme": "http"}
    ), content


async def answer(
    path: str, body: Any, bearer: bytes, query: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, as they go over the wire."""
    program, content = asked(path, body, bearer, query)
    await program.send_input({"type": "http.request", "body": content})
    begun = await program.receive_output(PATIENCE)
    said = b""
    while True:
        piece = await program.receive_output(PATIENCE)
        said += piece.get("body", b"")
        if not piece.get("more_body"):
            break
    await program.wait(PATIENCE)
    headers = {name.decode().lower(): value.decode() for name, value in begun["headers"]}
    return begun["status"], headers, said


@pytest.mark.parametrize("path", ["/chat", "/api/chat/sessions/{chat}/messages"])
async def test_what_is_waited_for_comes_with_its_length(stage: Stage, bearer: bytes, path: str) -> None:
    stage.upstream.set_default(Scenario("words", words=3))
    body = {"message": "Hello"} if path == "/chat" else {"content": "Hello"}
    query = b"" if path == "/chat" else b"wait=1"
    status, headers, said = await answer(path.format(chat=stage.chat.pk), body, bearer, query)
    assert status in (200, 201)
    assert headers["content-length"] == str(len(said))
    assert headers["x-request-id"]
    assert "w3" in said.decode()
    assert not answers.OPEN


async def test_a_stream_to_the_thread_has_no_length(stage: Stage, bearer: bytes) -> None:
    stage.upstream.set_default(Scenario("words", words=3))
    status, headers, said = await answer("/chat/stream", {"message": "Hello"}, bearer)
    assert (status, headers["content-type"]) == (200, "text/event-stream")
    assert "content-length" not in headers
    assert b'"done"' in said
    assert not answers.OPEN


async def test_what_is_gone_when_it_is_told_is_not_found(
    stage: Stage, bearer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.upstream.set_default(Scenario("words", words=3))

    def gone(*_: Any) -> Any:
        raise Message.DoesNotExist

    monkeypatch.setattr(answers, "pair_shape", gone)
    status, headers, said = await answer(
        f"/api/chat/sessions/{stage.chat.pk}/messages", {"content": "Hello"}, bearer, b"wait=1"
    )
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(said)["code"] == "not_found"


async def test_nobody_follows_ever_so_many_answers_at_once(
    stage: Stage, bearer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = await stage.begin(Scenario("gate", after=1))
    await stage.growing(reply, "w1")
    monkeypatch.setattr(answers, "MOST_OPEN", 1)
    reader = AsyncClient()
    await stored(lambda: reader.force_login(stage.chat.owner))
    path = f"/api/chat/sessions/{stage.chat.pk}/stream"
    first: Any = await reader.get(path)
    events = aiter(first)
    await anext(events)
    second = await reader.get(path)
    assert (second.status_code, second.json()["code"]) == (429, "too_many_open")
    assert second["Retry-After"] == "5"
    await events.aclose()
    await asyncio.sleep(0)
    assert not answers.OPEN
    stage.runner.stop(reply.pk)
