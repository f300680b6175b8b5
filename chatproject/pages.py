"""Pages on a few threads of their own, each request on one from its first middleware to its last.

Under ASGI Django sends every classic middleware to a thread and back, twice a request, on a thread and a database
connection made for that request. With a hundred sends at once that, not the work itself, took seconds.
"""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import close_old_connections, connection
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

THREADS = 4


class PageHandler(ASGIHandler):
    """Runs the whole of a request, middleware and view, on one thread. For views that neither stream nor wait."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="pages")

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """One request. Unlike Django's own, one that is left is not cancelled: its thread would not hear of it."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        response = await loop.run_in_executor(self._threads, context.run, self._answer, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await loop.run_in_executor(self._threads, response.close)

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
