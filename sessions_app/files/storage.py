"""Where files lie: under random names, two letters a folder. Nothing of a name that a person chose is in a path."""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings

INCOMING = "incoming"
PIECE = 256 * 1024
DAY = 24 * 3600
_STORED = re.compile(r"[0-9a-f]{32}")


def root() -> Path:
    return Path(settings.ATTACHMENTS_DIR)


def path_of(stored: str) -> Path:
    """The one place where a path is made of a stored name. Raises ValueError for what we never made."""
    if not _STORED.fullmatch(stored):
        raise ValueError("not the name of a stored file")
    return root() / stored[:2] / stored


@contextmanager
def received(pieces: Iterable[bytes]) -> Iterator[Path]:
    """An upload on disk, under a name of its own, for as long as it is looked at. Raises OSError where there is no
    room; nothing is left behind, whatever happens."""
    folder = root() / INCOMING
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{uuid.uuid4().hex}.part"
    try:
        with path.open("xb") as opened:
            for piece in pieces:
                opened.write(piece)
        yield path
    finally:
        path.unlink(missing_ok=True)
        path.with_suffix(".made").unlink(missing_ok=True)


def keep(path: Path) -> str:
    """Move a whole file to its place; gives its stored name. On disk before any row says so."""
    stored = uuid.uuid4().hex
    target = path_of(stored)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
    path.replace(target)
    return stored


def digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def load(stored: str) -> bytes:
    """The whole file. Raises OSError where it is gone."""
    return path_of(stored).read_bytes()


async def pieces(stored: str) -> AsyncIterator[bytes]:
    """The file, never more of it in memory than a reader takes at once."""
    with await sync_to_async(lambda: path_of(stored).open("rb"))() as opened:
        while piece := await sync_to_async(opened.read)(PIECE):
            yield piece


def forget(stored: str) -> None:
    path_of(stored).unlink(missing_ok=True)


def folders() -> list[Path]:
    return sorted(path for path in root().glob("[0-9a-f][0-9a-f]") if path.is_dir())


def old_files(folder: Path, age: float = DAY) -> list[Path]:
    """Files that have lain here for longer than `age` seconds."""
    before = time.time() - age
    return [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < before]


def forget_all_but(paths: Iterable[Path], kept: Collection[str]) -> int:
    gone = [path for path in paths if path.name not in kept]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
