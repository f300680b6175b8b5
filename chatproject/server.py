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
from typing import Any

import structlog
from daphne import server as daphne_server
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor as _reactor

from analytics_app.mcp_server import endpoint as mcp
from sessions_app.realtime import connections, feed, runtime

log = structlog.get_logger("chatproject.server")
RESTARTING = 4012  # 1012 cannot be sent by an application
LAST_RESORT = 9.5
reactor: Any = _reactor  # a module that is an object: its stubs mislead


class UnparsedRequest(WebRequest):
    """Twisted parses every form too, whole and in memory, on the event loop: an upload of 20 MB took 200 MB and held
    every stream for a second. Nobody reads what it finds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, parsePOSTFormSubmission=False, **kwargs)


class UnparsedFactory(HTTPFactory):
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = UnparsedRequest
        return protocol


daphne_server.HTTPFactory = UnparsedFactory  # its server makes its factory itself


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


class WorkspaceServer(Server):
    """On SIGTERM or SIGINT: no new connections, sends refused, replies ended and told, sockets closed, exit."""

    def __init__(
        self, application: Any, *, host: str, port: int, announce: Callable[[str], None], grace: float = 0.0
    ) -> None:
        """`announce` is called with the address once it is listened on."""
        interface = host.replace(":", "\\:")
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:interface={interface}"],
            signal_handlers=False,
            ready_callable=self._ready,
            request_buffer_size=256 * 1024,
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

    def _ready(self) -> None:
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        self._runtime = loop.create_task(self._begin())

    async def _begin(self) -> None:
        try:
            await runtime.start()
            await asyncio.to_thread(connections.preload)
            gc.collect()
            gc.freeze()  # what is there now stays: no later collection walks over it
        except Exception:
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
            await runtime.close(grace=self._grace)
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
