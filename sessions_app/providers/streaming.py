"""What every provider over HTTP does alike. An SDK makes the request; its answer is read here, as bytes.

Reading the events ourselves costs less than half of an SDK's typed ones, and is strict where SDKs repair: an end that
is no end, a cut connection and broken tool JSON are each told as what they are.
"""

from __future__ import annotations

import asyncio
import importlib
import weakref
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from typing import Any, Protocol, TypeVar

from sessions_app.providers.base import (
    Event,
    KeyRefused,
    ModelInfo,
    ModelMissing,
    NotInstalled,
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
from sessions_app.providers.turns import reads_files

_T = TypeVar("_T")

MAX_CONNECTIONS = 10_000
KEEPALIVE_SECONDS = 30.0


class Reading(Protocol):
    """What has been read of one answer so far. Pure.

    `ended` is true once its proper end came; `known` counts the events that bring the answer forward (no pings).
    """

    ended: bool
    known: int

    def read(self, data: bytes) -> list[Event]:
        """The events that this one brings; [] for a ping and anything unknown. Raises ProviderError."""
        ...

    def closed(self) -> list[Event]:
        """The body is over: the last events where that is a proper end, else StreamCut."""
        ...


class Streamed(ABC):
    """Streams the answers of one provider. One for the process; it keeps one HTTP client for each event loop.

    Time-outs are seconds: `connect_timeout` for the connection, `first_byte_timeout` until the answer begins,
    `content_timeout` between two pieces of content (pings are none).
    """

    name: str
    label: str  # for people
    library: str  # that must be installed
    needs_key = True
    request_id_header = "x-request-id"

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        *,
        connect_timeout: float = 10,
        first_byte_timeout: float = 60,
        content_timeout: float = 60,
        drain_timeout: float = 1,
    ) -> None:
        self._key = api_key.strip()
        self._base_url = base_url or None
        self._connect_timeout = connect_timeout
        self._first_byte_timeout = first_byte_timeout
        self._content_timeout = content_timeout
        self._drain_timeout = drain_timeout
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base_url or 'default address'}>"

    # ------------------------------------------------------------ each provider's own

    @abstractmethod
    def _build(self, request: Request) -> dict[str, Any]:
        """The arguments of the SDK's call. Pure but for files. Raises UnknownModel."""

    @abstractmethod
    def _open(self, client: Any, arguments: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        """The call itself; on entering comes the response, whose body has not been read."""

    @abstractmethod
    def _reading(self, request: Request, request_id: str) -> Reading: ...

    @abstractmethod
    def _new_client(self) -> Any:
        """Imports the SDK: that takes most of a second, and the offline assistant needs none of it."""

    @abstractmethod
    def _refused(
        self, status: int, body: object, headers: Mapping[str, str], request: Request | None
    ) -> ProviderError:
        """The error of an answer that is not a stream; names of headers are small letters."""

    @abstractmethod
    def _sdk_errors(self) -> tuple[type[Exception], type[Exception]]:
        """The base of all that the SDK raises, and the one with `status_code`, `body` and `response`."""

    async def _listed(self, client: Any) -> list[ModelInfo]:
        """The models that the provider's own list names."""
        raise NotImplementedError

    # ------------------------------------------------------------ what all do

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """The events of one model call; raises exactly one ProviderError when it fails.

        Closing the iterator (or cancelling the task that waits in it) closes the connection at once. Leave it
        early only through `contextlib.aclosing`, or the connection stays open until it is collected.
        """
        self._check()
        attempt = Attempt(Patience(self._first_byte_timeout, self.label))
        failure: ProviderError | None = None
        try:
            async with aclosing(self._events(request, attempt)) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            failure = error
        except self._transport_errors() as error:
            failure = self._failure(error, request, attempt.answered)
        finally:
            attempt.patience.end()
        # Raised out here: a context would carry the SDK's error, and with it the raw body, into every log.
        if failure is not None:
            failure.request_id = failure.request_id or attempt.request_id
            raise failure.with_traceback(None) from None

    async def list_models(self) -> list[ModelInfo]:
        """The models that this provider's own list names, with what it says of them. Raises ProviderError."""
        return await self._ask(self._listed)

    async def aclose(self) -> None:
        """Close this loop's connections. The provider can be used again; it then opens new ones."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    async def _ask(self, question: Callable[[Any], Awaitable[_T]]) -> _T:
        """What the provider answers at once, within the time limits; raises exactly one ProviderError when it fails."""
        self._check()
        failure: ProviderError
        try:
            async with asyncio.timeout(self._first_byte_timeout):
                return await question(self._client())
        except TimeoutError:
            failure = TimedOut(provider=self.label)
        except self._transport_errors() as error:
            failure = self._failure(error)
        except (KeyError, TypeError, ValueError, AttributeError):
            failure = StreamGarbled(provider=self.label)
        raise failure.with_traceback(None) from None

    async def _arguments(self, request: Request) -> dict[str, Any]:
        """What `_build` makes, off the event loop where it reads files."""
        try:
            if reads_files(request):
                return await asyncio.to_thread(self._build, request)
            return self._build(request)
        except UnknownModel as error:
            missing = ModelMissing(error.sentence)
        raise missing

    def _check(self) -> None:
        """Refuse what needs no request to be refused."""
        if (self.needs_key and not self._key) or not self._key.isascii() or not self._key.isprintable():
            raise KeyRefused(None if self._key else f"No key for {self.label} is set. Staff can set one.")
        try:
            importlib.import_module(self.library)
        except ImportError:
            raise NotInstalled(self.library) from None

    async def _events(self, request: Request, attempt: Attempt) -> AsyncGenerator[Event, None]:
        arguments = await self._arguments(request)
        patience, parser = attempt.patience, EventParser()
        opening = self._open(self._client(), arguments)
        try:
            response = await patience.wait(opening.__aenter__())
            headers = response.headers
            attempt.request_id = headers.get(self.request_id_header, "")
            if "text/event-stream" not in headers.get("content-type", ""):
                raise StreamGarbled(status=response.status_code, provider=self.label)
            reading = self._reading(request, attempt.request_id)
            async with aclosing(response.http_response.aiter_bytes()) as chunks:
                while not reading.ended:
                    chunk = await patience.wait(anext(chunks, b""))
                    if not chunk:
                        for event in reading.closed():
                            yield event
                        return
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
        with suppress(TimedOut, *self._transport_errors()):
            while await patience.wait(anext(chunks, b"")):
                pass

    def _client(self) -> Any:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._new_client()
        return client

    def _http(self, client: type[Any]) -> dict[str, Any]:
        """What the SDK's client is made with: its own HTTP client over aiohttp, and neither retries nor redirects."""
        import httpx2

        limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS)
        # Patience watches reading. Redirects would carry the key to another host.
        return {
            "max_retries": 0,
            "timeout": httpx2.Timeout(None, connect=self._connect_timeout),
            "http_client": client(limits=limits, follow_redirects=False),
        }

    def _failure(
        self, error: Exception, request: Request | None = None, answered: bool = False
    ) -> ProviderError:
        """Our error for what `_transport_errors` names; once something was `answered` the connection is called cut."""
        from httpx2 import DecodingError

        if isinstance(error, self._sdk_errors()[1]):
            refused: Any = error
            headers = {name.lower(): value for name, value in refused.response.headers.items()}
            return self._refused(refused.status_code, refused.body, headers, request)
        if isinstance(error, EventTooLarge | UnicodeError | DecodingError):
            return StreamGarbled(status=200, provider=self.label)
        if answered:
            return StreamCut(status=200, provider=self.label)
        return Unreachable(provider=self.label)

    def _transport_errors(self) -> tuple[type[Exception], ...]:
        """Everything that the SDK, its HTTP layer and the transport under it raise for a call that failed."""
        import aiohttp
        import httpx2

        return (
            self._sdk_errors()[0],
            httpx2.HTTPError,
            httpx2.InvalidURL,
            httpx2.StreamError,
            aiohttp.ClientError,
            OSError,
            EventTooLarge,
            UnicodeError,
        )


class Attempt:
    """How far one call has come."""

    __slots__ = ("answered", "patience", "request_id")

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.answered = False
        self.request_id = ""
