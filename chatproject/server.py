"""The server process: Daphne, with a runner beside the pages and an orderly end.

Daphne sends no lifespan, drains nothing on SIGTERM and goes on accepting while it shuts down; so this starts the
runtime when the reactor is up and has a signal handler of its own.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable
from functools import cached_property
from http.client import responses
from io import BytesIO
from typing import Any

import structlog
from daphne import server as daphne_server
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor as _reactor

from analytics_app.mcp_server import endpoint as mcp
from chatproject import bodies
from export_app import jobs
from sessions_app.plugins.finding import shelf
from sessions_app.realtime import connections, feed, runtime

log = structlog.get_logger("chatproject.server")
RESTARTING = 4012  # 1012 cannot be sent by an application
LAST_RESORT = 9.5
PATIENCE = 60  # seconds in which a reader has to take something of what waits for it
LINGER = 10  # seconds in which a refused body may still come
reactor: Any = _reactor  # a module that is an object: its stubs mislead


class BoundedRequest(WebRequest):
    """A request whose body is bounded while it comes, and stays where it was kept until the application reads it.

    Twisted takes a body of any length, Daphne then puts all of it into the application's queue before the application
    runs: one request of half a gigabyte, from anyone, stood in memory whole. Twisted parses every form too, whole and
    on the event loop; nobody reads what it finds. What leaves in pieces leaves as fast as it is taken: Daphne would
    write a long file into memory for a slow reader.
    """

    content: Any  # an open file

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.body: Any = None
        self._come, self._refused, self._guard = 0, False, None
        self._room = asyncio.Event()
        self._room.set()
        super().__init__(*args, parsePOSTFormSubmission=False, **kwargs)

    def gotLength(self, length: int | None) -> None:
        too_long = (length or 0) > self._most
        super().gotLength(0 if too_long else length)
        if too_long:
            self._refuse()

    @property
    def _path(self) -> str:
        """What is asked for, while the body comes: no request has it yet."""
        return getattr(self.channel, "_path", b"").decode("latin1")

    @cached_property
    def _most(self) -> int:
        """Asked once all headers are there."""
        return bodies.most(self._path, self.requestHeaders.getRawHeaders(b"cookie", []))

    def handleContentChunk(self, data: bytes) -> None:
        self._come += len(data)
        if self._refused:
            if self._come > 2 * settings.MAX_BODY_BYTES:
                self.channel.forceAbortClient()
        elif self._come > self._most:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self._refused:
            self.channel.loseConnection()
            return
        self.body, self.content = self.content, BytesIO()  # Daphne finds nothing that it could queue
        self.body.seek(0)
        super().requestReceived(command, path, version)

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:
        """Twisted has no words for the younger codes, as 422 and 429."""
        super().setResponseCode(code, message or responses.get(code, "Unknown Status").encode())

    def handle_reply(self, message: Any) -> None:
        if message.get("more_body") and self.producer is None and self.channel is not None:
            self.registerProducer(self, True)  # before anything is written: it is told only of changes
        super().handle_reply(message)

    async def taken(self) -> None:
        """Until the reader has taken enough of what was written, or has left. One who takes nothing of it for so long is
        cut off: what is read for it would be held for ever."""
        waiting = self._waiting()
        while not self._room.is_set():
            try:
                await asyncio.wait_for(self._room.wait(), PATIENCE)
            except TimeoutError:
                before, waiting = waiting, self._waiting()
                if waiting >= before and self.channel is not None:
                    self.channel.forceAbortClient()
                    return

    def _waiting(self) -> int:
        """Bytes that were written for the reader and not taken; as Twisted's transports hold them."""
        transport = getattr(self.channel, "transport", None)
        held = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
        return held + int(getattr(transport, "_tempDataLen", 0))

    def pauseProducing(self) -> None:
        self._room.clear()

    def resumeProducing(self) -> None:
        self._room.set()

    stopProducing = resumeProducing

    def finish(self) -> None:
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self._room.set()
        if self._guard is not None and self._guard.active():
            self._guard.cancel()
        super().connectionLost(reason)

    def _refuse(self) -> None:
        """Answer at once, and let go of what still comes: closed with bytes unread, the other end would see a broken
        connection and no answer. Not for long, and not for ever so many bytes."""
        self._refused, self._come = True, 0
        self.content = BytesIO()
        self.requestHeaders.removeHeader(b"expect")  # its "go on" would follow the answer
        path = self._path
        self.channel.transport.write(bodies.refusal(path, 413, bodies.too_large(self._most)))
        self._guard = reactor.callLater(LINGER, self.channel.forceAbortClient)


