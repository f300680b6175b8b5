"""Pages on a few threads of their own, each request on one from its first middleware to its last.

Under ASGI Django sends every classic middleware to a thread and back, twice a request, on a thread and a database
connection made for that request. With a hundred sends at once that, not the work itself, took seconds.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import close_old_connections, connection
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from chatproject.bodies import HEADERS

THREADS = 4
RETRY_AFTER = 5  # seconds


class PageHandler(ASGIHandler):
    """Runs the whole of a request, middleware and view, on one thread. For views that neither stream nor wait.

    With `waiting` no more than so many wait for one of its threads, none longer than `patience` seconds: the rest gets
    503 with the sentence `crowded`.
    """

    def __init__(
        self,
        name: str = "pages",
        *,
        threads: int = THREADS,
        waiting: int = 0,
        patience: float = 0,
        crowded: str = "",
    ) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._most = threads + waiting if waiting else 0
        self._patience, self._crowded = patience, crowded
        self._come = 0  # those that wait or run; counted on the event loop

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """One request. Unlike Django's own, one that is left is not cancelled: its thread would not hear of it."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self._turn(scope, body)
        if response is None:
            await self._turned_away(send)
            return
        loop = asyncio.get_running_loop()
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await loop.run_in_executor(self._threads, response.close)

    async def _turn(self, scope: Any, body: Any) -> HttpResponseBase | None:
        """The answer, once it has a thread; None where it gets none in time."""
        if self._most and self._come >= self._most:
            body.close()
            return None
        self._come += 1
        try:
            context = contextvars.copy_context()
            until = time.monotonic() + self._patience if self._most else None
            work = asyncio.get_running_loop().run_in_executor(
                self._threads, context.run, self._in_time, until, scope, body
            )
            return await work
        finally:
            self._come -= 1

    def _in_time(self, until: float | None, scope: Any, body: Any) -> HttpResponseBase | None:
        if until is not None and time.monotonic() > until:
            body.close()
            return None
        return self._answer(scope, body)

    async def _turned_away(self, send: Any) -> None:
        more = [(b"retry-after", str(RETRY_AFTER).encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 503, "headers": [*HEADERS, *more]})
        await send({"type": "http.response.body", "body": self._crowded.encode()})

    def _answer(self, scope: Any, body: Any) -> HttpResponseBase:
        """A connection of SQLite stays with its thread; one of a server goes back to its pool."""
        lasting = connection.vendor == "sqlite"
        if not lasting:
            close_old_connections()
        set_script_prefix(get_script_prefix(scope))
        request, refused = self.create_request(scope, body)
        try:
            if request is None:
                return cast("HttpResponseBase", refused)
            response = self.get_response(request)
            if not response.streaming:
                request.close()
            return response
        finally:
            if not lasting:
                connection.close()
            body.close()
