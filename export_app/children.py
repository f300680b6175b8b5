"""Child processes that make heavy files: within limits of time, memory and size, with nothing of our environment.

What they are given and what they make lies in a folder of their own that goes with them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from sessions_app.reading import give_back

from .renderers.base import NotRendered

log = structlog.get_logger("export_app.children")
AT_ONCE = 2  # children of this process
PIECE = 256 * 1024
DAY = 24 * 3600
NOT_MADE = "The file could not be made: it takes more memory or time than one export may have."
NICE = 10  # below whatever answers people
LOOK = 0.1  # seconds between two looks at a child
_turns = threading.BoundedSemaphore(AT_ONCE)

give_up: ContextVar[Callable[[], bool] | None] = ContextVar("give_up", default=None)
"""Asked while a child runs: true ends it, with `GivenUp`. Set by whoever may cancel."""


class GivenUp(Exception):
    """Whoever asked for the file does not want it any more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one child: `seconds` by the clock, `memory` (address space) and `written` (a file) in bytes."""

    seconds: int = 120
    memory: int = 2_000_000_000
    written: int = 500_000_000


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder for one child, readable by nobody else; gone afterwards. What a server that was killed left behind
    goes after a day."""
    root = Path(settings.EXPORTS_DIR) / "making"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in root.iterdir():
        if _age(left) > DAY:
            shutil.rmtree(left, ignore_errors=True)
    path = Path(tempfile.mkdtemp(dir=root))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _age(path: Path) -> float:
    """Seconds since it was changed; none for what is gone meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0


def run(program: Path, asked: dict[str, Any], place: Path, limits: Limits) -> dict[str, Any]:
    """Run a program of ours in `place` and return what it told.

    It gets one JSON object on its standard input, `asked` with `limits` (which it takes on itself first), and writes
    one: what it found, or `{"refused": "sentence"}`. Raises NotRendered with a sentence, GivenUp. No connection is held
    while it waits for its turn and runs.
    """
    give_back()
    while not _turns.acquire(timeout=LOOK):
        _look()
    try:
        return _told(_ended(_started(program, place), asked, limits))
    finally:
        _turns.release()


def _started(program: Path, place: Path) -> subprocess.Popen[bytes]:
    """Without our environment, and behind the pages of others. What is known of this machine's fonts is kept for the
    next child."""
    known = Path(settings.EXPORTS_DIR) / "fonts"
    known.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = {"HOME": str(place), "TMPDIR": str(place), "XDG_CACHE_HOME": str(known)}
    child = subprocess.Popen(
        [sys.executable, "-I", str(program)],
        cwd=place,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with suppress(OSError):  # gone already, or not ours to say
        os.setpriority(os.PRIO_PROCESS, child.pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE))
    return child


def _ended(child: subprocess.Popen[bytes], asked: dict[str, Any], limits: Limits) -> bytes:
    until = time.monotonic() + limits.seconds
    limited = {name: getattr(limits, name) for name in Limits.__slots__}
    feed: bytes | None = json.dumps({**asked, "limits": limited}).encode()
    try:
        while True:
            try:
                told, _ = child.communicate(feed, timeout=LOOK)
                break
            except subprocess.TimeoutExpired:
                feed = None  # what was given is kept by the first call
                _look()
                if time.monotonic() > until:
                    raise NotRendered(too_long(limits)) from None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)  # it leads a session of its own
            child.communicate()
    if child.returncode != 0:
        log.warning("export child failed", code=child.returncode)
        raise NotRendered(too_long(limits) if child.returncode == -signal.SIGXCPU else NOT_MADE)
    return told


def too_long(limits: Limits) -> str:
    return f"The file took longer than {limits.seconds} s to make."


def _look() -> None:
    asked = give_up.get()
    if asked is not None and asked():
        raise GivenUp


def _told(told: bytes) -> dict[str, Any]:
    try:
        found = json.loads(told)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotRendered(NOT_MADE)
    if "refused" in found:
        raise NotRendered(str(found["refused"])[:300])
    return found


def in_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
