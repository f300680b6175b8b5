"""Files on their way into a conversation: taken, removed, hung on a message, copied, swept.

The file stands on disk before its row says so, and goes after the row is gone: what fails in between leaves at most
a file without a row, which the sweep finds.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.module_loading import import_string

from sessions_app.files import Refusal, read, shown_name, storage
from sessions_app.models import Attachment, ChatSession, Message, PendingMessage, uuid7
from sessions_app.providers.base import ModelInfo
from sessions_app.realtime import feed
from sessions_app.transactions import write

from .errors import NotPossible, Refused

log = structlog.get_logger("sessions_app.files")
UNSENT_FOR = timedelta(days=7)
BATCH = 200
FOLDERS_A_SWEEP = 16
NO_ROOM = "The server has no room for this file. Nothing of it was stored."
SENT_ALREADY = (
    "A file of this message was sent or removed meanwhile. Your text is kept; attach the file again."
)


class NoPictures(Refused):
    kind = "no_pictures"
    sentence = "The model does not take pictures. Remove them or choose another model."

    def __init__(self, info: ModelInfo) -> None:
        super().__init__(f"{info.label} does not take pictures. Remove them or choose another model.")


class TooManyFiles(Refused):
    kind = "too_many_files"
    sentence = "So many files do not go with one message."


@dataclass(frozen=True, slots=True)
class Taken:
    """One upload: the row it became, or why it was refused."""

    name: str
    attachment: Attachment | None = None
    refusal: str = ""


# ---------------------------------------------------------------- taking


def take_files(*, owner: Any, chat: ChatSession | None, uploads: Iterable[UploadedFile[Any]]) -> list[Taken]:
    """Each upload on its own: one that is refused keeps no other out. They belong to the draft of `owner` in `chat`."""
    return [_take(owner, chat, upload) for upload in uploads]


def _take(owner: Any, chat: ChatSession | None, upload: UploadedFile[Any]) -> Taken:
    name = shown_name(upload.name or "")
    try:
        return Taken(name, _stored(owner, chat, upload, name))
    except Refusal as refusal:
        return Taken(name, refusal=refusal.sentence)
    except OSError as problem:
        log.warning("file not stored", problem=errno.errorcode.get(problem.errno or 0, "unknown"))
        return Taken(name, refusal=NO_ROOM)


def _stored(owner: Any, chat: ChatSession | None, upload: UploadedFile[Any], name: str) -> Attachment:
    if (upload.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise Refusal(
            f"This file is too large: at most {settings.MAX_UPLOAD_BYTES // 1_000_000} MB are taken."
        )
    _check_room(owner, upload.size or 0)
    with storage.received(upload.chunks()) as path:
        found = read(path, name, owner.pk)
        values = {
            "kind": found.kind,
            "media_type": found.media_type,
            "language": found.language,
            "text": found.text,
            "width": found.width,
            "height": found.height,
            "pages": found.pages,
            "tokens": found.tokens,
            "note": found.note,
            "size": found.path.stat().st_size,
            "digest": storage.digest(found.path),
        }
        return _with_row(found.path, owner=owner, session=chat, name=name, **values)


def _with_row(path: Path, **values: Any) -> Attachment:
    stored = storage.keep(path)
    try:
        with write():
            row = Attachment.objects.create(stored=stored, **values)
            tell_owners([row])
            return row
    except BaseException:
        storage.forget(stored)
        raise


def _check_room(owner: Any, size: int) -> None:
    """What waits unsent is bounded, a person; what was sent is part of their conversations."""
    held = Attachment.objects.filter(owner=owner).unsent().aggregate(bytes=Sum("size"), files=Count("pk"))
    if (held["bytes"] or 0) + size > settings.MAX_UNSENT_BYTES or held[
        "files"
    ] >= 10 * settings.MAX_ATTACHMENTS:
        raise Refusal("Too many files wait to be sent. Send or remove some first.")


def remove_file(*, attachment: Attachment) -> None:
    """Take back a file that was not sent yet. Refuses one that was."""
    with write():
        gone, _ = Attachment.objects.filter(pk=attachment.pk).unsent().delete()
        if not gone:
            raise NotPossible("This file was sent; it stays with its message.")
        tell_owners([attachment])
        if not needed([attachment.stored]):
            transaction.on_commit(lambda: storage.forget(attachment.stored))


def tell_owners(rows: Iterable[Attachment]) -> None:
    """After the commit: pages of these people show other files beside their message box."""
    for person, chat in {(row.owner_id, row.session_id) for row in rows}:
        transaction.on_commit(partial(feed.files_changed, person, chat))


# ---------------------------------------------------------------- sending


def chosen(*, author: Any, keys: Sequence[UUID], info: ModelInfo) -> list[Attachment]:
    """The unsent files of these keys, in their order, within the caller's transaction. Refuses those of others,
    those that were sent, and pictures for a model that takes none."""
    if len(keys) > settings.MAX_ATTACHMENTS:
        raise TooManyFiles(f"At most {settings.MAX_ATTACHMENTS} files go with one message.")
    found = {
        row.pk: row for row in Attachment.objects.filter(pk__in=keys, owner=author).unsent().defer("text")
    }
    if set(found) != set(keys):
        raise NotPossible(SENT_ALREADY)
    rows = [found[key] for key in dict.fromkeys(keys)]
    refuse_pictures(rows, info)
    return rows


def refuse_pictures(rows: Iterable[Attachment], info: ModelInfo) -> None:
    if not info.pictures and any(row.kind == Attachment.Kind.PICTURE for row in rows):
        raise NoPictures(info)


def hang(*, rows: Sequence[Attachment], chat: ChatSession, **target: Message | PendingMessage) -> None:
    """Put files on a message or a waiting one (`message=` or `pending=`), within the caller's transaction."""
    tell_owners(rows)
    for position, row in enumerate(rows):
        free = Attachment.objects.filter(pk=row.pk, message__isnull=True)
        if not free.update(session=chat, position=position, **({"pending": None} | target)):
            raise NotPossible(SENT_ALREADY)


