"""How much one request may bring, and what is said when the disk under it is full. Bodies are kept on disk, never whole
in memory, before a view or its form parser sees them.
"""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings

from sessions_app.api import problems

TOO_LARGE = "This is too large: at most {most} MB can be sent at once. Nothing was stored."
PIECE = 256 * 1024
_SESSION = re.compile(rb"[a-z0-9]{32}")
SAFE = (b"x-content-type-options", b"nosniff")
HEADERS = [(b"content-type", b"text/plain; charset=utf-8"), SAFE]
NO_ROOM = "The server has no room for this at the moment. Nothing was stored."


class BoundedBodies:
    """Answers 413 to a body that is too large, by its declared length or by what has come, and 507 on a full disk."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        limit = most(path, [value for name, value in scope["headers"] if name == b"cookie"])
        if declared(scope) > limit:
            await refuse(send, path, 413, too_large(limit))
            return
        answer = _Answer(receive, send, path, limit)
        try:
            await self.application(scope, answer.receive, answer.send)
        except _TooLarge:
            await answer.refuse(413, too_large(limit))
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            await answer.refuse(507, NO_ROOM)


class _TooLarge(Exception):
    pass


class _Answer:
    """One request: what has come of it, and whether its answer has begun."""

    def __init__(self, receive: Any, send: Any, path: str, limit: int) -> None:
        self._receive, self._send, self._path, self._limit = receive, send, path, limit
        self._come, self._begun = 0, False

    async def receive(self) -> Any:
        message = await self._receive()
        self._come += len(message.get("body", b""))
        if self._come > self._limit:
            raise _TooLarge
        return message

    async def send(self, message: Any) -> None:
        self._begun = True
        await self._send(message)

    async def refuse(self, status: int, sentence: str) -> None:
        if not self._begun:
            await refuse(self._send, self._path, status, sentence)


def declared(scope: Any) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


def most(path: str, cookies: Iterable[bytes] = ()) -> int:
    """Bytes that one request may bring to this path: a video comes beside what every request may bring. Not with one that
    has no session: what comes lies on disk before anybody is asked who they are."""
    videos = settings.KNOWLEDGE and path.startswith("/videos/") and in_session(cookies)
    return settings.MAX_BODY_BYTES + (settings.MAX_VIDEO_BYTES if videos else 0)


def in_session(cookies: Iterable[bytes]) -> bool:
    """Whether these headers hold what looks like the key of a session; whether it is one is asked later."""
    wanted = settings.SESSION_COOKIE_NAME.encode()
    pairs = (pair.strip().partition(b"=") for each in cookies for pair in each.split(b";"))
    return any(name == wanted and _SESSION.fullmatch(value) for name, _, value in pairs)


def too_large(limit: int) -> str:
    return TOO_LARGE.format(most=limit // 1_000_000)


def said(path: str, status: int, sentence: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of a refusal: a text, to programs problem details."""
    if not problems.is_programs(path):
        return HEADERS, sentence.encode()
    code = {413: "too_large", 507: "no_room"}[status]
    headers = [(b"content-type", problems.MEDIA_TYPE.encode()), SAFE]
    return headers, orjson.dumps(problems.body(status, code, sentence))


async def refuse(send: Any, path: str, status: int, sentence: str) -> None:
    headers, body = said(path, status, sentence)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def refusal(path: str, status: int, sentence: str) -> bytes:
    """The same as it goes over the wire, where no application runs yet; the connection ends with it."""
    headers, body = said(path, status, sentence)
    headers = [*headers, (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])


def pieces(body: Any, receive: Any) -> Any:
    """A `receive` that reads an open file piece by piece; what comes after the body comes from the given one, which
    has an empty body of its own. Between two pieces others have their turn."""
    ended = False

    async def next_piece() -> Any:
        nonlocal ended
        if not ended:
            await asyncio.sleep(0)
            piece = body.read(PIECE)
            ended = len(piece) < PIECE
            return {"type": "http.request", "body": piece, "more_body": not ended}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return next_piece
