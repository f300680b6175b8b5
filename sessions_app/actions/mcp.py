"""MCP servers and their tools: what staff register and switch, and what servers say they have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sessions_app.mcp_client.listed import Listed
from sessions_app.models import McpServer, McpTool
from sessions_app.sealing import Sealed, seal, seal_again
from sessions_app.transactions import write

from .audit import changes, record

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """How many tools a listing brought, changed, and no longer named."""

    new: int
    changed: int
    gone: int


@write()
def save_server(*, server: McpServer, headers: Mapping[str, str] | None, actor: Any) -> None:
    """Keep a server; `headers` None keeps those it has.

    At another address it is another server: what it may do there, and the secrets to be sent there, are given anew.
    """
    before = McpServer.objects.filter(pk=server.pk).first()
    moved = before is not None and (before.url, before.program) != (server.url, server.program)
    if headers is None and moved:
        headers = {}
    if headers is not None:
        server.headers_sealed = seal(json.dumps(dict(headers))) if headers else ""
    server.save()
    if moved:
        McpTool.objects.filter(server=server, enabled=True).update(enabled=False, changed=True)
    told = changes(
        _figures(before), _figures(server) | ({"headers": ""} if headers is not None else {}), {"headers"}
    )
    record(actor=actor, action="saved MCP server", subject=server, detail=told)


def _figures(server: McpServer | None) -> dict[str, Any]:
    """What the audit log tells of a server."""
    names = ("name", "url", "program", "enabled", "time_limit")
    return {name: getattr(server, name) for name in names} if server else {}


@write()
def remember_tools(*, server: McpServer, listed: Sequence[Listed]) -> Seen:
    """Note what a server names now. A tool that was on and is described otherwise is off until staff look at it."""
    known = {tool.name: tool for tool in McpTool.objects.filter(server=server)}
    now = timezone.now()
    changed = sum(_remember(server, known.get(each.name), each, now) for each in listed)
    names = {each.name for each in listed}
    gone = McpTool.objects.filter(server=server, gone=False).exclude(name__in=names)
    left = gone.update(gone=True, enabled=False)
    McpServer.objects.filter(pk=server.pk).update(last_seen_at=now, last_error="")
    return Seen(len(names - known.keys()), changed, left)


def _remember(server: McpServer, tool: McpTool | None, now_listed: Listed, at: Any) -> bool:
    """Whether this was known and is different now."""
    told = (now_listed.description, now_listed.schema, now_listed.problem)
    different = tool is not None and (tool.description, tool.input_schema, tool.problem) != told
    tool = tool or McpTool(server=server, name=now_listed.name)
    tool.description, tool.input_schema, tool.problem = told
    tool.changed = tool.changed or (different and tool.enabled)
    tool.enabled = tool.enabled and not different
    tool.gone, tool.seen_at = False, at
    tool.save()
    return different


@write()
def switch_tool(*, tool: McpTool, enabled: bool, actor: Any) -> bool:
    """Offer a tool to models, or no longer. False where it cannot be: it is gone, or models cannot be told of it."""
    if enabled and (tool.gone or tool.problem):
        return False
    McpTool.objects.filter(pk=tool.pk).update(enabled=enabled, changed=False if enabled else tool.changed)
    record(
        actor=actor, action=f"switched MCP tool {'on' if enabled else 'off'}", subject=tool, detail=str(tool)
    )
    return True


@write()
def set_approval(*, tool: McpTool, needed: bool, actor: Any) -> None:
    McpTool.objects.filter(pk=tool.pk).update(needs_approval=needed)
    action = "MCP tool asks first" if needed else "MCP tool need not ask"
    record(actor=actor, action=action, subject=tool, detail=str(tool))


def note_contact(*, server: int, error: str) -> None:
    """When a server last answered, to the minute, or what its last failure was: calls must not all become writes."""
    row = McpServer.objects.filter(pk=server).first()
    now = timezone.now()
    recent = row is not None and row.last_seen_at is not None and now - row.last_seen_at < SEEN_EVERY
    if row is None or (row.last_error == error[:300] and (error or recent)):
        return
    seen = {} if error else {"last_seen_at": now}
    with write():
        McpServer.objects.filter(pk=server).update(last_error=error[:300], **seen)


@write()
def seal_headers_again() -> tuple[int, int]:
    """Seal all headers with the newest key. How many were, and how many no present key opens."""
    done = lost = 0
    for server in McpServer.objects.exclude(headers_sealed=""):
        try:
            McpServer.objects.filter(pk=server.pk).update(headers_sealed=seal_again(server.headers_sealed))
            done += 1
        except Sealed:
            lost += 1
    return done, lost
