"""The channel layer, which carries signals between server processes."""

from __future__ import annotations

import asyncio
import time

from channels.layers import get_channel_layer
from django.conf import settings

from .parts import Component

SLOW, LIMIT = 500, 2.0  # ms, s


async def channel_layer() -> Component:
    """A message of our own, sent and received."""
    if not settings.REDIS_URL:
        detail = "One process serves the workspace and needs no channel layer."
        return Component("Channel layer", "ok", detail, key="layer")
    layer, began = get_channel_layer(), time.perf_counter()
    try:
        async with asyncio.timeout(LIMIT):
            name = await layer.new_channel()
            await layer.send(name, {"type": "health"})
            await layer.receive(name)
    except Exception as problem:  # whatever the layer's client raises, it is not there for us
        detail = (
            f"The channel layer does not answer ({type(problem).__name__}). "
            "Replies go on; pages learn of changes made by other processes within 2 s."
        )
        return Component("Channel layer", "down", detail, key="layer")
    took = round((time.perf_counter() - began) * 1000, 1)
    slow = took > SLOW
    detail = f"A message came back after {took:g} ms."
    return Component("Channel layer", "degraded" if slow else "ok", detail, took, key="layer")
