"""Answers that are waited for, through the whole application: they come whole, whatever stood for them meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from chatproject.asgi import application
from sessions_app.actions.tokens import make_token

from .stage import PATIENCE, Stage, stored

pytestmark = pytest.mark.django_db(transaction=True)


async def post(stage: Stage, path: str, body: Any, query: str = "") -> tuple[dict[str, str], bytes]:
    """The headers and the body that a server would send."""
    secret = await stored(lambda: make_token(user=stage.chat.owner)[1])
    content = json.dumps(body).encode()
    headers = [(b"host", b"testserver"), (b"authorization", f"Bearer {secret}".encode())]
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": query.encode(), "scheme": "http",
        "server": ("testserver", 80),
        "headers": [*headers, (b"content-length", str(len(content)).encode())],
    }  # fmt: skip
    asked = ApplicationCommunicator(application, scope)
    await asked.send_input({"type": "http.request", "body": content})
    begun, said = await asked.receive_output(PATIENCE), await asked.receive_output(PATIENCE)
    await asked.wait(PATIENCE)
    told = {name.decode().lower(): value.decode() for name, value in begun["headers"]}
    return told | {"status": str(begun["status"])}, said["body"]


async def test_an_awaited_answer_says_how_long_it_is(stage: Stage) -> None:
    path = f"/api/chat/sessions/{stage.chat.pk}/messages"
    told, body = await post(stage, path, {"content": "Hello"}, "wait=1")
    assert (told["status"], told["content-type"]) == ("201", "application/json")
    assert told["content-length"] == str(len(body))
    assert json.loads(body)["reply"]["status"] == "complete"


async def test_so_does_the_answer_of_the_thread(stage: Stage) -> None:
    told, body = await post(stage, "/chat", {"message": "Hello"})
    assert (told["status"], told["content-length"]) == ("200", str(len(body)))
    assert json.loads(body)["thread_id"] == f"user-{stage.chat.owner.pk}"
