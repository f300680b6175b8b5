"""The tool by which the model looks into transcripts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from pydantic import Field

from sessions_app.agent import passages
from sessions_app.agent.passages import Passage
from sessions_app.agent.tools import RESULT_LIMIT, Told, ToolContext, ToolProblem, as_told, tool
from sessions_app.models import ChatSession
from sessions_app.prepared import Rows
from sessions_app.reading import consult

from . import models
from .actions.answers import note_told
from .asking import find
from .models import Video

NOTHING = "No passage of a transcript was found. Other words may find more."
_first = Rows(lambda: models.Passage.objects.filter(current=True).order_by().values_list("pk")[:1])


@dataclass(slots=True, eq=False)
class Remembered:
    """Whether there are any passages, asked anew after `seconds`."""

    seconds: float = 5.0
    found: bool | None = None
    at: float = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if self.found is None or now - self.at > self.seconds:
            if _on_event_loop():  # which never waits for the database: the tool says where there is nothing
                return True
            self.found, self.at = _first.any(), now
        return self.found


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


any_passages = Remembered()


@tool(offered=any_passages)
async def search_video_transcripts(
    context: ToolContext,
    *,
    query: Annotated[
        str, Field(description="what to look for, in the words of the videos", min_length=2, max_length=500)
    ],
    videos: Annotated[
        list[str] | None, Field(description="titles of the only videos to look in", max_length=20)
    ] = None,
    everywhere: Annotated[
        bool, Field(description="look in all videos, not only in those chosen for this session")
    ] = False,
) -> Told | dict[str, Any]:
    """Search the transcripts of videos: those chosen for this session, or all that the person may see where none are
    chosen. Gives the best passages with their keys, titles and times; cite a passage by its key as [cite:KEY]."""
    where = await consult(where_to_look, context, videos, everywhere)
    found = await find(
        user_id=context.user_id,
        question=query,
        videos=where,
        chat_id=context.chat_id or None,
        message_id=context.message_id,
        token=context.token,
    )
    found = fitting(query, found)
    if found and context.chat_id:  # a session keeps what it was told
        found = await consult(note_told, found)
    if not found:
        return {"query": query, "passages": [], "said": NOTHING}
    return told_of(query, found)


def fitting(query: str, found: list[Passage]) -> list[Passage]:
    """The first of them that a result has room for; at least one."""
    while len(found) > 1 and len(as_told(told_of(query, found).result).encode()) > RESULT_LIMIT:
        found = found[:-1]
    return found


def told_of(query: str, found: Sequence[Passage]) -> Told:
    kept = {"query": query, "passages": [each.kept for each in found]}
    return Told(passages.retold(kept, {each.key: each.text for each in found}), kept)


def where_to_look(
    context: ToolContext, titles: Sequence[str] | None, everywhere: bool
) -> list[UUID | str] | None:
    """The videos that are named, else those of the session; None: all that the person may see."""
    if titles:
        return named(context.user_id, titles)
    return None if everywhere else chosen(context) or None


def named(user_id: int, titles: Sequence[str]) -> list[UUID | str]:
    """The videos of these titles, or in whose titles they stand. Raises ToolProblem where there is none."""
    wanted = [title.strip() for title in titles if title.strip()]
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id)).order_by()
    for how in ("title__iexact", "title__icontains"):
        matches = reduce(or_, (Q(**{how: title}) for title in wanted), Q(pk__in=[]))
        if found := list(seen.filter(matches).values_list("pk", flat=True)[:50]):
            return list(found)
    raise ToolProblem("There is no video of that title.")


def chosen(context: ToolContext) -> list[UUID | str]:
    """The videos of the session, as they are chosen now."""
    if not context.chat_id:
        return []
    rows = ChatSession.objects.filter(pk=context.chat_id).values_list("settings", flat=True)
    return list((rows.first() or {}).get("videos") or [])
