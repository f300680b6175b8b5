"""Taking, keeping and sweeping: no row without a file, no half file, nothing of others."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils import timezone

from sessions_app.actions import attachments
from sessions_app.actions.attachments import remove_file, sweep, take_files
from sessions_app.actions.branching import branch_session, duplicate_session
from sessions_app.actions.errors import NotPossible
from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, User
from tests.actions.steps import end, send
from tests.files.making import picture, stored_files


def up(name: str = "notes.txt", content: bytes = b"Some words") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def taken(owner: Any, chat: ChatSession | None = None, *uploads: UploadedFile[Any]) -> list[Attachment]:
    rows = take_files(owner=owner, chat=chat, uploads=uploads or [up()])
    return [row.attachment for row in rows if row.attachment is not None]


def test_a_file_is_kept_under_a_random_name(alice: User) -> None:
    (row,) = taken(alice, None, up("../../../etc/cron.d/x.txt"))
    assert row.name == "x.txt"
    path = storage.path_of(row.stored)
    assert path.read_bytes() == b"Some words"
    assert path.parent.parent == storage.root()
    assert stored_files() == [path]


@pytest.mark.parametrize("stored", ["../../etc/passwd", "a", "", "G" * 32, "a" * 32 + "/x"])
def test_no_path_is_made_of_a_name_that_is_not_ours(stored: str) -> None:
    with pytest.raises(ValueError, match="stored"):
        storage.path_of(stored)


class Cut(SimpleUploadedFile):
    """An upload that breaks off."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half of"
        raise OSError(errno.EIO, "cut")


def test_an_upload_that_breaks_off_leaves_nothing(alice: User) -> None:
    told = take_files(owner=alice, chat=None, uploads=[Cut("a.txt", b"x"), up()])
    assert [bool(each.attachment) for each in told] == [False, True]
    assert Attachment.objects.count() == 1
    assert len(stored_files()) == 1


def test_a_full_disk_leaves_no_row_and_no_half_file(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "keep", full)
    (told,) = take_files(owner=alice, chat=None, uploads=[up()])
    assert told.refusal == attachments.NO_ROOM
    assert not Attachment.objects.exists()
    assert stored_files() == []


def test_a_row_that_cannot_be_written_leaves_no_file(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(**_: Any) -> None:
        raise RuntimeError("database away")

    monkeypatch.setattr(Attachment.objects, "create", failing)
    with pytest.raises(RuntimeError):
        take_files(owner=alice, chat=None, uploads=[up()])
    assert stored_files() == []


def test_a_file_over_the_limit_is_refused_unread(alice: User, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 2_000_000
    (told,) = take_files(owner=alice, chat=None, uploads=[up("big.txt", b"x" * 2_000_001)])
    assert told.refusal == "This file is too large: at most 2 MB are taken."
    assert stored_files() == []


def test_what_waits_unsent_is_bounded(alice: User, bob: User, settings: Any) -> None:
    settings.MAX_UNSENT_BYTES = 25
    told = take_files(owner=alice, chat=None, uploads=[up(), up(), up()])
    assert [bool(each.attachment) for each in told] == [True, True, False]
    assert "wait to be sent" in told[2].refusal
    assert taken(bob)


def test_removing_takes_the_file_from_the_disk(
    alice: User, django_capture_on_commit_callbacks: Any, chat: ChatSession
) -> None:
    (row,) = taken(alice)
    with django_capture_on_commit_callbacks(execute=True):
        remove_file(attachment=row)
    assert stored_files() == []
    (sent,) = taken(alice)
    send(chat, "Look", attachments=[sent.pk])
    with pytest.raises(NotPossible, match="was sent"):
        remove_file(attachment=sent)
    assert len(stored_files()) == 1


def age(path: Path, days: float) -> None:
    then = time.time() - days * 24 * 3600
    os.utime(path, (then, then))


def test_unsent_uploads_go_after_a_week_and_files_without_a_row_after_a_day(
    alice: User, chat: ChatSession
) -> None:
    old, new, sent = taken(alice, None, up("old.txt"), up("new.txt"), up("sent.txt"))
    send(chat, "Look", attachments=[sent.pk])
    Attachment.objects.exclude(pk=new.pk).update(created_at=timezone.now() - timedelta(days=8))
    for path in stored_files():
        age(path, 2)
    left = storage.root() / storage.INCOMING / "left.part"
    left.write_bytes(b"half")
    age(left, 2)
    fresh = storage.root() / "ab" / ("ab" * 16)
    fresh.parent.mkdir(exist_ok=True)
    fresh.write_bytes(b"whose row is being written")
    assert sweep(everywhere=True) is False
    assert set(Attachment.objects.all()) == {new, sent}
    assert {path.name for path in stored_files()} == {new.stored, sent.stored, fresh.name}
    assert not storage.path_of(old.stored).exists()


def test_a_sweep_looks_at_a_few_folders_and_in_turn_at_all(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        (storage.root() / f"{number:02x}").mkdir(parents=True)
    swept: list[Path] = []

    def looked(folder: Path) -> list[Path]:
        swept.append(folder)
        return []

    monkeypatch.setattr(storage, "old_files", looked)
    for run in range(6):
        monkeypatch.setattr(time, "time", lambda run=run: 1_000_000.0 + 300 * run)
        sweep()
        assert len(swept) <= 17 * (run + 1)
    assert {folder.name for folder in swept} == {f"{n:02x}" for n in range(40)} | {storage.INCOMING}


def test_copies_share_what_is_stored_and_are_named_by_their_messages(alice: User, chat: ChatSession) -> None:
    (row,) = taken(alice, chat, up("p.png", picture()))
    Attachment.objects.filter(pk=row.pk).update(kind="text")  # the offline model takes no pictures
    sent = send(chat, "Look", attachments=[row.pk])
    end(sent.reply)
    assert sent.message is not None
    for copy in (
        branch_session(message=sent.message, owner=alice),
        duplicate_session(chat=chat, owner=alice),
    ):
        message = copy.messages.get(role="user")
        (mine,) = message.attachments.all()
        assert message.parts[0] == {
            "kind": "attachment", "turn": 0, "id": str(mine.pk), "name": "p.png", "media": "text",
        }  # fmt: skip
        assert mine.pk != row.pk
        assert (mine.stored, mine.session_id) == (row.stored, copy.pk)
    assert len(stored_files()) == 1
    chat.delete()
    sweep(everywhere=True)
    for path in stored_files():
        age(path, 2)
    sweep(everywhere=True)
    assert len(stored_files()) == 1
