"""A tool that takes until the test lets it go."""

from __future__ import annotations

import asyncio
from typing import Any

from sessions_app.agent.tools import ToolContext, tool

began: asyncio.Queue[None] = asyncio.Queue()


@tool()
async def wait_for_ever(context: ToolContext) -> dict[str, Any]:
    """Waits."""
    await began.put(None)
    await asyncio.Event().wait()
    return {}
