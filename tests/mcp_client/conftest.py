"""The example server on a port of its own, hostile ones beside it, and servers staff registered."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import uvicorn
from aiohttp import web

from sessions_app.actions.mcp import remember_tools, save_server
from sessions_app.mcp_client.listed import Listed
from sessions_app.models import McpServer, McpTool, User

from .example import example

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(scope="session")
def example_url() -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(example.streamable_http_app(), log_level="critical", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        server.should_exit = server.force_exit = True
        thread.join(30)


@pytest.fixture
def inside(settings: Any) -> None:
    """The operator allows servers on this machine."""
    settings.MCP_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """A server that answers as one handler says; its address."""
    runners = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def register(staff: User) -> Callable[..., McpServer]:
    """A server, and tools of it that are on and need no approval."""

    def made(url: str = "", *tools: str, headers: Any = None, **values: Any) -> McpServer:
        server = McpServer(**{"name": "example", "url": url, **values})
        save_server(server=server, headers=headers, actor=staff)
        described = [Listed(tool, "Told before.", '{"type": "object"}') for tool in tools]
        remember_tools(server=server, listed=described)
        McpTool.objects.filter(server=server).update(enabled=True, needs_approval=False)
        return server

    return made
