"""Operations of programs that ask for answers and follow them: what asks the database runs on a few threads as pages do
(`chatproject.pages` says why), waiting and streaming then go on upon the event loop and hold none of them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import orjson
from asgiref.sync import ThreadSensitiveContext
from django.core.exceptions import RequestAborted
from django.http.response import HttpResponseBase

from chatproject.pages import RETRY_AFTER, PageHandler
from sessions_app.api import problems
from sessions_app.api.answers import Underway

# The others upload, search, copy or make files: they take longer, and a thread of their own.
LIVE = re.compile(
    r"/api/chat/sessions/[^/]+/(messages|stream|stop)/?"
    r"|/api/chat/messages/[^/]+/(retry|continue|regenerate|approve|answer)/?"
    r"|/api/agents/stream/?|/chat(/stream)?/?"
)


LISTS = re.compile(r"/api/chat/sessions/[^/]+/messages/?")
CROWDED = "Many programs ask at once just now. Try again in a moment."


def is_live(path: str, method: str) -> bool:
    """Whole lists of messages are long."""
    return LIVE.fullmatch(path) is not None and not (method != "POST" and LISTS.fullmatch(path))


class ProgramHandler(PageHandler):
    """A request on one thread until it is known how it goes on."""

    def create_request(self, scope: Any, body_file: Any) -> Any:
        request, refused = super().create_request(scope, body_file)
        if request is not None:
            request.waits_on_the_loop = True  # type: ignore[attr-defined]
        return request, refused

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self._turn(scope, body)
        if response is None:
            await self._turned_away(send)
            return
        tasks = [
            asyncio.create_task(self.listen_for_disconnect(receive)),
            asyncio.create_task(self._go_on(response, send)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            _left, ended = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    async def _turned_away(self, send: Any) -> None:
        headers = [
            (b"content-type", problems.MEDIA_TYPE.encode()),
            (b"retry-after", str(RETRY_AFTER).encode()),
            (b"cache-control", b"no-store"),
        ]
        said = orjson.dumps(problems.body(503, "crowded", CROWDED))
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    async def _go_on(self, response: HttpResponseBase, send: Any) -> None:
        if isinstance(response, Underway):
            async with ThreadSensitiveContext():  # what it asks the database has a thread of its own
                response = await response.finished()
        await self.send_response(response, send)
