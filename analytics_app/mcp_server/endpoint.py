"""`/mcp` and `/mcp/tools/NAME`: who calls is settled first, then the SDK or a tool answers."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.handlers.asgi import ASGIRequest

from sessions_app.agent.tools import Outcome, ToolContext, ToolProblem
from sessions_app.reading import Unavailable, consult

from . import offered
from .callers import NotAdmitted, caller, check_address

log = structlog.get_logger(__name__)
BODY_LIMIT = 100_000  # bytes
TOOLS = "/mcp/tools/"
PROTOCOL = "analytics_app.mcp_server.protocol"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Everything below `/mcp`."""
    try:
        request = ASGIRequest(scope, io.BytesIO())
        check_address(request)
        context = await consult(caller, request)
        if request.method != "POST":
            raise NotAdmitted(405, "method_not_allowed", "This takes POST.", Allow="POST")
        if request.path.rstrip("/") == "/mcp":
            protocol = await asyncio.to_thread(importlib.import_module, PROTOCOL)
            await protocol.answer({**scope, "caller": context}, receive, send)
        else:
            status, content = await call(context, request, receive)
            await respond(send, status, content)
    except NotAdmitted as refusal:
        await respond(send, refusal.status, error(refusal.code, refusal.message), refusal.headers)
    except Unavailable:
        message = "The database does not answer. Try again shortly."
        await respond(send, 503, error("unavailable", message), {"Retry-After": "5"})


async def close() -> None:
    """Before the event loop ends: the SDK's manager, if anybody asked for it."""
    if protocol := sys.modules.get(PROTOCOL):
        await protocol.running.close()


async def call(context: ToolContext, request: ASGIRequest, receive: Any) -> tuple[int, dict[str, Any]]:
    """A tool by plain JSON: its arguments in, `{"result": ...}` out."""
    name = request.path.removeprefix(TOOLS).rstrip("/")
    tool = offered.find(name)
    if tool is None or not request.path.startswith(TOOLS):
        raise NotAdmitted(404, "not_found", "There is no such tool.")
    given = arguments(await body(request, receive))
    try:
        tool.read(given)
    except ToolProblem as problem:
        return 400, error("invalid_input", problem.sentence)
    return shaped(await offered.run(context, tool.name, given, via="json"))


def shaped(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    if outcome.status == "success":
        return 200, {"result": outcome.result}
    if outcome.status == "denied":
        return 403, error("denied", outcome.error)
    return (500, error("failed", outcome.error)) if outcome.fault else (400, error("problem", outcome.error))


def arguments(raw: bytes) -> dict[str, Any]:
    """An empty body is an empty object."""
    try:
        given = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise NotAdmitted(400, "invalid_json", "The body is not valid JSON.") from None
    if not isinstance(given, dict):
        raise NotAdmitted(400, "invalid_json", "The body must be a JSON object.")
    return given


async def body(request: ASGIRequest, receive: Any) -> bytes:
    """The whole body, read no further than its limit."""
    too_large = NotAdmitted(413, "too_large", f"The body may have {BODY_LIMIT:,} bytes.")
    announced = request.META.get("CONTENT_LENGTH", "")
    if announced.isdigit() and int(announced) > BODY_LIMIT:
        raise too_large
    raw = b""
    while True:
        message = await receive()
        raw += bytes(message.get("body", b""))
        if len(raw) > BODY_LIMIT:
            raise too_large
        if not message.get("more_body", False):
            return raw


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


async def respond(send: Any, status: int, content: Any, headers: Mapping[str, str] | None = None) -> None:
    raw = json.dumps(content, ensure_ascii=False).encode()
    usual = {"Content-Type": "application/json", "Content-Length": str(len(raw)), "Cache-Control": "no-store"}
    told = {**usual, "X-Content-Type-Options": "nosniff", **(headers or {})}
    lines = [(name.lower().encode(), value.encode("latin1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": raw})
