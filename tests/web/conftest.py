"""Servers on this machine that stand for the web, and a name server that answers as it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """A server that answers as one handler says; its address, without a slash at its end."""
    runners = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def inside(settings: Any) -> None:
    """The operator allows pages of this machine."""
    settings.WEB_PRIVATE_HOSTS = ["127.0.0.1"]


class Wire:
    """What names mean, a further answer each time one is asked for, and where connections went."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.connected: list[str] = []
        self.answers: dict[str, httpx2.Response] = {}

    async def look_up(self, host: str, port: int, **_: Any) -> list[Any]:
        """As `loop.getaddrinfo`; addresses mean themselves, as they do for it."""
        self.asked.append(host)
        found = self.names.get(host)
        if found is None:
            return socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
        address = found.pop(0) if len(found) > 1 else found[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """In place of the wire: the address is noted, and the answer is that of its name and path."""
        self.connected.append(str(request.url.copy_with(path="/", query=None)))
        return self.answers[f"{request.headers['Host']}{request.url.path}"]


@pytest.fixture
async def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", made.look_up)
    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", made.send)
    return made