class BoundedFactory(HTTPFactory):
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


daphne_server.HTTPFactory = BoundedFactory  # its server makes its factory itself


def read_in_pieces(application: Any) -> Any:
    """The application, given the body of its scope a piece at a time, as it asks; other streams go on meanwhile."""

    async def reading(scope: Any, receive: Any, send: Any) -> None:
        body = scope.pop("body", None)
        if body is None:
            await application(scope, receive, send)
            return
        with body:
            await application(scope, bodies.pieces(body, receive), send)

    return reading


class RoomySocket(WebSocketProtocol):
    """Autobahn holds what we send to the limit of what we take: a log of sixty messages would break its socket."""

    maxMessagePayloadSize: int

    def sendMessage(self, *args: Any, **options: Any) -> None:
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(*args, **options)
        finally:
            self.maxMessagePayloadSize = limit


WebSocketFactory.protocol = RoomySocket


def preload() -> None:
    """What the first reply needs is imported: what providers' libraries and plugins are made of may take its time."""
    shelf()
    connections.preload()


class WorkspaceServer(Server):
    """On SIGTERM or SIGINT: no new connections, sends refused, replies ended and told, sockets closed, exit."""

    def __init__(
        self, application: Any, *, host: str, port: int, announce: Callable[[str], None], grace: float = 0.0
    ) -> None:
        """`announce` is called with the address once it is listened on."""
        interface = host.replace(":", "\\:")
        super().__init__(
            read_in_pieces(application),
            endpoints=[f"tcp:port={port}:interface={interface}"],
            signal_handlers=False,
            ready_callable=self._ready,
            websocket_max_message_size=64 * 1024,
            websocket_max_frame_size=64 * 1024,
            websocket_handshake_timeout=20,
            server_name="workspace",
            verbosity=0,
        )
        self._host, self._announce = host, announce
        self._grace = grace
        self._ending = False
        self.problem = ""
        self._runtime: asyncio.Task[Any] | None = None

    def create_application(self, protocol: Any, scope: Any) -> Any:
        if isinstance(protocol, BoundedRequest):
            scope["body"] = protocol.body
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, BoundedRequest) and message.get("more_body"):
            await protocol.taken()

    def _ready(self) -> None:
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        self._runtime = loop.create_task(self._begin())

    async def _begin(self) -> None:
        try:
            started = await runtime.start()
            jobs.start(started.owner)
            await asyncio.to_thread(preload)
            gc.collect()
            gc.freeze()  # what is there now stays: no later collection walks over it
        except Exception:
            if self._ending:  # the end came before the beginning was over
                return
            log.exception("the runner could not start")
            self.problem = "The runner of replies could not start."
            reactor.stop()

    def listen_success(self, port: Any) -> Any:
        self._announce(f"http://{self._host}:{port.getHost().port}/")
        super().listen_success(port)
        return port  # stays the listener's result, for its end

    def listen_error(self, failure: Any) -> None:
        cause = getattr(failure.value, "socketError", failure.value)
        self.problem = getattr(cause, "strerror", "") or str(cause)
        self.stop()

    def end(self) -> None:
        """Begin the orderly end; asked twice, exit at once."""
        if self._ending:
            os._exit(130)
        self._ending = True
        guard = threading.Timer(LAST_RESORT, os._exit, args=(1,))
        guard.daemon = True
        guard.start()
        asyncio.get_event_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            feed.close()
            for listener in self.listeners:
                port = getattr(listener, "result", None)
                if port is not None and hasattr(port, "stopListening"):
                    port.stopListening()
            jobs_end = asyncio.create_task(asyncio.to_thread(jobs.stop))
            await runtime.close(grace=self._grace)
            await jobs_end
            await mcp.close()
            await self._close_sockets()
        except Exception:
            log.exception("orderly end failed")
        finally:
            log.info("server ended")
            reactor.stop()

    async def _close_sockets(self) -> None:
        sockets = [each for each in self.connections if isinstance(each, WebSocketProtocol)]
        for socket in sockets:
            socket.serverClose(code=RESTARTING)
        for _ in range(20):
            if all("disconnected" in self.connections.get(each, {"disconnected": 1}) for each in sockets):
                return
            await asyncio.sleep(0.05)
