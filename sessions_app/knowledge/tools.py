"""The tool by which the model looks into transcripts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import Field

from sessions_app.agent.tools import ToolContext, tool
from sessions_app.reading import read

from .models import Passage
from .retrieval import MOST, retrieve


def any_passages() -> bool:
    """On the event loop, which does not wait for the database, it is taken that there are some."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        return True
    return Passage.objects.filter(current=True).exists()


@tool(offered=any_passages)
async def search_video_transcripts(
    context: ToolContext,
    *,
    query: Annotated[str, Field(description="what to look for", min_length=2, max_length=500)],
) -> dict[str, Any]:
    """Search the transcripts of videos. Gives passages with their keys."""
    found = await read(lambda: retrieve(user_id=context.user_id, question=query, limit=MOST))
    return {"query": query, "passages": [each.told for each in found]}
