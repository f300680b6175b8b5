"""Tools that ask before they run, one that does not, and one for the premium plan; each notes its runs."""

from __future__ import annotations

from typing import Any

from sessions_app.agent.tools import ToolContext, tool

runs: list[tuple[str, int]] = []
HERE = "tests.realtime.asking_tools."
ALL = [HERE + name for name in ("send_letter", "burn_letter", "read_letter", "gild_letter")]


def note(name: str, context: ToolContext) -> dict[str, Any]:
    runs.append((name, context.user_id))
    return {"done": name}


@tool(needs_approval=True)
async def send_letter(context: ToolContext, *, to: str = "nobody") -> dict[str, Any]:
    """Sends it."""
    return note(f"sent to {to}", context)


@tool(needs_approval=True)
async def burn_letter(context: ToolContext) -> dict[str, Any]:
    """Burns it."""
    return note("burnt", context)


@tool()
async def read_letter(context: ToolContext) -> dict[str, Any]:
    """Reads it."""
    return note("read", context)


@tool(requires_premium=True)
async def gild_letter(context: ToolContext) -> dict[str, Any]:
    """Gilds it."""
    return note("gilt", context)
