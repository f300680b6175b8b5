"""The processes a benchmark starts, in a folder of their own; every one of them is ended by its process id."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.upstream import DEFAULT_KEY

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180.0


class Failed(Exception):
    """A process of the benchmark did not do its part."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. Memory in MB of 1,000,000 bytes, `first_page` in seconds from its start."""

    address: str
    pid: int
    first_page: float

    @property
    def memory(self) -> float:
        return megabytes(self.pid, "VmRSS")

    @property
    def peak_memory(self) -> float:
        return megabytes(self.pid, "VmHWM")


def megabytes(pid: int, name: str) -> float:
    """A line of the kernel's account of a process, which has kB of 1,024 bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{name}:"))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def environment(database: Path, upstream: str = "") -> dict[str, str]:
    """The server's own settings and nothing of the caller's: no key, address or proxy of theirs."""
    own = {
        "DATABASE_URL": f"sqlite:///{database}",
        "SECRET_KEY": "benchmark" * 8,
        "RATE_LIMITS": "off",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }
    if upstream:
        own |= {"ANTHROPIC_API_KEY": DEFAULT_KEY, "ANTHROPIC_BASE_URL": upstream}
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | own


def command(*words: str) -> list[str]:
    return [sys.executable, *words]


def told(measured: Callable[[Path], str]) -> None:
    """What a benchmark says of what it measured in a folder of its own, printed; or why it could not be run."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        try:
            print(measured(Path(name)))
        except Failed as problem:
            sys.exit(f"The benchmark could not be run: {problem}")


def ask(words: list[str], env: Mapping[str, str] | None = None) -> Any:
    """Run a process to its end and read the JSON it prints. Raises Failed with its last words."""
    printed = run(words, env)
    return json.loads(printed) if printed.strip() else None


def run(words: list[str], env: Mapping[str, str] | None = None) -> str:
    """Run a process to its end; what it prints. Raises Failed with its last words."""
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        raise Failed(f"{' '.join(words[1:4])} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


@contextlib.contextmanager
def started(words: list[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that serves until the block ends."""
    with log.open("a") as errors:
        process = subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def upstream(folder: Path) -> Iterator[tuple[str, Path]]:
    """The local upstream: its address, and the file of moments."""
    moments = folder / "moments.jsonl"
    moments.write_text("")
    words = command("-m", "benchmarks.upstream", str(moments))
    with started(words, environment(folder / "none.sqlite3"), folder / "upstream.log") as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise Failed((folder / "upstream.log").read_text()[-2000:])
        yield f"http://127.0.0.1:{port}", moments


@contextlib.contextmanager
def server(database: Path, upstream_address: str = "") -> Iterator[Server]:
    """`manage.py serve` on a port of its own, from its start to its first whole page."""
    port, log = free_port(), database.with_suffix(".log")
    words = command("manage.py", "serve", "--port", str(port))
    began = time.monotonic()
    with started(words, environment(database, upstream_address), log) as process:
        address = f"http://127.0.0.1:{port}"
        while not serves(f"{address}/accounts/login/"):
            if process.poll() is not None or time.monotonic() - began > 60:
                raise Failed(f"the server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield Server(address, process.pid, time.monotonic() - began)


def serves(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_database(path: Path) -> None:
    """A migrated database, and the joined static files servers need."""
    env = environment(path)
    for words in (["migrate", "--no-input", "-v", "0"], ["collectstatic", "--no-input", "-v", "0"]):
        ask(command("manage.py", *words), env)


def copy_database(source: Path, target: Path) -> Path:
    """A copy for one server; the source must have no server of its own."""
    for path in (target, *(Path(f"{target}{end}") for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)
    target.write_bytes(source.read_bytes())
    wal = Path(f"{source}-wal")
    if wal.exists():
        Path(f"{target}-wal").write_bytes(wal.read_bytes())
    return target
