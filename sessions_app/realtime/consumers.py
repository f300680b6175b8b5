"""Sockets of pages. They hold no logic: a reader does the work, and replies run whatever happens to a socket."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.cookie import parse_cookie

from sessions_app.models import ChatSession
from sessions_app.reading import read

from . import runtime
from .reader import GONE, NOBODY, Reader

FRAME_LIMIT = 4096  # bytes; neither the server nor Channels has one of its own
RESTARTING = 4012


def person_of(session_key: str) -> int | None:
    """Who is logged in with this session, checked anew: password changes and deactivation end it."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user.pk if user.is_authenticated and user.is_active else None


def may_read(person: int, chat: UUID) -> bool:
    return ChatSession.readable_by(person, chat) is not None


def refusal(session_key: str, person: int, chat: UUID | None) -> int | None:
    """The code this socket is to be closed with, or None where it may stay."""
    if person_of(session_key) != person:
        return NOBODY
    return None if chat is None or may_read(person, chat) else GONE


class WorkspaceConsumer(AsyncWebsocketConsumer):
    """One page. Accepts first and then closes with 4401 or 4404, so that the page learns which."""

    channel_layer_alias = ""  # no channel of its own: it would wait on Redis, and die with it
    reader: Reader | None = None

    async def dispatch(self, message: Any) -> None:
        """Without the thread on which Channels first looks for old connections, at every frame: none is used here."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()
        process = runtime.current()
        if process is None or process.hub is None:
            await self.close(RESTARTING)
            return
        session_key = self._session_key()
        person = await read(person_of, session_key) if session_key else None
        if person is None:
            await self.close(NOBODY)
            return
        chat: UUID | None = self.scope["url_route"]["kwargs"].get("chat")
        self.reader = Reader(
            process.hub,
            person=person,
            chat=chat,
            send=self._send_text,
            close=self._close,
            allowed=lambda: person_of(session_key) == person,
        )
        process.hub.join(self.reader)
        code = await read(
            refusal, session_key, person, chat
        )  # joined before: a login that ends now is heard of
        if code is not None:
            await self.reader.end(code)
        elif chat is None:
            self.reader.ready = True

    def _session_key(self) -> str:
        headers = dict(self.scope.get("headers", []))
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
        return str(cookies.get(settings.SESSION_COOKIE_NAME, ""))

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

    async def _close(self, code: int) -> None:
        await self.close(code)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.reader is None:
            return
        if bytes_data is not None or text_data is None or len(text_data) > FRAME_LIMIT:
            await self.close(1009)
            return
        try:
            frame = json.loads(text_data)
            self._act(self.reader, frame)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            await self.close(1008)

    def _act(self, reader: Reader, frame: Any) -> None:
        """The two frames a page sends. Anything else is a mistake of the program at the other end."""
        if frame["type"] == "resume":
            reply = str(frame.get("reply") or "")[:40]
            reader.resume(max(0, int(frame.get("version") or 0)), reply, max(0, int(frame.get("seq") or 0)))
        elif frame["type"] == "seen":
            reader.seen(max(0, int(frame["n"])))
        else:
            raise ValueError(frame["type"])

    async def disconnect(self, code: int) -> None:
        if self.reader is not None:
            self.reader.hub.leave(self.reader)
            self.reader = None
