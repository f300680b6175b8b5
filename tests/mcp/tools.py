"""Tools of these tests."""

from __future__ import annotations

from sessions_app.agent.tools import ToolContext, ToolProblem, tool


@tool(needs_approval=True)
async def erase(context: ToolContext) -> None:
    """Erases."""
    raise AssertionError("nobody approved")


@tool(requires_premium=True)
async def forecast(context: ToolContext, *, days: int = 1) -> dict[str, int]:
    """Tells the weather."""
    return {"days": days}


@tool()
async def broken(context: ToolContext, *, problem: bool = False) -> None:
    """Breaks."""
    if problem:
        raise ToolProblem("There is nothing to look at.")
    raise ZeroDivisionError("a private detail")


PATHS = [f"tests.mcp.tools.{name}" for name in ("erase", "forecast", "broken")]
