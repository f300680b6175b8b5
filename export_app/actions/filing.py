"""Files of an imported session, on disk before their rows: looked into again as an upload is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.conf import settings

from export_app.document import File
from export_app.importers.cleaned import number, text
from export_app.importers.pictures import plain_size
from sessions_app.files import Read, Refusal, read, shown_name, storage
from sessions_app.files.kinds import PDF, TEXT
from sessions_app.files.reading import MOST_TEXT
from sessions_app.models import Attachment

KINDS = Attachment.Kind
MEDIA = {KINDS.PDF: (PDF,), KINDS.PICTURE: ("image/png", "image/jpeg")}
WHOLE = 2**31 - 1
READ = ("kind", "media_type", "language", "text", "width", "height", "pages", "tokens", "note")


class Filing:
    """Takes the files of one person's import. `kept` are the names under which they lie, until rows name them."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.kept: list[str] = []
        self.missing: list[str] = []

    def values(self, file: File) -> dict[str, Any]:
        """The columns of its row. One whose contents are not in the document, or are not taken, is there by its name
        and words, like a file that went from the disk: it cannot be opened, and says so."""
        name = shown_name(file.name)
        if file.read is not None:
            try:
                return {"name": name} | self._stored(file, name)
            except Refusal as refusal:
                self.missing.append(f"“{name}”: {refusal.sentence}")
            except (Unreadable, ValueError):
                self.missing.append(f"“{name}”: its contents cannot be read.")
        return {"name": name} | without_contents(file)

    def _stored(self, file: File, name: str) -> dict[str, Any]:
        assert file.read is not None
        with storage.received(bounded(came(file))) as path:
            found = read(path, name, self.owner.pk)
            digest = storage.digest(path)
            size = plain_size(path.read_bytes()) if found.kind == KINDS.PICTURE else None
            ours = size == (found.width, found.height) and digest == file.digest
            if found.path != path and not ours:
                path, digest = found.path, storage.digest(found.path)
            values = read_values(found) | {"size": path.stat().st_size, "digest": digest}
            if ours:
                values["media_type"] = "image/png" if path.read_bytes()[:1] == b"\x89" else "image/jpeg"
            values["stored"] = storage.keep(path)
            self.kept.append(values["stored"])
            return values

    def forget(self) -> None:
        """Those that no row names."""
        for stored in self.kept:
            storage.forget(stored)
        self.kept.clear()


class Unreadable(Exception):
    """The contents cannot be had from where they are."""


def came(file: File) -> Iterator[bytes]:
    """Its bytes. Raises Unreadable; an OSError of whoever stores them is one of this server's disk."""
    try:
        yield from file.read() if file.read is not None else ()
    except (OSError, ValueError) as problem:
        raise Unreadable from problem


def read_values(found: Read) -> dict[str, Any]:
    return {name: getattr(found, name) for name in READ}


def bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """No more than an upload may have. Raises Refusal."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > settings.MAX_UPLOAD_BYTES:
            raise Refusal(
                f"This file is too large: at most {settings.MAX_UPLOAD_BYTES // 1_000_000} MB are taken."
            )
        yield piece


def without_contents(file: File) -> dict[str, Any]:
    """What a document says of a file, as its row holds it; under its stored name nothing lies."""
    kind = file.kind if file.kind in KINDS.values else KINDS.TEXT
    allowed = MEDIA.get(KINDS(kind), (TEXT,))
    picture = kind == KINDS.PICTURE
    return {
        "kind": kind,
        "media_type": file.media_type if file.media_type in allowed else allowed[0],
        "language": text(file.language, 40),
        "size": number(file.size, 2**63 - 1),
        "width": number(file.width, WHOLE) if picture else None,
        "height": number(file.height, WHOLE) if picture else None,
        "pages": number(file.pages, WHOLE) if kind == KINDS.PDF else None,
        "tokens": number(file.tokens, WHOLE),
        "text": "" if picture else text(file.text, MOST_TEXT + 500),
        "note": text(file.note, 120),
        "digest": text(file.digest, 64),
        "stored": uuid4().hex,
    }
