"""Summaries of what leaves the window, written by a cheap model after an answer; they delay nothing, and may fail quietly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from sessions_app.actions.errors import Refused
from sessions_app.actions.summaries import LONGEST, keep_summary
from sessions_app.agent.summarising import Wanted, wanted
from sessions_app.models import ChatSession, Reply
from sessions_app.reading import Unavailable, read

from .aside import ask

if TYPE_CHECKING:
    from .runner import Runner

log = structlog.get_logger("sessions_app.summaries")
SLOWEST = 90.0  # seconds
_under_way: set[UUID] = set()


async def write_summary(runner: Runner, reply: Reply) -> None:
    """Ask for a summary where one is wanted, and keep it. Whatever fails leaves the chat as it was; one at a time is
    written of a chat."""
    chat = reply.session_id
    if chat in _under_way:
        return
    _under_way.add(chat)
    try:
        found = await read(wanted, reply)
        if found is not None:
            await _write(runner, reply, found)
    except (*Unavailable, Refused, ChatSession.DoesNotExist):
        log.warning("summary not kept", reply=str(reply.pk))
    finally:
        _under_way.discard(chat)


async def _write(runner: Runner, reply: Reply, what: Wanted) -> None:
    try:
        async with asyncio.timeout(SLOWEST):
            said = await ask(runner, what.chat, what.request, reply, what.provider)
    except TimeoutError:
        log.info("summary took too long")
        return
    text = said.text.strip()
    if said.ended != "end" or not text or len(text) > LONGEST:
        log.info("summary not usable", ended=said.ended, length=len(text))
        return
    await runner.writer.run(
        keep_summary,
        chat=what.chat,
        until=what.until,
        text=text,
        model=what.request.model,
        replaces=what.replaces,
        since=what.since,
        former=what.former,
    )
