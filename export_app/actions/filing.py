"""Files of an imported session, on disk before their rows: looked into again as an upload is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from export_app.document import File
from export_app.importers.cleaned import number, text
from export_app.importers.containers import Member
from export_app.importers.pictures import plain_size
from sessions_app.files import Read, Refusal, read, shown_name, storage
from sessions_app.files.kinds import PDF, TEXT
from sessions_app.files.reading import MOST_TEXT
from sessions_app.models import Attachment

KINDS = Attachment.Kind
MEDIA = {KINDS.PDF: (PDF,), KINDS.PICTURE: ("image/png", "image/jpeg")}
WHOLE = 2**31 - 1
ROOM = 2  # files of one import, in bytes, to MAX_IMPORT_BYTES
MOST_TOLD = 20
REMEMBERED = 10_000_000  # characters
NO_ROOM = "The files of this import are too large together; this one is here by its name."
Key = tuple[str, str]  # member of the ZIP or digest, and shown name
READ = ("kind", "media_type", "language", "text", "width", "height", "pages", "tokens", "note")


class Filing:
    """Takes the files of one person's import. What came before is not stored again: its rows share one stored file.

    `kept` are the names under which new ones lie, until rows name them. All files of an import together may have `left`
    bytes, words in rows counted: a file of a ZIP that many messages name, or a small one that unpacks to much, ends there.
    """

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.kept: list[str] = []
        self.left = ROOM * settings.MAX_IMPORT_BYTES
        self._missing: list[str] = []
        self._known: dict[Key, dict[str, Any]] = {}
        self._weight = 0  # of what is known, in characters
        self._stored: dict[str, str] = {}  # by digest

    def values(self, file: File) -> dict[str, Any]:
        """The columns of its row. One whose contents are not in the document, or are not taken, is there by its name
        and words, like a file that went from the disk: it cannot be opened, and says so."""
        name = shown_name(file.name)
        if file.read is not None:
            try:
                return {"name": name} | self._taken(file, name)
            except Refusal as refusal:
                self._miss(f"“{name}”: {refusal.sentence}")
            except (Unreadable, ValueError):
                self._miss(f"“{name}”: its contents cannot be read.")
        return {"name": name} | without_contents(file)

    def missing(self) -> list[str]:
        """What was left out since it was last asked, a sentence each."""
        told, self._missing = self._missing, []
        return told

    def _miss(self, sentence: str) -> None:
        if len(self._missing) < MOST_TOLD:
            self._missing.append(sentence)

    def _taken(self, file: File, name: str) -> dict[str, Any]:
        assert file.read is not None
        member = (file.read.name, name) if isinstance(file.read, Member) else None
        values = self._before(member) if member is not None else None
        if values is None:
            with storage.received(bounded(self._counted(came(file)))) as path:
                known = (storage.digest(path), name)
                values = self._before(known) or self._looked_into(path, known, file)
            self._remember(values, *filter(None, (known, member)))
        self._count(len(values["text"]))  # each row has the words
        return values

    def _remember(self, values: dict[str, Any], *keys: Key) -> None:
        if self._weight > REMEMBERED:
            self._known, self._weight = {}, 0
        self._known |= dict.fromkeys(keys, values)
        self._weight += 1_000 + len(values["text"])

    def _before(self, key: Key) -> dict[str, Any] | None:
        """What was found of the same file, where it still lies on the disk."""
        known = self._known.get(key)
        return known if known and storage.path_of(known["stored"]).exists() else None

    def _looked_into(self, path: Path, came: Key, file: File) -> dict[str, Any]:
        digest, name = came
        found = read(path, name, self.owner.pk)
        size = plain_size(path.read_bytes()) if found.kind == KINDS.PICTURE else None
        ours = size == (found.width, found.height) and digest == file.digest
        if found.path != path and not ours:
            path, digest = found.path, storage.digest(found.path)
        values = read_values(found) | {"size": path.stat().st_size, "digest": digest}
        if ours:
            values["media_type"] = "image/png" if path.read_bytes()[:1] == b"\x89" else "image/jpeg"
        values["stored"] = self._keep(path, digest)
        return values

    def _keep(self, path: Path, digest: str) -> str:
        there = self._stored.get(digest)
        if there is not None and storage.path_of(there).exists():
            return there
        stored = self._stored[digest] = storage.keep(path)
        self.kept.append(stored)
        return stored

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._count(len(piece))
            yield piece

    def _count(self, size: int) -> None:
        """Raises Refusal where all files together are too much."""
        self.left -= size
        if self.left < 0:
            raise Refusal(NO_ROOM)

    def settle(self) -> None:
        """Rows name them."""
        self.kept.clear()

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
