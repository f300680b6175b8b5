"""A limit on waiting that is renewed often and cheaply.

`asyncio.timeout` sets and cancels a timer for every wait, at each token. This one sets a timer only when the last
one has run out, and moves the limit by writing down a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from sessions_app.providers.base import TimedOut

_T = TypeVar("_T")


class Patience:
    """Raises TimedOut in the task that waits once `seconds` have passed since it was made or renewed.

    Time in which nobody waits counts only until the next `renew`; call `end` when done.
    """

    __slots__ = ("_label", "_limit", "_loop", "_ran_out", "_task", "_timer")

    def __init__(self, seconds: float, label: str = "Anthropic") -> None:
        """`label` is the provider's name for people, whom the error names."""
        self._label = label
        self._loop = asyncio.get_running_loop()
        self._limit = self._loop.time() + seconds
        self._task: asyncio.Task[Any] | None = None
        self._ran_out = False
        self._timer: asyncio.TimerHandle | None = self._loop.call_at(self._limit, self._look)

    def renew(self, seconds: float) -> None:
        """Allow this many seconds from now."""
        limit = self._loop.time() + seconds
        if limit < self._limit:
            self.end()
        self._limit = limit
        if self._timer is None:
            self._timer = self._loop.call_at(limit, self._look)

    def end(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def wait(self, awaitable: Awaitable[_T]) -> _T:
        """The awaitable's result. Raises TimedOut, or CancelledError if someone else cancelled."""
        task = self._task = asyncio.current_task()
        try:
            result = await awaitable
        except asyncio.CancelledError:
            if not self._ran_out or (task is not None and task.uncancel() > 0):
                raise
        else:
            if not self._ran_out:
                return result
            if task is not None:
                task.uncancel()
        finally:
            self._task = None
        raise TimedOut(provider=self._label)

    def _look(self) -> None:
        """The timer ran out: the limit may have moved on meanwhile, or nobody may be waiting."""
        self._timer = None
        if self._loop.time() < self._limit:
            self._timer = self._loop.call_at(self._limit, self._look)
        elif self._task is not None:
            self._ran_out = True
            self._task.cancel()
