"""Reads off the event loop, on small pools of threads of their own.

Outside a request asgiref has one thread for all database work, where parallel reads would wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

P = ParamSpec("P")
R = TypeVar("R")
Unavailable = (OperationalError, InterfaceError)


class Pool:
    """Some reading threads; made on first use."""

    def __init__(self, name: str, threads: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)

    async def __call__(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `job` on a thread of this pool and return what it returns."""
        work = partial(_with_connection, partial(job, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _with_connection(job: Callable[[], R]) -> R:
    """No dead connection is used again; one of a server goes back to its pool, SQLite's stays open.

    Django would close and open SQLite's each time: half a millisecond, and it cannot go stale.
    """
    if connection.vendor != "sqlite":
        close_old_connections()
    try:
        return job()
    except Unavailable:
        connection.close()
        raise
    finally:
        if connection.vendor != "sqlite":
            connection.close()


def give_back(*, ends: bool = False) -> None:
    """The connection of this thread goes back to its pool until it is asked for again, unless it stands in a
    transaction. For who waits, or writes to somebody who may be slow. SQLite's stays open, unless the thread `ends`."""
    if (ends or connection.vendor != "sqlite") and not connection.in_atomic_block:
        connection.close()


read = Pool("reads", 2)  # for sockets and pages
consult = Pool("tools", 8)  # for tools, which may take long
housekeep = Pool("housekeeping", 1)  # for what is done now and then beside everything else
