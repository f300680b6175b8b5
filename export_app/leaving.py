"""How a file leaves: piece by piece as it is written, never more of it in memory than a few pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from sessions_app.reading import give_back

from .naming import disposition

PIECE = 64 * 1024
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def together(pieces: Iterator[bytes], size: int = PIECE) -> Generator[bytes]:
    """The same bytes in fewer pieces, each of about `size` or as large as it came. Closes what it reads."""
    held: list[bytes] = []
    length = 0
    try:
        for piece in pieces:
            held.append(piece)
            if (length := length + len(piece)) >= size:
                yield b"".join(held)
                held, length = [], 0
        if held:
            yield b"".join(held)
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


async def on_a_thread(first: list[bytes], rest: Generator[bytes]) -> AsyncIterator[bytes]:
    """`first`, then what a reader written for threads gives. It is closed where whoever takes it leaves. Between two
    pieces no connection is held: whoever takes them may stop at any of them."""

    @sync_to_async
    def take() -> bytes | None:
        try:
            return next(rest, None)
        finally:
            give_back()

    try:
        await sync_to_async(give_back)()
        for piece in first:
            yield piece
        while (more := await take()) is not None:
            yield more
    finally:
        await sync_to_async(rest.close)()


def as_file(pieces: Iterator[bytes], *, name: str, media_type: str, inline: bool = False) -> HttpResponseBase:
    """A download. What is short is whole before it leaves: whatever can go wrong has gone wrong by then."""
    written = together(pieces)
    first = list(islice(written, 2))
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    response: HttpResponseBase
    if len(first) < 2:
        whole = b"".join(first)
        response = HttpResponse(whole, content_type=media_type + charset)
        response.headers["Content-Length"] = str(len(whole))
    else:
        response = StreamingHttpResponse(on_a_thread(first, written), content_type=media_type + charset)
    response.headers["Content-Disposition"] = disposition(name, inline=inline)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
