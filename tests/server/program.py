"""Programs that follow a reply over server-sent events: one that is cut and resumes, one that never reads."""

from __future__ import annotations

import asyncio
import fcntl
import json
import random
import socket
import struct
import termios
from array import array
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

RESET = struct.pack("ii", 1, 0)  # linger 0: closing the socket resets the connection
ENOUGH = 1_200  # bytes: more than a head and the comment that opens a stream
MOST = 6_000  # bytes until the next cut
PATIENCE = aiohttp.ClientTimeout(total=60)
ENDS = ("complete", "stopped", "interrupted", "failed")


@dataclass
class Follower:
    """What an EventSource does: an event counts once it is whole, and the id of the last one is sent when it returns."""

    url: str
    token: str
    last: str = ""
    text: str = ""
    cuts: int = 0
    connections: int = 0
    chunks: list[dict[str, Any]] = field(default_factory=list)
    _half: bytes = b""

    @property
    def ended(self) -> bool:
        last = self.chunks[-1] if self.chunks else None
        return last is not None and last["type"] == "metadata" and last["data"]["status"] in ENDS

    async def follow(self, cuts: int = 0, chance: random.Random | None = None) -> None:
        """To the end of the reply; the connection is reset so many times before, wherever it stands."""
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(timeout=PATIENCE, connector=connector) as http:
            while not self.ended:
                most = chance.randint(1, MOST) if chance is not None and self.cuts < cuts else None
                await self._connected(http, most)

    async def _connected(self, http: aiohttp.ClientSession, most: int | None) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} | (
            {"Last-Event-ID": self.last} if self.last else {}
        )
        self.connections, self._half = self.connections + 1, b""
        async with http.get(self.url, headers=headers) as answer:
            if answer.status == 204:
                await asyncio.sleep(0.01)  # it has not begun
                return
            assert answer.status == 200, await answer.text()
            assert answer.headers["Content-Type"] == "text/event-stream"
            taken = 0
            while piece := await answer.content.read(MOST if most is None else most - taken):
                self.take(piece)
                taken += len(piece)
                if most is not None and taken >= most and not self.ended:
                    self._cut(answer)
                    return

    def _cut(self, answer: aiohttp.ClientResponse) -> None:
        assert answer.connection is not None
        assert answer.connection.transport is not None
        raw = answer.connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        answer.connection.transport.abort()
        self.cuts += 1

    def take(self, piece: bytes) -> None:
        *blocks, self._half = (self._half + piece).split(b"\n\n")
        for block in blocks:
            lines = dict(line.split(": ", 1) for line in block.decode().split("\n") if line[:1] != ":")
            if lines:
                self.last, chunk = lines["id"], json.loads(lines["data"])
                self.chunks.append(chunk)
                if chunk["type"] == "content":
                    self.text = chunk["data"] if chunk.get("replace") else self.text + chunk["data"]


class Deaf:
    """A connection that asks and never reads; its own buffers are as small as they can be."""

    def __init__(self, url: str, token: str, method: str = "GET", body: bytes = b"") -> None:
        address = urlsplit(url)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect((address.hostname, address.port))
        head = [
            f"{method} {address.path}?{address.query} HTTP/1.1",
            f"Host: {address.netloc}",
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    async def flooded(self) -> None:
        """Until more than the head of the answer waits here to be read."""
        waiting = array("i", [0])
        while waiting[0] < ENOUGH:
            await asyncio.sleep(0.01)
            fcntl.ioctl(self._socket, termios.FIONREAD, waiting)

    def leave(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._socket.close()