def parts_of(rows: Iterable[Attachment]) -> list[dict[str, Any]]:
    """How files stand among the parts of their message."""
    return [
        {"kind": "attachment", "turn": 0, "id": str(row.pk), "name": row.name, "media": row.kind}
        for row in rows
    ]


def names_in(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    return [part["name"] for part in parts if part.get("kind") == "attachment"]


def again(
    *, message: Message, author: Any, keys: Sequence[UUID] | None, info: ModelInfo
) -> Sequence[Attachment]:
    """The files of a message that is asked once more: copies of its own, all of them or those in `keys`, and unsent
    ones of the author. Within the caller's transaction."""
    if not (names_in(message.parts) or keys):
        return ()
    own = {row.pk: row for row in Attachment.objects.filter(message=message)}
    wanted = list(own) if keys is None else list(dict.fromkeys(keys))
    added = [key for key in wanted if key not in own]
    new = {row.pk: row for row in chosen(author=author, keys=added, info=info)} if added else {}
    copies = {key: _copy(own[key], message=None, owner=author) for key in wanted if key in own}
    refuse_pictures([*copies.values(), *new.values()], info)
    Attachment.objects.bulk_create(copies.values())
    return [copies.get(key) or new[key] for key in wanted]


def copy_attachments(*, pairs: Mapping[Any, Message]) -> dict[str, str]:
    """The files of messages (by their keys) once more on their stored copies, whose parts then name them. What is
    stored is shared. Gives the keys of files: old to new. Within the caller's transaction."""
    copies = {key: target for key, target in pairs.items() if names_in(target.parts)}
    if not copies:
        return {}
    keys: dict[str, str] = {}
    rows = []
    for row in Attachment.objects.filter(message__in=list(copies)):
        target = copies[row.message_id]
        new = _copy(row, message=target, session_id=target.session_id)
        keys[str(row.pk)] = str(new.pk)
        rows.append(new)
    Attachment.objects.bulk_create(rows, batch_size=100)
    for target in copies.values():
        target.parts = [
            {**part, "id": keys.get(part["id"], part["id"])} if part["kind"] == "attachment" else part
            for part in target.parts
        ]
    Message.objects.bulk_update(copies.values(), ["parts"], batch_size=100)
    return keys


def _copy(row: Attachment, **values: Any) -> Attachment:
    new = copy(row)
    new._state = copy(row._state)
    new._state.fields_cache = {}
    new._state.adding = True
    new.pk = uuid7()
    for name, value in values.items():
        setattr(new, name, value)
    return new


# ---------------------------------------------------------------- sweeping


def sweep(*, everywhere: bool = False) -> bool:
    """Forget uploads that nobody sent for a week, and files no row refers to for a day. True if there is more to do.

    Of the folders a few are looked at each time, in turn.
    """
    old = Attachment.objects.unsent().filter(created_at__lt=timezone.now() - UNSENT_FOR)
    keys = list(old.values_list("pk", flat=True)[:BATCH])
    if keys:
        with write():
            Attachment.objects.filter(pk__in=keys).unsent().delete()
    for folder in _folders_in_turn(everywhere):
        files = storage.old_files(folder)
        names = [path.name for path in files]
        storage.forget_all_but(files, needed(names))
    return len(keys) == BATCH


def needed(names: Collection[str]) -> set[str]:
    """Which of these stored files a row names: of this app, or as `FILE_HOLDERS` say (given the names, each gives
    those that it needs)."""
    own = set(Attachment.objects.filter(stored__in=names).values_list("stored", flat=True))
    return own.union(*(import_string(holder)(names) for holder in settings.FILE_HOLDERS))


def _folders_in_turn(everywhere: bool) -> list[Path]:
    folders = storage.folders()
    if not everywhere and len(folders) > FOLDERS_A_SWEEP:
        start = int(time.time() // 300) * FOLDERS_A_SWEEP % len(folders)
        folders = (folders + folders)[start : start + FOLDERS_A_SWEEP]
    return [*folders, storage.root() / storage.INCOMING]
