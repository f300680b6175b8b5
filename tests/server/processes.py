"""Processes of these tests: the upstream, the server of the product, and one that looks into its database."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.upstream import DEFAULT_KEY

ROOT = Path(__file__).resolve().parents[2]
NAME, PASSWORD = "alice", "pw-of-alice-1"
START, END = 40.0, 30.0  # seconds: patience; the orderly end takes at most 10
KEPT = ("PATH", "HOME", "LANG", "TZ", "PYTHONDONTWRITEBYTECODE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(place: Path, upstream: str = "", **more: str) -> dict[str, str]:
    """What a server of these tests is told, and nothing of the caller's own settings."""
    told = {
        "VAR_DIR": str(place),
        "DATABASE_URL": f"sqlite:///{place / 'db.sqlite3'}",
        "SECRET_KEY": "of-the-server-tests-and-of-nothing-else",
        "ANTHROPIC_API_KEY": DEFAULT_KEY if upstream else "",
        "ANTHROPIC_BASE_URL": upstream,
        "RATE_LIMITS": "off",
        "RETRY_BASE_MS": "50",
        "FALLBACK": "off",
        "LOG_LEVEL": "WARNING",
    }
    return {name: os.environ[name] for name in KEPT if name in os.environ} | told | more


class Child:
    """A process started by a test, ended by its id."""

    def __init__(self, words: list[str], env: Mapping[str, str], log: Path, **options: Any) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *words], env=dict(env), cwd=ROOT, stderr=errors, **options
            )
        self.log = log
        self.signalled = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def signal(self, number: int) -> None:
        self.signalled = True
        self._process.send_signal(number)

    def wait(self, seconds: float = END) -> int:
        """Its exit code. Raises TimeoutExpired."""
        return self._process.wait(seconds)

    def end(self) -> None:
        """Whatever state it is in: it is gone afterwards."""
        if not self.ended:
            self._process.kill()
        self._process.wait(END)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def line(self) -> str:
        """The next line it prints. Raises RuntimeError with its last words where it died."""
        assert self._process.stdout is not None
        line: bytes = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process ended:\n{self.last_words()}")
        return line.decode()

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()


class UpstreamProcess:
    """The local upstream in a process of its own, which outlives the servers."""

    def __init__(self, place: Path) -> None:
        words = ["-m", "tests.upstream", "--port", "0"]
        self._child = Child(words, environment(place), place / "upstream.log", stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{self._child.line().strip()}"

    def tell(self, **wanted: Any) -> None:
        """`default`, `title`, `queue`, `clear`: what it does from now on."""
        request = urllib.request.Request(f"{self.url}/scenario", json.dumps(wanted).encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def log(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/log", timeout=30) as answer:
            entries: list[dict[str, Any]] = json.load(answer)
            return entries

    def replies(self, tag: str) -> list[dict[str, Any]]:
        """The requests for a reply whose messages hold this tag: not the titles, nor what another test left."""
        return [
            entry
            for entry in self.log()
            if entry["purpose"] == "reply" and tag in str(entry["body"].get("messages"))
        ]

    async def left_at(self, tag: str, patience: float = 20.0) -> float:
        """When the upstream saw the client of this reply go, in epoch seconds. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while not (at := self.replies(tag)[0]["disconnected_at"]):
                await asyncio.sleep(0.02)
        return float(at)

    def end(self) -> None:
        self._child.end()


class Inside:
    """A process beside the server that prepares its database and tells what is in it."""

    def __init__(self, place: Path, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._child = Child(["-m", "tests.server"], env, place / "inside.log", **pipes)

    def ask(self, what: str, **values: Any) -> Any:
        """Run one of `inside`'s functions by name."""
        self._child.say(json.dumps([what, values]))
        return json.loads(self._child.line())

    def end(self) -> None:
        self._child.end()


class Server:
    """`manage.py serve` on a port of its own. It can be started again after it ended."""

    def __init__(self, place: Path, env: Mapping[str, str], name: str = "server") -> None:
        self.place, self.env = place, dict(env)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = place / f"{name}.log"
        self.child: Child | None = None

    def start(self, *words: str) -> float:
        """Start it and return how many seconds passed until it was ready."""
        began = time.monotonic()
        arguments = ["manage.py", "serve", "--port", str(self.port), *words]
        self.child = Child(arguments, self.env, self._log, stdout=subprocess.DEVNULL)
        while not self.ready():
            if self.child.ended or time.monotonic() - began > START:
                raise RuntimeError(f"the server did not start:\n{self.child.last_words()}")
            time.sleep(0.02)
        return time.monotonic() - began

    def ensure(self) -> None:
        """It runs afterwards, whatever was done to it: one that was signalled is replaced, ended or not."""
        if self.child is None or self.child.signalled or self.child.ended:
            self.stop()
            self.start()

    def readiness(self) -> tuple[int, dict[str, bool]]:
        """Status and content of /readyz; (0, {}) where nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)
        except OSError:
            return 0, {}

    def ready(self) -> bool:
        return self.readiness()[0] == 200

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.child is not None
        self.child.signal(signal.SIGKILL)
        self.child.wait()

    def terminate(self) -> None:
        """SIGTERM; does not wait."""
        assert self.child is not None
        self.child.signal(signal.SIGTERM)

    def stop(self) -> None:
        """In order where it can, else by force."""
        if self.child is None:
            return
        if not self.child.ended:
            self.terminate()
            try:
                self.child.wait()
            except subprocess.TimeoutExpired:
                self.child.signal(signal.SIGKILL)
        self.child.end()


class Site:
    """Upstream, database, one server: what most of these tests need. `with Site(place) as site:`"""

    def __init__(self, place: Path, **more: str) -> None:
        self.place = place
        self._more = more

    def __enter__(self) -> Self:
        self.upstream = UpstreamProcess(self.place)
        try:
            self.env = environment(self.place, self.upstream.url, **self._more)
            self.server = Server(self.place, self.env)
            self.inside = Inside(self.place, self.env)
            self.inside.ask("prepare")
        except BaseException:
            self.upstream.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.inside.end()
        self.upstream.end()


def new_tag() -> str:
    """A word that finds a text again wherever it travelled."""
    return f"tag-{secrets.token_hex(6)}"
