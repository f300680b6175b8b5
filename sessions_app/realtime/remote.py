"""Signals between server processes, over the channel layer: rare, small, lost without harm."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from channels.layers import get_channel_layer

if TYPE_CHECKING:
    from .hub import Hub

log = structlog.get_logger("sessions_app.remote")
GROUP = "workspace"
LOOK_EVERY = 2.0


class Remote:
    """Joins this process to the others. While the layer is away, readers live by looking every 2 s."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.layer = get_channel_layer()
        self.name = ""
        self.well = False
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1000)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._speak, self._look)]

    def send(self, signal: dict[str, Any]) -> None:
        """Tell the other processes; dropped where too many wait."""
        with contextlib.suppress(asyncio.QueueFull):
            self._outbox.put_nowait(signal)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                self.name = await self.layer.new_channel()
                await self.layer.group_add(GROUP, self.name)
                self.well = True
                self.hub.look_again()
                while True:
                    message = await self.layer.receive(self.name)
                    if message.get("from") != self.name:
                        self.hub.receive(message["signal"])
            except asyncio.CancelledError:
                raise
            except Exception as problem:
                self._lost(problem)
                await asyncio.sleep(1)

    async def _speak(self) -> None:
        while True:
            signal = await self._outbox.get()
            try:
                await self.layer.group_send(GROUP, {"type": "signal", "signal": signal, "from": self.name})
            except asyncio.CancelledError:
                raise
            except Exception as problem:
                self._lost(problem)
                await asyncio.sleep(0.5)

    async def _look(self) -> None:
        """Group membership is renewed and every reader looks at the database, whatever the layer lost."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.hub.look_again()
            if not self.name:
                continue
            try:
                await self.layer.group_add(GROUP, self.name)
                self.well = True
            except Exception as problem:
                self._lost(problem)

    def _lost(self, problem: Exception) -> None:
        if self.well:
            log.warning("channel layer lost", kind=type(problem).__name__)
        self.well = False
