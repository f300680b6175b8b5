"""Sessions that are too large to be parsed by the server: a child process reads them (`program`), and they come back a
message at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from export_app import children
from export_app.document import Entry, File
from export_app.renderers.base import NotRendered
from export_app.written import entry_from, head_from

from . import program
from .base import BadFile, Parsed
from .containers import PIECE, Container
from .parsing import Element

LIMITS = children.Limits(seconds=900, memory=2_000_000_000, written=200_000_000)
NOT_READ = "It is too large: reading it takes more memory or time than one session may."


@contextmanager
def read(element: Element, container: Container) -> Iterator[tuple[str, Parsed | None]]:
    """As `sources.read`. What it gives can be walked until it is left."""
    with children.folder() as place:
        (place / program.ASSETS).write_bytes(container.asset_names)
        told = _told(element, place)
        if "bad" in told:
            raise BadFile(*told["bad"])
        yield told["source"], _parsed(told, place, container) if "head" in told else None


def _told(element: Element, place: Path) -> dict[str, Any]:
    source = place / "source"
    if element.aside is not None:
        source = Path(element.aside.name)
    else:
        source.write_bytes(element.data or b"")
    asked = {
        "root": str(settings.BASE_DIR),
        "source": str(source),
        "line": element.line,
        "column": element.column,
        "alone": element.alone,
        "settings": {"MAX_UPLOAD_BYTES": settings.MAX_UPLOAD_BYTES},
    }
    try:
        return children.run(Path(program.__file__), asked, place, LIMITS)
    except NotRendered:
        raise BadFile(NOT_READ, element.line) from None


def _parsed(told: Mapping[str, Any], place: Path, container: Container) -> Parsed:
    def entries() -> Iterator[Entry]:
        with (place / program.ENTRIES).open(encoding="utf-8", errors="surrogatepass") as lines:
            for line in lines:
                yield _entry(json.loads(line), place / program.CONTENTS, container)

    return Parsed(head_from(told["head"]), entries, told["key"], told["notes"])


def _entry(data: Mapping[str, Any], contents: Path, container: Container) -> Entry:
    entry = entry_from(data)
    files = zip(entry.files, data["files"], strict=True)
    return replace(entry, files=tuple(_file(file, told["from"], contents, container) for file, told in files))


def _file(file: File, where: Any, contents: Path, container: Container) -> File:
    if where is None:
        return file
    if isinstance(where, str):
        return replace(file, read=container.member(where))
    return replace(file, read=Slice(contents, *where) if where else unreadable)


@dataclass(frozen=True, slots=True)
class Slice:
    """Contents of a file, beside those of others."""

    path: Path
    begins: int
    length: int

    def __call__(self) -> Iterator[bytes]:
        with self.path.open("rb") as opened:
            opened.seek(self.begins)
            left = self.length
            while left and (piece := opened.read(min(left, PIECE))):
                left -= len(piece)
                yield piece


def unreadable() -> Iterator[bytes]:
    raise ValueError("no base64")
