"""Where the files of videos and their thumbnails lie: under random names, two letters a folder, below VIDEOS_DIR."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from asgiref.sync import sync_to_async
from django.conf import settings

from sessions_app.files import Refusal

PIECE = 256 * 1024
DAY = 24 * 3600
_NAME = re.compile(r"[0-9a-f]{32}")


def root() -> Path:
    return Path(settings.VIDEOS_DIR)


def path_of(name: str) -> Path:
    """The one place where a path is made of a stored name. Raises ValueError for what we never made."""
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a stored file")
    return root() / name[:2] / name


def keep_file(stream: BinaryIO | Iterable[bytes]) -> tuple[str, int]:
    """Write what comes to disk, piece by piece; gives its name and how many bytes it has. On disk before any row says so.

    Raises Refusal for more than MAX_VIDEO_BYTES, OSError where there is no room; then nothing is left behind.
    """
    name = uuid.uuid4().hex
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with path.open("xb") as opened:
            return name, _written(opened, stream)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _written(opened: BinaryIO, stream: BinaryIO | Iterable[bytes]) -> int:
    come = 0
    for piece in _pieces_of(stream):
        come += len(piece)
        if come > settings.MAX_VIDEO_BYTES:
            raise Refusal(
                f"This file is too large: at most {settings.MAX_VIDEO_BYTES // 1_000_000:,} MB are taken."
            )
        opened.write(piece)
    opened.flush()
    os.fsync(opened.fileno())
    return come


def _pieces_of(stream: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    read = getattr(stream, "read", None)
    if read is None:
        yield from stream
        return
    while piece := read(PIECE):
        yield piece


def drop(name: str) -> None:
    """Nothing where it is gone already, or never was."""
    if name:
        path_of(name).unlink(missing_ok=True)


async def pieces(path: Path, begin: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `begin` to before `end`, never more of them in memory than a reader takes at once."""
    with await sync_to_async(lambda: path.open("rb"))() as opened:
        await sync_to_async(opened.seek)(begin)
        while begin < end and (piece := await sync_to_async(opened.read)(min(PIECE, end - begin))):
            begin += len(piece)
            yield piece


def old_files(age: float = DAY) -> Iterator[Path]:
    """Files that have lain here for longer than `age` seconds."""
    before = time.time() - age
    for path in root().glob("[0-9a-f][0-9a-f]/*"):
        if path.stat().st_mtime < before:
            yield path
