"""Claude through the Anthropic API. The SDK makes the request; its answer is read here, as bytes.

Reading the events ourselves costs less than half of the SDK's typed ones, and is strict where the SDK repairs:
an end that is no end, a cut connection and broken tool JSON are each told as what they are.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from sessions_app.providers import anthropic_errors, anthropic_request
from sessions_app.providers.anthropic_stream import Reading
from sessions_app.providers.base import (
    Event,
    KeyRefused,
    ModelMissing,
    ProviderError,
    Request,
    StreamCut,
    StreamGarbled,
    TimedOut,
    Unreachable,
)
from sessions_app.providers.catalog import UnknownModel
from sessions_app.providers.patience import Patience
from sessions_app.providers.sse import EventParser, EventTooLarge

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_MAX_CONNECTIONS = 10_000
_KEEPALIVE_SECONDS = 30.0
_COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking")
_NO_KEY = "No key for Anthropic is set. Staff can set one."


class AnthropicProvider:
    """Streams answers of Claude. One for the process; it keeps one HTTP client for each event loop.

    Time-outs are seconds: `connect_timeout` for the connection, `first_byte_timeout` until the answer begins,
    `content_timeout` between two pieces of content (pings are none).
    """

    name = "anthropic"

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        version: str | None = None,
        *,
        connect_timeout: float = 10,
        first_byte_timeout: float = 60,
        content_timeout: float = 60,
        drain_timeout: float = 1,
    ) -> None:
        self._key = api_key.strip()
        self._base_url = base_url or None
        self._version = version or None
        self._connect_timeout = connect_timeout
        self._first_byte_timeout = first_byte_timeout
        self._content_timeout = content_timeout
        self._drain_timeout = drain_timeout
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncAnthropic] = (
            weakref.WeakKeyDictionary()
        )

    def __repr__(self) -> str:
        return f"<AnthropicProvider {self._base_url or 'default address'}>"

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """The events of one model call; raises exactly one ProviderError when it fails.

        Closing the iterator (or cancelling the task that waits in it) closes the connection at once. Leave it
        early only through `contextlib.aclosing`, or the connection stays open until it is collected.
        """
        if not self._key or not self._key.isascii() or not self._key.isprintable():
            raise KeyRefused(_NO_KEY if not self._key else None)
        attempt = _Attempt(Patience(self._first_byte_timeout))
        failure: ProviderError | None = None
        try:
            async with aclosing(self._events(request, attempt)) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            failure = error
        except _transport_errors() as error:
            failure = attempt.failure(error)
        finally:
            attempt.patience.end()
        # Raised out here: a context would carry the SDK's error, and with it the raw body, into every log.
        if failure is not None:
            failure.request_id = failure.request_id or attempt.request_id
            raise failure.with_traceback(None) from None

    async def count(self, request: Request) -> int:
        """Input tokens of a request as the API counts them, rather closely. Nothing is charged for it, and it has a
        rate limit of its own, so it is no row of any ledger (platform.claude.com/docs/en/build-with-claude/token-counting).
        Raises a ProviderError."""
        if not self._key or not self._key.isascii() or not self._key.isprintable():
            raise KeyRefused(_NO_KEY if not self._key else None)
        try:
            arguments = await asyncio.to_thread(anthropic_request.build, request, self._version)
        except UnknownModel as error:
            raise ModelMissing(error.sentence) from None
        counted = {name: arguments[name] for name in _COUNTED if name in arguments}
        attempt = _Attempt(Patience(self._first_byte_timeout))
        try:
            found = await attempt.patience.wait(self._client().messages.count_tokens(**counted))
            return int(found.input_tokens)
        except _transport_errors() as error:
            failure = attempt.failure(error)
        finally:
            attempt.patience.end()
        raise failure.with_traceback(None) from None

    async def aclose(self) -> None:
        """Close this loop's connections. The provider can be used again; it then opens new ones."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    async def _events(self, request: Request, attempt: _Attempt) -> AsyncGenerator[Event, None]:
        try:
            if anthropic_request.reads_files(request):
                arguments = await asyncio.to_thread(anthropic_request.build, request, self._version)
            else:
                arguments = anthropic_request.build(request, self._version)
        except UnknownModel as error:
            raise ModelMissing(error.sentence) from None
        patience, parser = attempt.patience, EventParser()
        opening = self._client().messages.with_streaming_response.create(**arguments)
        try:
            response = await patience.wait(opening.__aenter__())
            headers = response.headers
            attempt.request_id = headers.get("request-id", "")
            if "text/event-stream" not in headers.get("content-type", ""):
                raise StreamGarbled(status=response.status_code)
            reading = Reading(request.model, attempt.request_id)
            async with aclosing(response.http_response.aiter_bytes()) as chunks:
                while not reading.ended:
                    chunk = await patience.wait(anext(chunks, b""))
                    if not chunk:
                        raise StreamCut(status=200)
                    attempt.answered, known = True, reading.known
                    for _, data in parser.feed(chunk):
                        for event in reading.read(data):
                            yield event
                    if reading.known != known:
                        patience.renew(self._content_timeout)
                    if seconds := request.rest():
                        await asyncio.sleep(seconds)
                await self._drain(chunks, patience)
        finally:
            await opening.__aexit__(None, None, None)

    async def _drain(self, chunks: AsyncIterator[bytes], patience: Patience) -> None:
        """Read to the end of the body after the last event, so that the connection can be used again."""
        patience.renew(self._drain_timeout)
        # The answer is whole by now; whatever fails, only the connection is lost.
        with suppress(TimedOut, *_transport_errors()):
            while await patience.wait(anext(chunks, b"")):
                pass

    def _client(self) -> AsyncAnthropic:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._new_client()
        return client

    def _new_client(self) -> AsyncAnthropic:
        """Imported here: the SDK takes most of a second to import, and the offline assistant needs none of it."""
        import httpx2
        from anthropic import AsyncAnthropic, DefaultAioHttpClient

        # At debug level the SDK logs whole requests.
        logging.getLogger("anthropic").setLevel(logging.WARNING)
        headers = {"x-api-key": self._key, "accept-encoding": "identity"}
        if self._version:
            headers["anthropic-version"] = self._version
        limits = httpx2.Limits(max_connections=_MAX_CONNECTIONS, keepalive_expiry=_KEEPALIVE_SECONDS)
        # Patience watches reading. Redirects would carry the key to another host.
        return AsyncAnthropic(
            api_key=self._key,
            base_url=self._base_url,
            max_retries=0,
            default_headers=headers,
            timeout=httpx2.Timeout(None, connect=self._connect_timeout),
            http_client=DefaultAioHttpClient(limits=limits, follow_redirects=False),
        )


class _Attempt:
    """How far one call has come, which decides what a broken connection is called."""

    __slots__ = ("answered", "patience", "request_id")

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.answered = False
        self.request_id = ""

    def failure(self, error: Exception) -> ProviderError:
        """Our error for what `_transport_errors` names."""
        from anthropic import APIStatusError
        from httpx2 import DecodingError

        if isinstance(error, APIStatusError):
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            return anthropic_errors.from_status(error.status_code, error.body, headers)
        if isinstance(error, EventTooLarge | UnicodeError | DecodingError):
            return StreamGarbled(status=200)
        return StreamCut(status=200) if self.answered else Unreachable()


def _transport_errors() -> tuple[type[Exception], ...]:
    """Everything that the SDK, its HTTP layer and the transport under it raise for a call that failed."""
    import aiohttp
    import httpx2
    from anthropic import AnthropicError

    return (
        AnthropicError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        httpx2.StreamError,
        aiohttp.ClientError,
        OSError,
        EventTooLarge,
        UnicodeError,
    )
