"""Many readers at once, and slow ones: pages keep their threads, and who cannot be served in time is told so."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from chatproject import asgi, server
from chatproject.pages import PageHandler
from chatproject.server import BoundedRequest


async def asked(handler: PageHandler, path: str = "/robots.txt") -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
    }
    await handler(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


async def test_who_finds_too_many_waiting_is_told_to_come_again() -> None:
    handler = PageHandler("crowd", threads=1, waiting=1, patience=20, crowded="Many are here.")
    release = threading.Event()
    handler._threads.submit(release.wait, 20)
    first, second = (asyncio.create_task(asked(handler)) for _ in range(2))
    await asyncio.sleep(0)
    status, headers, body = await asked(handler)
    assert (status, body) == (503, b"Many are here.")
    assert headers[b"retry-after"] == b"5"
    release.set()
    assert (await first)[0] == (await second)[0] == 200
    assert (await asked(handler))[0] == 200


async def test_who_waited_too_long_is_told_to_come_again() -> None:
    handler = PageHandler("crowd", threads=1, waiting=5, patience=-1, crowded="Many are here.")
    assert (await asked(handler))[0] == 503


def test_strangers_and_long_work_are_on_threads_of_their_own() -> None:
    chat = "/sessions/018f0000-0000-7000-8000-000000000000"
    expected = {
        ("GET", "/sessions/"): asgi.page_handler,
        ("GET", f"{chat}/share/"): asgi.page_handler,
        ("POST", f"{chat}/share/"): asgi.copies,
        ("POST", "/shares/a/"): asgi.copies,
        ("POST", "/shares/a/revoke/"): asgi.page_handler,
        ("GET", "/share/token/"): asgi.strangers,
        ("GET", "/share/token/files/1/1/"): asgi.strangers,
        ("GET", "/share/token/download/"): asgi.downloads,
        ("GET", "/share/token/continue/"): asgi.strangers,
        ("POST", "/share/token/continue/"): asgi.copies,
        ("GET", f"{chat}/export/file/"): asgi.django_application,
    }
    for (method, path), handler in expected.items():
        assert asgi.handler(path, method) is handler, (method, path)


class Line:
    """As much of a reader's connection as is asked: what waits for it at each look, and whether it is cut off."""

    offset = _tempDataLen = 0

    def __init__(self, request: BoundedRequest, *waiting: int) -> None:
        self.request, self.left = request, list(waiting)
        self.transport, self.cut = self, False

    @property
    def dataBuffer(self) -> bytes:
        if len(self.left) == 1:
            self.request.resumeProducing()
        return bytes(self.left.pop(0))

    def forceAbortClient(self) -> None:
        self.cut = True


async def cut_off(monkeypatch: pytest.MonkeyPatch, *waiting: int) -> bool:
    """Whether a reader is cut off before whom so much waits; at the last look it has taken enough."""
    monkeypatch.setattr(server, "PATIENCE", 0.001)
    request = BoundedRequest.__new__(BoundedRequest)
    request._room = asyncio.Event()
    line: Any = Line(request, *waiting)
    request.channel = line
    await asyncio.wait_for(request.taken(), 20)
    return bool(line.cut)


async def test_a_reader_who_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await cut_off(monkeypatch, 5_000, 4_000, 4_000, 3_000)


async def test_a_slow_reader_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not await cut_off(monkeypatch, 5_000, 4_000, 3_000, 2_000)
