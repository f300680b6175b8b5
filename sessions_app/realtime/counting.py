"""Requests near their limit are counted by the provider before they leave, where it counts and nothing was counted of
this conversation yet: what an estimate took for short may be too long."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from typing import Protocol, runtime_checkable

import structlog

from sessions_app.actions.replies import move_window
from sessions_app.agent import context, whole
from sessions_app.agent.context import Plan
from sessions_app.agent.weights import BYTES_A_TOKEN
from sessions_app.models import Reply
from sessions_app.providers.base import ProviderError, Request
from sessions_app.reading import Unavailable, read

from .connections import provider
from .gathering import again
from .writer import Writer

log = structlog.get_logger("sessions_app.context")
NEAR = 0.85  # of the limit, by the estimate
PATIENCE = 2.0  # seconds that an answer waits for a count at the most
MOST_KEPT = 500
_known: OrderedDict[str, int] = OrderedDict()


@runtime_checkable
class Counting(Protocol):
    """A provider that can say how many tokens a request has, without answering it and without a charge."""

    async def count(self, request: Request) -> int: ...


async def fitted(reply: Reply, plan: Plan, writer: Writer) -> Plan:
    """The plan, or one that begins later where the provider counts more than may be sent. Whatever fails leaves it."""
    limit = whole.limit_of(reply.session, plan.provider, plan.request)
    estimate = plan.estimate * 4 / BYTES_A_TOKEN  # rather too many
    if reply.turns or limit is None or reply.model_config.get("measured") or estimate < NEAR * limit:
        return plan
    counted = await count(plan)
    if counted is None:
        counted = plan.estimate  # it is rather too small: what it finds too long, surely is
    if counted <= limit:
        return plan
    try:
        if await writer.run(move_window, reply=reply, counted=counted):
            log.info("request was too long", counted=counted, limit=limit)
            return again(plan, await read(context.plan, reply))
    except Unavailable:
        log.warning("database unavailable", step="move window")
    return plan


async def count(plan: Plan) -> int | None:
    """As the provider counts it; None where it does not, or not in time."""
    asked = provider(plan.provider)
    if not isinstance(asked, Counting):
        return None
    key = await asyncio.to_thread(hash_of, plan.request)
    if key not in _known:
        try:
            async with asyncio.timeout(PATIENCE):
                _known[key] = await asked.count(plan.request)
        except (TimeoutError, ProviderError) as error:
            log.info("not counted", error=type(error).__name__)
            return None
        while len(_known) > MOST_KEPT:
            _known.popitem(last=False)
    return _known[key]


def hash_of(request: Request) -> str:
    """Of all that is counted; what a file holds is told by its name and size."""
    told = (request.model, request.system, request.turns, request.tools, request.thinking)
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()
