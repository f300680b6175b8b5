"""The real server as a process: `manage.py serve` with a database and a port of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START, END = 40.0, 30.0  # seconds: patience on a busy machine; the orderly end takes at most 10

UNFINISHED = "status in ('queued', 'running', 'waiting')"
BUSY = f"""select (select count(*) from sessions_app_reply where {UNFINISHED})
    + (select count(*) from sessions_app_tokenusage where settled_at is null)"""
STOP = f"""update sessions_app_reply set stop_requested_at = datetime('now')
    where {UNFINISHED} and stop_requested_at is null"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`place` holds database, static files and log. Without `upstream` there is no key: the offline assistant answers.
    `more` are variables of its environment."""

    def __init__(self, place: Path, upstream: str = "", **more: str) -> None:
        self.place = place
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = place / "db.sqlite3"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "BROWSER_VAR": str(place),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "SECRET_KEY": "of-the-browser-tests-and-of-nothing-else",
            "ANTHROPIC_API_KEY": "sk-ant-test-key" if upstream else "",
            "ANTHROPIC_BASE_URL": upstream,
            "DEFAULT_MODEL": "",
            "REDIS_URL": "",
            "RATE_LIMITS": "off",
            "RETRY_BASE_MS": "50",
            "FALLBACK": "off",
            "LOG_LEVEL": "WARNING",
            **more,
        }

    def prepare(self) -> None:
        self.run("tests.browser.prepare")

    def run(self, module: str, *words: str) -> str:
        """Run a module beside it, with its settings; what it prints."""
        command = [sys.executable, "-m", module, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def start(self) -> None:
        """Start, and return once it says that it is ready."""
        with self._log.open("ab") as log:
            command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        until = time.monotonic() + START
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{self.said()}")
            time.sleep(0.05)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        assert self._process is not None
        self._process.send_signal(with_signal)
        try:
            return self._process.wait(END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def query(self, sql: str, *values: str) -> list[tuple[int, ...]]:
        """Rows of its database, read beside it."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def quiet(self, patience: float = 30.0) -> None:
        """Ask what still runs to stop, and wait until nothing does."""
        until = time.monotonic() + patience
        with closing(sqlite3.connect(self.database, timeout=30, isolation_level=None)) as database:
            while database.execute(BUSY).fetchone()[0]:
                assert time.monotonic() < until, "replies or model calls of this test did not end"
                database.execute("delete from sessions_app_pendingmessage")
                database.execute(STOP)
                time.sleep(0.05)

    def said(self, most: int = 6000) -> str:
        """The end of its log, at most so many characters."""
        return self._log.read_text(errors="replace")[-most:] if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.place / "server.log"

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def serving(place: Path, upstream: str = "", *, copy_of: Path | None = None, **more: str) -> Iterator[Server]:
    """A server that runs until the block ends; with what was prepared elsewhere, or prepared here."""
    server = Server(place, upstream, **more)
    if copy_of is None:
        server.prepare()
    else:
        shutil.copytree(copy_of, place, dirs_exist_ok=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()
