"""The parent's side of the child process: give it one file and little time, and make sentences of its end."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Hashable
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import structlog
from django.conf import settings

from .kinds import Refusal

log = structlog.get_logger("sessions_app.files")
CHILD = Path(__file__).with_name("child.py")
EDGE = 1568  # pixels: what is longer, the model scales down itself
MEMORY = 1024 * 1024 * 1024  # of address space: 40 million pixels with their copy, and the libraries
CPU_SECONDS, WALL_SECONDS, TEXT_SECONDS, PAGE_SECONDS = 20, 30, 8, 4
MOST_OUTPUT = 20_000_000

_turn = threading.BoundedSemaphore(2)  # so many children at once: a burst of uploads leaves room for pages
_turns_of: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
_naming = threading.Lock()


def _turn_of(person: Hashable) -> threading.Lock:
    """One child a person: whoever brings slow files waits for themselves, not everyone for them."""
    with _naming:
        return _turns_of.setdefault(person, threading.Lock())


def parse_picture(source: Path, target: Path, format_name: str, person: Hashable) -> dict[str, Any]:
    """Writes the picture anew to `target`. Gives media_type, width, height. Raises Refusal."""
    return _run(
        {
            "task": "picture",
            "source": str(source),
            "target": str(target),
            "format": format_name,
            "pixels": settings.MAX_PICTURE_PIXELS,
            "edge": EDGE,
        },
        person,
    )


def parse_pdf(source: Path, characters: int, person: Hashable) -> dict[str, Any]:
    """Gives pages and text (one character more than `characters` where there is more). Raises Refusal."""
    return _run(
        {
            "task": "pdf",
            "source": str(source),
            "pages": settings.MAX_PDF_PAGES,
            "characters": characters,
            "patience": TEXT_SECONDS,
        },
        person,
    )


def parse_page(program: Path, asked: dict[str, Any], person: Hashable) -> dict[str, Any]:
    """A page of the web, read by a program of its own. Raises Refusal."""
    return _run({"task": "page", **asked}, person, program, PAGE_SECONDS)


def _run(
    asked: dict[str, Any], person: Hashable, program: Path = CHILD, seconds: int = CPU_SECONDS
) -> dict[str, Any]:
    asked["limits"] = {"memory": MEMORY, "seconds": seconds, "written": settings.MAX_UPLOAD_BYTES * 2}
    with _turn_of(person), _turn, tempfile.TemporaryFile() as printed:
        try:
            ended = subprocess.run(
                [sys.executable, "-I", str(program), json.dumps(asked)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refusal(_sentence("limits", asked["task"])) from None
        printed.seek(0)
        found = _found(printed.read(MOST_OUTPUT)) if ended.returncode == 0 else {"refused": "limits"}
    if "refused" in found:
        log.info("file refused", task=asked["task"], why=found["refused"], code=ended.returncode)
        raise Refusal(_sentence(found["refused"], asked["task"]))
    return found


def _found(printed: bytes) -> dict[str, Any]:
    try:
        found = json.loads(printed)
    except ValueError:
        return {"refused": "limits"}
    return found if isinstance(found, dict) else {"refused": "limits"}


def _sentence(word: str, task: str) -> str:
    match word:
        case "pixels":
            return f"This picture is too large: at most {settings.MAX_PICTURE_PIXELS // 1_000_000} million pixels are taken."
        case "pages":
            return f"This PDF has too many pages: at most {settings.MAX_PDF_PAGES} are taken."
        case "locked":
            return "This PDF is locked with a password. Save it without one."
        case "broken":
            return f"This {'picture' if task == 'picture' else 'PDF'} is broken: it cannot be read."
    return f"This {'page' if task == 'page' else 'file'} takes too much memory or time to read."
