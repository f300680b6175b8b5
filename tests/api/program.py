"""A program that speaks JSON to the API, and what it reads of streams."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client


class Program:
    """Paths are relative to /api/; a body is sent as JSON unless it is bytes already."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/{path}", headers=headers or None)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/{path}", coded(body), content_type="application/json", headers=headers or None
        )

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.put(
            f"/api/{path}", coded(body), content_type="application/json", headers=headers or None
        )

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.patch(
            f"/api/{path}", coded(body), content_type="application/json", headers=headers or None
        )

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(f"/api/{path}", headers=headers or None)


def coded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if body is None else json.dumps(body).encode()


@dataclass(frozen=True)
class Event:
    id: str
    chunk: dict[str, Any]


def events(raw: bytes) -> list[Event]:
    """The events of a stream; comments are left out."""
    found = []
    for block in raw.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if lines:
            found.append(Event(lines["id"], json.loads(lines["data"])))
    return found


async def streamed(response: Any) -> list[Event]:
    """All events of a streaming response, up to its end."""
    assert response["Content-Type"] == "text/event-stream", response.content
    return events(b"".join([piece async for piece in response.streaming_content]))


def text_of(chunks: list[Event]) -> str:
    """What a reader has on its screen after these."""
    text = ""
    for event in chunks:
        if event.chunk["type"] == "content":
            text = event.chunk["data"] if event.chunk.get("replace") else text + event.chunk["data"]
    return text


def problem(response: Any) -> str:
    """The kind of a refusal; its shape is checked on the way."""
    error = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (error["type"], error["status"]) == ("about:blank", response.status_code)
    assert error["title"]
    assert error["detail"]
    return str(error["code"])
