"""A TCP proxy between browser and server that breaks or holds the sockets of pages."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self, TypeVar

PATIENCE = 15.0
LINGER_NOT = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN
Result = TypeVar("Result")


class Pipe:
    """One connection through the proxy. `pieces` counts what came from the server on a WebSocket."""

    def __init__(self, page: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.page, self.server = page, server
        self.is_socket = False
        self.pieces = 0

    def cut(self, how: str) -> None:
        for writer in (self.page, self.server):
            if how == "rst":
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
                writer.transport.abort()
            else:
                writer.close()


class Proxy:
    """`with Proxy(port) as proxy:` runs on its own thread; pages use `proxy.url`. All methods may be called from any."""

    def __init__(self, target: int) -> None:
        self.url = ""
        self._target = target
        self._pipes: set[Pipe] = set()
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flowing = asyncio.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._over.set)
        self._thread.join(PATIENCE)

    # ------------------------------------------------------------ what a test uses

    def cut(self, how: str) -> int:
        """Break every open WebSocket with an RST or a FIN; returns how many there were."""
        return self._call(lambda: self._cut(how))

    def cut_next(self, how: str, pieces: int = 2) -> int:
        """Wait until a WebSocket is open and the server has sent something on it, then break it."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._served(pieces), PATIENCE):
                raise TimeoutError("no socket was opened")
        return self.cut(how)

    def hold(self) -> None:
        """From now on nothing of the server arrives at a page."""
        self._call(self._flowing.clear)

    def let_go(self) -> None:
        self._call(self._flowing.set)

    # ------------------------------------------------------------ on its loop

    def _call(self, action: Callable[[], Result]) -> Result:
        async def act() -> Result:
            return action()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(PATIENCE)

    def _served(self, pieces: int) -> bool:
        return any(pipe.is_socket and pipe.pieces >= pieces for pipe in tuple(self._pipes))

    def _cut(self, how: str) -> int:
        sockets = [pipe for pipe in self._pipes if pipe.is_socket]
        for pipe in sockets:
            pipe.cut(how)
            self._pipes.discard(pipe)
        return len(sockets)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._flowing.set()
        listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._over.wait()
        listener.close()
        for pipe in tuple(self._pipes):
            pipe.cut("rst")

    async def _connected(self, from_page: asyncio.StreamReader, to_page: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            to_page.transport.abort()
            return
        pipe = Pipe(to_page, to_server)
        self._pipes.add(pipe)
        upward = asyncio.create_task(self._up(from_page, pipe))
        await self._down(from_server, pipe)
        upward.cancel()
        self._pipes.discard(pipe)

    async def _up(self, source: asyncio.StreamReader, pipe: Pipe) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await source.read(65_536):
                if data.startswith(b"GET /ws/"):
                    pipe.is_socket = True
                pipe.server.write(data)
                await pipe.server.drain()
        pipe.server.close()

    async def _down(self, source: asyncio.StreamReader, pipe: Pipe) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                await self._flowing.wait()
                pipe.page.write(data)
                await pipe.page.drain()
                pipe.pieces += 1
                with self._changed:
                    self._changed.notify_all()
        pipe.page.close()
