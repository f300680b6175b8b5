"""A person with a browser, as a program: logs in, sends, and follows conversations on sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from .page import Page
from .processes import NAME, PASSWORD

SEEN_AFTER = 0.5  # seconds
RECONNECT = 0.05  # seconds
PATIENCE = aiohttp.ClientTimeout(total=20)
RESET = struct.pack("ii", 1, 0)  # linger 0: closing the socket resets the connection


class Person:
    """`async with Person(server.url) as person:` is logged in."""

    def __init__(self, url: str, jar: aiohttp.CookieJar | None = None) -> None:
        """With the `jar` of another person this is the same one, at another server."""
        self.url = url
        self._known = jar is not None
        self.jar = jar or aiohttp.CookieJar(unsafe=True)
        self._readers: list[Reader] = []

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(cookie_jar=self.jar, timeout=PATIENCE)
        if not self._known:
            await self.log_in()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers:
            await reader.leave()
        await self._http.close()

    @property
    def _csrf(self) -> str:
        return self.jar.filter_cookies(URL(self.url))["csrftoken"].value

    async def log_in(self) -> None:
        async with self._http.get(f"{self.url}/accounts/login/") as answer:
            answer.raise_for_status()
        form = {"login": NAME, "password": PASSWORD, "csrfmiddlewaretoken": self._csrf}
        async with self._http.post(f"{self.url}/accounts/login/", data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()

    async def post(self, path: str, **form: str) -> aiohttp.ClientResponse:
        """As htmx posts. Raises aiohttp.ClientError where nobody answers."""
        headers = {"X-CSRFToken": self._csrf, "HX-Request": "true"}
        async with self._http.post(
            f"{self.url}{path}", data=form, headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            return answer

    async def new_chat(self) -> str:
        answer = await self.post("/sessions/")
        assert answer.status == 302, answer.status
        return answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1]

    async def send(self, chat: str, content: str, client_id: str = "") -> int:
        """The status the server answered with; 204 is a message that is stored."""
        return (await self.post(f"/sessions/{chat}/messages/", content=content, client_id=client_id)).status

    async def stop(self, chat: str) -> int:
        return (await self.post(f"/sessions/{chat}/stop/")).status

    async def act(self, chat: str, message: str, verb: str) -> int:
        """retry, continue or regenerate."""
        return (await self.post(f"/sessions/{chat}/messages/{message}/{verb}/")).status

    async def get(self, path: str) -> str:
        async with self._http.get(f"{self.url}{path}") as answer:
            answer.raise_for_status()
            return await answer.text()

    async def page(self, chat: str) -> str:
        return await self.get(f"/sessions/{chat}/")

    async def watch(self, chat: str, *, returns: bool = False) -> Reader:
        """Open the page of a chat and follow it; `returns` connects again whenever the socket is lost."""
        reader = Reader(self, chat, await self.page(chat), returns=returns)
        self._readers.append(reader)
        await reader.connected()
        return reader


class Reader:
    """One open page: takes what fits, resumes where something does not, acknowledges."""

    def __init__(self, person: Person, chat: str, html: str, *, returns: bool) -> None:
        self._person, self.chat, self._returns = person, chat, returns
        self.page = Page(html)
        self.codes: list[int | None] = []
        self.connections = 0
        self._frames = 0  # of this socket
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._news = asyncio.Condition()
        self._resumed_at = 0.0
        self._task = asyncio.create_task(self._live())

    async def connected(self) -> None:
        await self.wait_for(lambda page: self._socket is not None)

    @property
    def closed(self) -> bool:
        return self._task.done()

    async def wait_for(self, true: Callable[[Page], bool], seconds: float = 20) -> None:
        """Until this is true of the page; looked at after each frame. Raises TimeoutError."""
        try:
            async with asyncio.timeout(seconds), self._news:
                while not true(self.page):
                    if self._task.done():
                        await self._task
                        raise AssertionError(f"the socket was closed with {self.codes}")
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"after {seconds} s the page is still: {self.page.described()}") from None

    async def until_closed(self, seconds: float = 20) -> int | None:
        """The code the server closed with."""
        await asyncio.wait_for(asyncio.shield(self._task), seconds)
        return self.codes[-1] if self.codes else None

    async def cut(self) -> bool:
        """Reset the connection, as a network that breaks. False: there was none just now."""
        session, opened = self._session, self._socket
        if session is None or opened is None:
            return False
        raw = opened.get_extra_info("socket")
        if raw is None:
            return False
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        await session.close()
        return True

    async def leave(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
            await self._task

    # ------------------------------------------------------------ the socket

    async def _live(self) -> None:
        while True:
            try:
                self._session = aiohttp.ClientSession(cookie_jar=self._person.jar)
                async with self._session:
                    await self._follow(self._session)
            except (aiohttp.ClientError, OSError):
                self.codes.append(None)
            self._socket = None
            await self._tell()
            if not self._returns or self.codes[-1] in (4401, 4404):
                return
            await asyncio.sleep(RECONNECT)

    async def _follow(self, session: aiohttp.ClientSession) -> None:
        url = f"{self._person.url}/ws/sessions/{self.chat}/"
        async with session.ws_connect(
            url, headers={"Origin": self._person.url}, max_msg_size=0, autoping=True
        ) as opened:
            self._socket, self.page.refusing = opened, False
            self.connections += 1
            await self._resume(opened)
            await self._tell()
            acknowledging = asyncio.create_task(self._acknowledge(opened))
            try:
                await self._take_all(opened)
            finally:
                acknowledging.cancel()
            self.codes.append(opened.close_code)

    async def _take_all(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        self._frames = 0
        async for message in opened:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            self._frames += 1
            if not self.page.take(message.data) and time.monotonic() - self._resumed_at > 1:
                await self._resume(opened)
            await self._tell()

    async def _acknowledge(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        """Say now and then how many frames were applied, or the server sends no more."""
        told = 0
        with contextlib.suppress(aiohttp.ClientError):
            while not opened.closed:
                await asyncio.sleep(SEEN_AFTER)
                if told != self._frames:
                    told = self._frames
                    await opened.send_str(json.dumps({"type": "seen", "n": told}))

    async def _resume(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        self._resumed_at = time.monotonic()
        await opened.send_str(json.dumps(self.page.resuming()))

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
