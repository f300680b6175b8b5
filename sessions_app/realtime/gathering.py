"""What is added to a question before the model is asked: cards of the objects that CONTEXT_SOURCES names."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from typing import Protocol

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from sessions_app.actions import cards
from sessions_app.agent import context
from sessions_app.agent.cards import Card
from sessions_app.agent.context import Plan
from sessions_app.models import Reply
from sessions_app.reading import Unavailable, read

from .writer import Writer

log = structlog.get_logger("sessions_app.context")
LONGEST = 10.0  # seconds that all sources together may take: an answer never waits longer for them


class ContextSource(Protocol):
    """What an object named in CONTEXT_SOURCES does."""

    def wanted(self, reply: Reply) -> bool:
        """Whether it has anything to do for this reply (its chat, question and author are loaded). Costs next to
        nothing: it is asked before every reply, on the event loop, and reads no database."""

    async def gather(self, reply: Reply) -> list[Card]:
        """The cards it adds. What it raises is logged, and nothing is added."""


async def gathered(reply: Reply, plan: Plan, writer: Writer) -> Plan:
    """The plan with what the sources add to its question, which the question keeps. A question that was answered before
    keeps what it has; whatever fails leaves the plan as it is."""
    wanted = [source for source in _sources(tuple(settings.CONTEXT_SOURCES)) if source.wanted(reply)]
    question = reply.message.parent
    if not wanted or question is None or reply.turns or cards.has_cards(question):
        return plan
    found = await _all_of(wanted, reply)
    if not found:
        return plan
    try:
        if not await writer.run(cards.attach_cards, reply=reply, cards=found):
            return plan
        # As it is stored, and as the next request has it; what was counted before knows nothing of these cards.
        reply.model_config = {**reply.model_config, "measured": False}
        return again(plan, await read(context.plan, reply))
    except Unavailable:
        return plan


def again(plan: Plan, now: Plan) -> Plan:
    """The plan as it is now, with what is known of who answers."""
    return replace(now, instead=plan.instead, doubted=plan.doubted)


async def _all_of(sources: list[ContextSource], reply: Reply) -> list[Card]:
    jobs = [asyncio.create_task(source.gather(reply)) for source in sources]
    try:
        done, late = await asyncio.wait(jobs, timeout=LONGEST)
    finally:  # Stop may come in between
        for job in jobs:
            job.cancel()
    found: list[Card] = []
    for source, job in zip(sources, jobs, strict=True):
        if job in done and not job.cancelled() and job.exception() is None:
            found += job.result()
        else:
            log.warning("context source failed", source=type(source).__name__, late=job in late)
    return found


@cache
def _sources(paths: tuple[str, ...]) -> tuple[ContextSource, ...]:
    return tuple(import_string(path) for path in paths)
