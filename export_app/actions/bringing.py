"""A file that came whole: it lies on disk before its import is made, so that no transaction waits for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from export_app.importers import uploads
from export_app.models import ImportJob
from sessions_app.actions.errors import Refused
from sessions_app.transactions import write

from . import uploading


@dataclass(frozen=True, slots=True)
class Brought:
    """`digest` is the SHA-256 of its bytes."""

    stored: str
    size: int
    digest: str


@contextmanager
def brought(*, size: int, pieces: Iterable[bytes]) -> Iterator[Brought]:
    """The file of `pieces`, of which `size` bytes are announced. It is forgotten unless an import was made of it."""
    uploading.must_fit(size)
    stored = ""
    try:
        try:
            stored = uploads.begin()
            whole = _written(stored, pieces)
        except OSError:
            raise Refused(uploading.NO_ROOM) from None
        yield whole
    finally:
        if stored and not ImportJob.objects.filter(stored=stored).exists():
            uploads.forget(stored)


def _written(stored: str, pieces: Iterable[bytes]) -> Brought:
    digest, come = hashlib.sha256(), 0
    for piece in pieces:
        if come + len(piece) > settings.MAX_IMPORT_BYTES:
            raise uploading.TooLarge(come + len(piece))
        uploads.write_at(stored, come, piece)
        digest.update(piece)
        come += len(piece)
    if not come:
        raise Refused(uploading.EMPTY)
    return Brought(stored, come, digest.hexdigest())


@write()
def take_brought(*, owner: Any, name: str, file: Brought, take_new: bool) -> ImportJob:
    """Have it read; with `take_new` what is new in it is taken in as soon as it is."""
    job = uploading.add_job(
        owner=owner, name=name, size=file.size, stored=file.stored, status=ImportJob.Status.READING
    )
    uploading.begin_reading(job=job, take_new=take_new)
    return job
