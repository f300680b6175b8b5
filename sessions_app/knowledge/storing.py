"""Files of videos below VIDEOS_DIR."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import IO
from uuid import uuid4

from django.conf import settings


def keep_file(source: IO[bytes]) -> tuple[str, int]:
    """The name it is kept under, and its bytes."""
    folder = Path(settings.VIDEOS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid4().hex
    with (folder / name).open("wb") as kept:
        shutil.copyfileobj(source, kept, 1_000_000)
        return name, kept.tell()
