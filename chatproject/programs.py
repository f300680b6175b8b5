"""Operations of programs that ask for answers and follow them: what asks the database runs on a few threads as pages do
(`chatproject.pages` says why), waiting and streaming then go on upon the event loop and hold none of them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.core.exceptions import RequestAborted
from django.http.response import HttpResponseBase

from chatproject.pages import PageHandler
from sessions_app.api.answers import Underway

# The others upload, search, copy or make files: they take longer, and a thread of their own.
LIVE = re.compile(
    r"/api/chat/sessions/[^/]+/(messages|stream|stop)/?"
    r"|/api/chat/messages/[^/]+/(retry|continue|regenerate|approve|answer)/?"
    r"|/api/agents/stream/?|/chat(/stream)?/?"
)


def is_live(path: str) -> bool:
    return LIVE.fullmatch(path) is not None


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
        assert response is not None  # its turns are not bounded
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

    async def _go_on(self, response: HttpResponseBase, send: Any) -> None:
        if isinstance(response, Underway):
            async with ThreadSensitiveContext():  # what it asks the database has a thread of its own
                response = await response.finished()
        await self.send_response(response, send)
