"""Google's SDK addresses and sends a request; what comes back is taken from it unread.

Its own stream skips lines that are no data, mends broken characters, and does not tell an answer that was cut off from
one that ended. It takes an HTTP client of ours, which keeps the real response and hands the SDK an empty one.

Importing this takes most of a second, so it is imported on first use.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx2
from google import genai

_HOME = "https://generativelanguage.googleapis.com/"
_VERSION = "v1beta"
_taken: ContextVar[list[httpx2.Response] | None] = ContextVar("taken", default=None)


class Refused(Exception):
    """An answer with an error status. Its words are for `gemini_errors` alone."""

    def __init__(self, response: httpx2.Response, body: object) -> None:
        super().__init__(response.status_code)
        self.status_code = response.status_code
        self.response = response
        self.body = body


@dataclass(frozen=True, slots=True)
class Opened:
    """A response whose body has not been read."""

    http_response: httpx2.Response

    @property
    def headers(self) -> httpx2.Headers:
        return self.http_response.headers

    @property
    def status_code(self) -> int:
        return self.http_response.status_code


class Keeping(httpx2.AsyncClient):
    """Keeps each response for whoever asked, in this task."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        # The SDK sets a limit of its own for each request, or none at all; ours is the client's.
        request.extensions["timeout"] = self.timeout.as_dict()
        options["stream"] = True
        response = await super().send(request, **options)
        taken = _taken.get()
        if taken is None:
            await response.aclose()
            raise RuntimeError("nobody asked for this response")
        taken.append(response)
        return httpx2.Response(200, request=request)


class Sender:
    """The SDK's client for one event loop, with the HTTP client under it."""

    def __init__(
        self, key: str, base_url: str | None, timeout: httpx2.Timeout, limits: httpx2.Limits
    ) -> None:
        # At lower levels the SDK tells of every call.
        logging.getLogger("google_genai").setLevel(logging.ERROR)
        # Redirects would carry the key to another host.
        self._http = Keeping(timeout=timeout, limits=limits, follow_redirects=False)
        options: Any = {
            "base_url": base_url or _HOME,
            "api_version": _VERSION,
            "headers": {"accept-encoding": "identity"},
            "httpx_async_client": self._http,
        }
        self._sdk = genai.Client(vertexai=False, api_key=key, http_options=options)

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def generate(self, model: str, body: dict[str, Any]) -> AsyncGenerator[Opened, None]:
        """The answer to a request whose body is complete; the SDK's own `contents` give way to it. Raises Refused."""
        config: Any = {
            "http_options": {"extra_body": body},
            "automatic_function_calling": {"disable": True},
            "automatic_continuation": False,
        }
        async with _taking() as taken:
            stream = await self._sdk.aio.models.generate_content_stream(
                model=model, contents="-", config=config
            )
            async for _ in stream:  # an empty response has no pieces: this only sends
                pass
            yield await _accepted(taken)

    async def count(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is told of the tokens of a whole request; the API counts either `contents` alone or all of it."""
        whole = {"contents": [], "generateContentRequest": {"model": f"models/{model}", **body}}
        config: Any = {"http_options": {"extra_body": whole}}
        async with _taking() as taken:
            await self._sdk.aio.models.count_tokens(model=model, contents="-", config=config)
            return await _read(taken)

    async def models(self) -> list[dict[str, Any]]:
        """All models that the key may use, as the list tells of them."""
        async with _taking() as taken:
            await self._sdk.aio.models.list(config={"page_size": 1000})
            found: list[dict[str, Any]] = (await _read(taken))["models"]
            return found


@asynccontextmanager
async def _taking() -> AsyncGenerator[list[httpx2.Response], None]:
    """What is sent meanwhile leaves its responses here; they are closed at the end."""
    taken: list[httpx2.Response] = []
    before = _taken.get()
    _taken.set(taken)
    try:
        yield taken
    finally:
        _taken.set(before)
        for response in taken:
            await response.aclose()


async def _accepted(taken: list[httpx2.Response]) -> Opened:
    if not taken:
        raise httpx2.TransportError("nothing was sent")
    response = taken[-1]
    if response.status_code == 200:
        return Opened(response)
    await response.aread()
    try:
        body: object = response.json()
    except ValueError:
        body = None
    raise Refused(response, body)


async def _read(taken: list[httpx2.Response]) -> dict[str, Any]:
    response = (await _accepted(taken)).http_response
    await response.aread()
    answer: dict[str, Any] = response.json()
    return answer
