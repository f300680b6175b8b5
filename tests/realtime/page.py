"""A page at its socket: keeps the cursor's rules of the protocol, acknowledges, resumes, reconnects."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from channels.testing import WebsocketCommunicator
from django.test import AsyncClient

from chatproject.asgi import application
from sessions_app.models import ChatSession, User

from .document import Document
from .stage import stored

ORIGIN = b"http://testserver"
PATIENCE = 15.0
CURSOR = re.compile(
    r'^<i id="cursor"[^>]*data-version="(\d+)" data-reply="([^"]*)" data-from="(\d*)" data-seq="(\d+)"'
)


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def socket_of(path: str, cookie: str = "", origin: bytes | None = ORIGIN) -> WebsocketCommunicator:
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin))
    if cookie:
        headers.append((b"cookie", f"sessionid={cookie}".encode()))
    return WebsocketCommunicator(application, path, headers)


async def login(user: User) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user)
    await stored(lambda: None)  # which closes the connection that was opened for it
    return client


def key_of(client: AsyncClient) -> str:
    return str(client.cookies["sessionid"].value)


class Page:
    """One open page of a chat."""

    def __init__(self, chat: ChatSession, client: AsyncClient, document: Document) -> None:
        self.chat, self.client, self.document = chat, client, document
        self.socket: WebsocketCommunicator | None = None
        self.frames: list[str] = []  # of this socket
        self.refused = 0
        self.acknowledges = True

    @classmethod
    async def opened(cls, chat: ChatSession, user: User | None = None) -> Page:
        """GET the page, open its socket, say where it is."""
        client = await login(user or chat.owner)
        answer = await client.get(f"/sessions/{chat.pk}/")
        assert answer.status_code == 200
        page = cls(chat, client, Document(answer.content.decode()))
        await page.connect()
        return page

    async def connect(self) -> None:
        self.socket = socket_of(f"/ws/sessions/{self.chat.pk}/", key_of(self.client))
        self.frames = []
        accepted, _ = await self.socket.connect(timeout=PATIENCE)
        assert accepted
        await self.resume()

    async def resume(self, **other: Any) -> None:
        cursor = self.document.cursor
        place = {
            "version": int(cursor["data-version"]),
            "reply": cursor["data-reply"] or None,
            "seq": int(cursor["data-seq"]),
        }
        await self.say({"type": "resume", **place, **other})

    async def say(self, frame: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send_to(text_data=json.dumps(frame))

    async def cut(self) -> None:
        assert self.socket is not None
        await self.socket.disconnect(timeout=PATIENCE)
        self.socket = None

    async def next(self) -> str:
        """The next frame, not applied."""
        assert self.socket is not None
        message = await self.socket.receive_output(PATIENCE)
        if message["type"] == "websocket.close":
            raise Closed(message["code"])
        text = str(message["text"])
        self.frames.append(text)
        if self.acknowledges:
            await self.say({"type": "seen", "n": len(self.frames)})
        return text

    def fits(self, text: str) -> bool:
        match = CURSOR.match(text)
        assert match is not None, text[:200]
        cursor = self.document.cursor
        return match[3] == "" or (match[2], match[3]) == (cursor["data-reply"], cursor["data-seq"])

    async def step(self) -> None:
        """Take one frame as the page's script does: apply it if it fits, else ask again."""
        text = await self.next()
        if not self.fits(text):
            self.refused += 1
            await self.resume()
            return
        missing = len(self.document.missing)
        self.document.apply(text)
        if len(self.document.missing) > missing:
            self.document.cursor.update({"data-version": "0", "data-seq": "0"})
            await self.resume()

    async def until(self, condition: Callable[[Document], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition(self.document):
                await self.step()

    async def until_ended(self, message: object) -> None:
        done = ("complete", "stopped", "failed", "interrupted")
        await self.until(
            lambda page: page.status(message) in done and page.cursor["data-reply"] != str(message)
        )

    async def check_matches(self) -> None:
        """What the page shows is what a fresh page shows; no id twice."""
        fresh = Document((await self.client.get(f"/sessions/{self.chat.pk}/")).content.decode())
        assert self.document.doubled() == []
        assert [each.id for each in self.document.articles()] == [each.id for each in fresh.articles()]
        for article in fresh.articles():
            name = article.id.removeprefix("message-")
            assert self.document.shown(name) == fresh.shown(name)
            assert self.document.status(name) == fresh.status(name)
        for name in ("counter-tokens", "counter-runtime"):
            mine, theirs = self.document.root.find(name), fresh.root.find(name)
            assert mine is not None
            assert theirs is not None
            assert mine.attributes["data-value"] == theirs.attributes["data-value"]
