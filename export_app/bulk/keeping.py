"""Where files that are made in the background lie: a folder a job, under its key. Nothing of a title is in a path."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings

PIECE = 256 * 1024
DAY = 24 * 3600
WHOLE, MAKING, QUOTED = "whole", "making", "quoted"
_STORED = re.compile(r"([0-9a-f]{32})/whole")


def root() -> Path:
    return Path(settings.EXPORTS_DIR)


def folder(key: UUID) -> Path:
    """The job's own, readable by nobody else; made where it is not there."""
    path = root() / key.hex
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def stored_name(key: UUID) -> str:
    return f"{key.hex}/{WHOLE}"


def path_of(stored: str) -> Path:
    """The one place where a path is made of a stored name. Raises ValueError for what we never made."""
    if not _STORED.fullmatch(stored):
        raise ValueError("not the name of an export")
    return root() / stored


def note_quoted(key: UUID, videos: Iterable[str]) -> None:
    """Which videos the words in a job's file are of: these may be lost to its person before the file is taken."""
    if kept := sorted(videos):
        (folder(key) / QUOTED).write_text("\n".join(kept))


def quoted(key: UUID) -> set[str]:
    try:
        return set((root() / key.hex / QUOTED).read_text().split())
    except FileNotFoundError:
        return set()


async def pieces(path: Path, begin: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `begin` to before `end`, never more of them in memory than a reader takes at once."""
    with await sync_to_async(lambda: path.open("rb"))() as opened:
        await sync_to_async(opened.seek)(begin)
        while begin < end and (piece := await sync_to_async(opened.read)(min(PIECE, end - begin))):
            begin += len(piece)
            yield piece


async def rest_of(opened: BinaryIO) -> AsyncIterator[bytes]:
    """What an open file has from here on. It is closed with the reader."""
    read = sync_to_async(opened.read)
    with opened:
        while piece := await read(PIECE):
            yield piece


def forget(key: UUID) -> None:
    shutil.rmtree(root() / key.hex, ignore_errors=True)


def folders() -> Iterator[UUID]:
    """The jobs that have one."""
    for path in root().glob("[0-9a-f]" * 32):
        if path.is_dir():
            yield UUID(path.name)


def forget_left_over(age: float = DAY) -> int:
    """What children left that ended with their server, older than `age` seconds."""
    before = time.time() - age
    found = [path for path in (root() / MAKING).glob("*") if path.stat().st_mtime < before]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)
