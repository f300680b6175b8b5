"""The Model Context Protocol, by its official SDK: without sessions, every request stands alone and gets JSON."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import structlog
from django.conf import settings
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)
from mcp_types import Tool as Described

from sessions_app.agent.tools import Outcome, ToolContext
from sessions_app.reading import consult

from . import offered
from .endpoint import BODY_LIMIT

log = structlog.get_logger(__name__)

INSTRUCTIONS = (
    "Questions about a chat workspace: its sessions, messages, tokens, costs, engagement and health. Every answer says"
    " which period and which rows it counts. A token sees what its person may see."
)


async def list_tools(
    context: ServerRequestContext[Any], params: PaginatedRequestParams | None
) -> ListToolsResult:
    return ListToolsResult(
        tools=[
            Described(
                name=tool.name,
                title=tool.label,
                description=tool.description,
                input_schema=dict(tool.spec.schema),
            )
            for tool in await consult(
                offered.tools
            )  # some ask the database whether there is anything for them
        ]
    )


async def call_tool(context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
    assert context.request is not None
    caller: ToolContext = context.request.scope["caller"]
    return told(await offered.run(caller, params.name, params.arguments or {}, via="mcp"))


def told(outcome: Outcome) -> CallToolResult:
    """Errors and refusals are results too: the model that asked can read them and go on."""
    good = outcome.status == "success"
    structured = outcome.result if good and isinstance(outcome.result, dict) else None
    text = TextContent(type="text", text=outcome.content)
    return CallToolResult(content=[text], structured_content=structured, is_error=not good)


def input_schema(name: str) -> dict[str, Any] | None:
    tool = offered.find(name)
    return dict(tool.spec.schema) if tool else None


def make_manager() -> StreamableHTTPSessionManager:
    server = Server(
        "workspace",
        title=settings.SITE_NAME,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=input_schema,
    )
    return StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=BODY_LIMIT
    )


class Running:
    """The SDK's session manager, which must run in a task of its own.

    Daphne sends no lifespan, so the first request starts it. A manager runs once; where it died, the log says so and
    the next request starts another.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[StreamableHTTPSessionManager] | None = None

    async def manager(self) -> StreamableHTTPSessionManager:
        """The manager of this event loop, running. Raises what kept it from starting."""
        loop = asyncio.get_running_loop()
        if (
            self._task is None
            or self._ready is None
            or self._task.done()
            or self._task.get_loop() is not loop
        ):
            self._ready = loop.create_future()
            # An empty context: a task that inherits a request's dies with it, or tells of it ever after.
            self._task = loop.create_task(self._run(self._ready), context=contextvars.Context())
        return await asyncio.shield(self._ready)

    async def _run(self, ready: asyncio.Future[StreamableHTTPSessionManager]) -> None:
        try:
            manager = make_manager()
            async with manager.run():
                ready.set_result(manager)
                await asyncio.Event().wait()
        except Exception as fault:
            log.exception("mcp server died", error_type=type(fault).__name__)
            if not ready.done():
                ready.set_exception(fault)
        finally:
            ready.cancel()

    async def close(self) -> None:
        """End it, and what it still answers."""
        task, self._task = self._task, None
        if task is not None and task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait({task})


running = Running()


async def answer(scope: Any, receive: Any, send: Any) -> None:
    manager = await running.manager()
    await manager.handle_request(scope, receive, send)
