"""A Redis of the test's own, so that it can be stopped and started."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time

from tests.server.processes import free_port

START = 30.0


class Redis:
    """Holds nothing on disk. `stop` and `start` as often as wanted, always on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def stopped(self) -> bool:
        return self._process is None

    def start(self) -> None:
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen([*words, "--appendonly", "no"], stdout=subprocess.DEVNULL)
        until = time.monotonic() + START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("redis-server did not start")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"
        return False

    def stop(self) -> None:
        """Without a goodbye, as a machine that fails."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
