"""Files of links, and the bodies of long pages: made once for what a link shows now, kept for an hour, and gone when it
shows something else.

They lie in EXPORTS_DIR under `links`, a folder a link. Readers get them from there in pieces.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from export_app.models import ShareLink
from export_app.options import Value
from export_app.renderers import Renderer, formats
from export_app.renderers.base import NotRendered
from export_app.shares.shared import SharedTranscript
from sessions_app.rendering import RENDERER_VERSION

MOST_MESSAGES = 1_000
MOST_TAKEN = 2_000  # messages of a copy
MOST_BYTES = 100_000_000  # of one file
MOST_FILES = 20_000_000  # bytes of files in it: further ones are named only
KEPT_FOR = 3_600  # seconds
TOO_LARGE = "This is too large to be downloaded here. Whoever shared it can export it as a file."


def too_long(transcript: SharedTranscript) -> bool:
    return transcript.total > MOST_MESSAGES


def offered(link: ShareLink, transcript: SharedTranscript) -> list[Renderer]:
    """The formats a link can be downloaded in, where it can: those that need no process of their own."""
    if not link.download or too_long(transcript):
        return []
    return [each for each in formats().values() if not each.heavy]


def made(link: ShareLink, transcript: SharedTranscript, renderer: Renderer) -> Path:
    """The file of this format, made where none is there. Raises NotRendered for one that is too large."""
    path = folder(link.pk) / f"{renderer.name}-{digest(link)}"
    if not fresh(path):
        with placed(path) as file:
            write(file, replace(transcript, room=MOST_FILES), renderer)
    if not path.stat().st_size:
        raise NotRendered(TOO_LARGE)
    return path


def root() -> Path:
    return Path(settings.EXPORTS_DIR) / "links"


def folder(key: UUID) -> Path:
    return root() / key.hex


def digest(link: ShareLink) -> str:
    """Of all that decides what a file of this link says."""
    shown = ("tools", "thinking", "names", "costs", "files", "title")
    version = "" if link.snapshot else [link.session.version, link.session.title]
    told = [*(getattr(link, name) for name in shown), link.owner.get_username(), version, RENDERER_VERSION]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < KEPT_FOR
    except OSError:
        return False


def write(file: BinaryIO, transcript: SharedTranscript, renderer: Renderer) -> None:
    """An empty one says that it is too large, so that it is not tried again and again."""
    options = options_of(transcript.link, renderer)
    for piece in renderer.render(renderer.transcript(transcript, options), options):
        file.write(piece)
        if file.tell() > MOST_BYTES:
            file.truncate(0)
            break


@contextmanager
def placed(path: Path) -> Iterator[BinaryIO]:
    """A file to be written beside its place, and put there whole, where what was shown before stood."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened, name = tempfile.mkstemp(dir=path.parent, prefix="making-")
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for old in path.parent.glob(f"{path.name.rpartition('-')[0]}-*"):
        if old != path:
            old.unlink(missing_ok=True)


def options_of(link: ShareLink, renderer: Renderer) -> Mapping[str, Value]:
    """What the page shows, of the format's own choices."""
    known = {option.name for option in renderer.options}
    shown = {"tools": link.tools, "thinking": link.thinking, "usage": link.costs, "files": link.files}
    return renderer.chosen({name: value for name, value in shown.items() if name in known})


# ---------------------------------------------------------------- bodies of long pages


def kept_bodies(link: ShareLink, number: int) -> dict[str, str] | None:
    """The HTML of this page's messages by their ids, where it was kept."""
    path = bodies_path(link, number)
    try:
        found: dict[str, str] | None = json.loads(path.read_bytes()) if fresh(path) else None
    except OSError:  # gone meanwhile
        found = None
    return found


def keep_bodies(link: ShareLink, number: int, bodies: Mapping[str, str]) -> None:
    with placed(bodies_path(link, number)) as file:
        file.write(json.dumps(bodies).encode())


def bodies_path(link: ShareLink, number: int) -> Path:
    return folder(link.pk) / f"page{number}-{digest(link)}"


# ---------------------------------------------------------------- their end


def forget(key: UUID) -> None:
    """All files of this link."""
    shutil.rmtree(folder(key), ignore_errors=True)


def sweep() -> None:
    """Those that are kept for too long, and what a making left that broke off."""
    for path in root().glob("*/*"):
        if not fresh(path):
            path.unlink(missing_ok=True)
    for each in root().glob("*"):
        try:
            each.rmdir()
        except OSError:  # something is in it
            continue
