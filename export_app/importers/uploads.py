"""Files on their way in: where they lie until what is in them was taken. Nothing of a name a person chose is in a path."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import IO

from django.conf import settings

DAY = 24 * 3600
_STORED = re.compile(r"[0-9a-f]{32}")


def root() -> Path:
    folder = Path(settings.IMPORTS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def path_of(stored: str) -> Path:
    """Raises ValueError for what we never made."""
    if not _STORED.fullmatch(stored):
        raise ValueError("not the name of a stored file")
    return root() / stored


def begin() -> str:
    """An empty file; gives its stored name. Raises OSError where there is no room."""
    stored = uuid.uuid4().hex
    os.close(os.open(path_of(stored), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return stored


def free() -> int:
    """Bytes there is room for."""
    return shutil.disk_usage(root()).free


def length(stored: str) -> int:
    """What came so far; 0 where it is gone."""
    try:
        return path_of(stored).stat().st_size
    except OSError:
        return 0


def write_at(stored: str, at: int, piece: bytes) -> None:
    """A piece at its place; the same piece twice is one. Raises OSError where there is no room."""
    with path_of(stored).open("r+b") as opened:
        opened.seek(at)
        opened.write(piece)


def aside() -> IO[bytes]:
    """A file for a part of one that is read; gone when it is closed."""
    return tempfile.NamedTemporaryFile(dir=root())


def forget(stored: str) -> None:
    if stored:
        path_of(stored).unlink(missing_ok=True)


def forget_all_but(kept: Collection[str], age: float = DAY) -> int:
    """Files that no row names and that lie here for longer than `age` seconds."""
    before = time.time() - age
    gone = [
        path
        for path in root().glob("*")
        if path.is_file() and path.name not in kept and path.stat().st_mtime < before
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
