"""Tools of MCP servers as the loop knows tools: those staff switched on, in one small query a reply."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from sessions_app.actions.mcp import note_contact
from sessions_app.agent import labels
from sessions_app.agent.tools import INPUT_LIMIT, Tool, ToolContext, ToolProblem
from sessions_app.models import McpTool
from sessions_app.prepared import Rows
from sessions_app.reading import Unavailable, consult

from .inputs import input_problems

if TYPE_CHECKING:
    from .exchange import Place

NAME_LIMIT = 64
_on = McpTool.objects.filter
_offered = Rows(
    lambda: (
        _on(enabled=True, gone=False, server__enabled=True)
        .order_by("server__name", "name")
        .values_list("pk", "server__name", "name", "description", "input_schema", "needs_approval")
    )
)


class Anything(BaseModel):
    """Stands where tools of our own have a model of their arguments."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True)
class OutsideTool(Tool):
    """A tool whose schema came from its server, as JSON."""

    raw_schema: str = "{}"
    server: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = json.loads(self.raw_schema)
        return {"properties": {}, **schema}

    def read(self, input: Mapping[str, Any]) -> dict[str, Any]:
        if len(json.dumps(dict(input))) > INPUT_LIMIT:
            raise ToolProblem(f"The input of {self.name} is too large.")
        if problems := input_problems(self.schema, input):
            raise ToolProblem(f"The input of {self.name} was not understood ({'; '.join(problems[:5])}).")
        return {"given": dict(input)}


@dataclass(frozen=True, slots=True)
class Call:
    """What runs such a tool. Whether it is still on is asked again: a reply may be older than the switch."""

    tool: int

    async def __call__(self, context: ToolContext, *, given: Mapping[str, Any]) -> dict[str, str]:
        # These bring the SDK, which nobody needs who has no such tool.
        from .exchange import Unreachable, call_tool
        from .results import told

        server, place, name = await consult(_find, self.tool)
        try:
            result = await call_tool(place, name, given)
        except Unreachable as problem:
            await _note(server, str(problem))
            raise ToolProblem(str(problem)) from problem
        await _note(server, "")
        return told(place.name, result)


def outside_tools() -> tuple[OutsideTool, ...]:
    """The tools that are on, in a fixed order: the provider's cache finds the same beginning again."""
    return _made(tuple(_offered.all()))


@functools.lru_cache(maxsize=4)
def _made(rows: tuple[tuple[Any, ...], ...]) -> tuple[OutsideTool, ...]:
    return tuple(_tool(*row) for row in rows)


def _tool(
    key: int, server: str, name: str, description: str, schema: str, needs_approval: bool
) -> OutsideTool:
    look = labels.look(called := tool_name(server, name))
    return OutsideTool(
        name=called,
        description=f"{description} (A tool of the MCP server {server}.)".strip(),
        function=Call(key),
        arguments=Anything,
        label=f"{name} ({server})",
        colour=look.colour,
        icon=look.icon,
        needs_approval=needs_approval,
        raw_schema=schema,
        server=server,
    )


def tool_name(server: str, name: str) -> str:
    """`mcp_SERVER_TOOL`, of characters providers take; where that loses something, a mark keeps names apart.

    A server's name has no underscore, so no two servers share a name.
    """
    whole = f"mcp_{server}_{name}"
    safe = re.sub(r"[^a-zA-Z0-9_-]", "_", whole)
    if safe == whole and len(safe) <= NAME_LIMIT:
        return safe
    mark = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{safe[: NAME_LIMIT - 9]}_{mark}"


def _find(key: int) -> tuple[int, Place, str]:
    from .exchange import Unreachable, place_of

    tool = McpTool.objects.select_related("server").filter(pk=key, enabled=True, gone=False).first()
    if tool is None or not tool.server.enabled:
        raise ToolProblem("This tool has been switched off.")
    try:
        return tool.server_id, place_of(tool.server), tool.name
    except Unreachable as problem:
        raise ToolProblem(str(problem)) from problem


async def _note(server: int, error: str) -> None:
    """How it went is for staff to see; that it cannot be written down is no reason to fail."""
    with suppress(*Unavailable):
        await consult(note_contact, server=server, error=error)
