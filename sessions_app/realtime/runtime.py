"""What a server process starts and ends around its pages: hub, runner, remote signals, its row and lock."""

from __future__ import annotations

import asyncio

import structlog
from django.conf import settings

from sessions_app import offering
from sessions_app.actions import processes
from sessions_app.models import uuid7

from . import connections, feed
from .hub import Hub
from .remote import Remote
from .runner import Runner

log = structlog.get_logger("sessions_app.runtime")


class Runtime:
    """One a process. `start` on the event loop that serves the pages."""

    def __init__(self) -> None:
        self.owner = uuid7()
        self.hub: Hub | None = None
        self.runner: Runner | None = None
        self.lock: processes.ProcessLock | None = None

    async def start(self) -> None:
        """Register, bury what dead processes left, begin to claim."""
        feed.reopen()
        self.lock = processes.ProcessLock(self.owner)
        self.hub = Hub(asyncio.get_running_loop())
        self.runner = Runner(self.hub, owner=self.owner)
        await self.runner.writer.insist(processes.register, owner=self.owner, lock_path=str(self.lock.path))
        if settings.REDIS_URL:
            self.hub.remote = Remote(self.hub)
            self.hub.remote.start()
        feed.attach(self.hub)
        await self.runner.writer.insist(offering.current)  # a page of strangers may be this process's first
        self.runner.start()
        log.info("runner started", owner=str(self.owner))

    async def close(self, *, grace: float = 0.0) -> None:
        """End every reply and say so: their pages hear it before their sockets close."""
        feed.close()
        if self.runner is None or self.hub is None:
            return
        await self.runner.close(grace=grace)
        await self.hub.caught_up()
        if self.hub.remote is not None:
            await self.hub.remote.close()
        await self.runner.writer.run(processes.sign_off, owner=self.owner)
        feed.attach(None)
        await connections.close()
        await asyncio.get_running_loop().run_in_executor(None, self.runner.writer.close)
        if self.lock is not None:
            self.lock.release()


_current: Runtime | None = None


def current() -> Runtime | None:
    """The runtime of this process, if it has started."""
    return _current


async def start() -> Runtime:
    """Start this process's runtime once."""
    global _current
    if _current is None:
        _current = Runtime()
        await _current.start()
    return _current


async def close(*, grace: float = 0.0) -> None:
    global _current
    runtime, _current = _current, None
    if runtime is not None:
        await runtime.close(grace=grace)
