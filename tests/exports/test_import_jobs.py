"""What the background does with an import: reads a file, takes in what was chosen, and survives what comes between."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from export_app import jobs
from export_app.actions import building, importing, uploading
from export_app.actions.filing import Filing
from export_app.importers import uploads
from export_app.importers.foreign import file as foreign_file
from export_app.models import ImportedSession, ImportItem, ImportJob
from export_app.renderers.json import Json
from export_app.transcript import Transcript
from sessions_app.actions.errors import NotPossible, Refused
from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, Message, ToolCall, User, Visit
from sessions_app.transactions import write
from tests.exports.foreign import chatgpt, claude, claude_message, node, plain_chatgpt, plain_claude, zipped

pytestmark = pytest.mark.django_db
Status, State = ImportJob.Status, ImportItem.State


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path) -> Path:
    settings.IMPORTS_DIR = tmp_path / "imports"
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return tmp_path / "imports"


Bring = Callable[..., ImportJob]


@pytest.fixture
def bring(alice: User) -> Bring:
    """A file of Alice's, read."""

    def of(data: Any, name: str = "conversations.json") -> ImportJob:
        whole = data if isinstance(data, bytes) else json.dumps(data).encode()
        job = uploading.take_upload(owner=alice, name=name, size=len(whole), pieces=[whole])
        importing.run_read(job.pk, 1)
        return anew(job)

    return of


def anew(job: ImportJob) -> ImportJob:
    return ImportJob.objects.get(pk=job.pk)


def taken(job: ImportJob) -> ImportJob:
    uploading.begin_taking(job=job)
    importing.run_take(job.pk, 1)
    return anew(job)


def states(job: ImportJob) -> list[tuple[str, str]]:
    return list(ImportItem.objects.filter(job=job).values_list("title", "state"))


def test_a_file_is_read_and_nothing_taken_yet(bring: Bring, place: Path) -> None:
    job = bring([plain_chatgpt("1", "One", more=2), plain_chatgpt("2", "Two")])
    assert (job.status, job.source, job.total) == (Status.READY, "chatgpt", 2)
    items = list(ImportItem.objects.filter(job=job))
    assert [(item.title, item.messages, item.state, item.chosen) for item in items] == [
        ("One", 6, "new", True),
        ("Two", 2, "new", True),
    ]
    assert not ChatSession.objects.exists()
    assert place.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in place.iterdir()] == [0o600]


def test_what_was_chosen_is_taken_in(bring: Bring, alice: User, place: Path) -> None:
    job = bring([plain_chatgpt(str(at), f"Talk {at}") for at in range(4)])
    uploading.choose(job=job, shown=[0, 1, 2], chosen=[1])
    job = taken(job)
    assert (job.status, job.done, job.total, job.stored) == (Status.DONE, 2, 2, "")
    assert set(ChatSession.objects.owned_by(alice).values_list("title", flat=True)) == {"Talk 1", "Talk 3"}
    assert list(place.iterdir()) == []
    chat = ChatSession.objects.get(title="Talk 1")
    assert list(Message.objects.filter(session=chat).shown().values_list("role", "content")) == [
        ("user", "Question 0?"),
        ("assistant", "Answer 0."),
    ]


def test_the_same_file_again_is_here_and_a_longer_one_adds_what_is_new(bring: Bring) -> None:
    taken(bring([plain_claude("1", "One"), plain_chatgpt("2", "Two")]))
    again = bring([plain_claude("1", "One"), plain_chatgpt("2", "Two", more=1)])
    assert states(again) == [("One", "here"), ("Two", "changed")]
    changed = ImportItem.objects.get(job=again, state=State.CHANGED)
    assert (changed.fresh, changed.chosen) == (2, True)
    taken(again)
    assert ChatSession.objects.count() == 2
    chat = ChatSession.objects.get(title="Two")
    assert Message.objects.filter(session=chat).shown().count() == 4
    assert states(bring([plain_chatgpt("2", "Two", more=1)])) == [("Two", "here")]


def test_one_that_is_here_is_taken_a_second_time_where_it_is_ticked(bring: Bring) -> None:
    taken(bring([plain_claude("1", "One")]))
    again = bring([plain_claude("1", "One")])
    with pytest.raises(Refused, match="No session is chosen"):
        uploading.begin_taking(job=again)
    uploading.choose_all(job=again, on=True)
    taken(again)
    assert ChatSession.objects.filter(title="One").count() == 2


def test_a_zip_with_files_tools_and_versions(bring: Bring) -> None:
    named = [{"id": "file-AbCdEfGh12", "name": "notes.txt", "size": 5, "mime_type": "text/plain"}]
    code = {"content_type": "code", "language": "python", "text": "1 + 1"}
    talk = chatgpt(
        node("q", "root", "user", "Sum?", attachments=named),
        node("c", "q", "assistant", content=code, recipient="python"),
        node("o", "c", "tool", content={"content_type": "execution_output", "text": "2"}, name="python"),
        node("a", "o", "assistant", "Two."),
        node("b", "o", "assistant", "It is two."),
        current="a",
    )
    data = zipped({"x/conversations.json": [talk], "x/file-AbCdEfGh12-notes.txt": b"hello", "user.json": {}})
    job = taken(bring(data, "export.zip"))
    chat = ChatSession.objects.get()
    assert [row.content for row in Message.objects.filter(session=chat).shown()] == ["Sum?", "Two."]
    assert Message.objects.filter(session=chat, content="It is two.").count() == 1
    assert ToolCall.objects.filter(tool_name="python", status="success").count() == 2
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.text, attachment.size) == ("notes.txt", "hello", 5)
    assert job.notes == ["The ZIP holds 2 other files; only what belongs to conversations is taken."]


def test_broken_empty_strange_and_doubled_ones_are_told_apart(bring: Bring) -> None:
    good, doubled = json.dumps(plain_claude("1", "One")), json.dumps(plain_claude("1", "Twice"))
    empty, strange = json.dumps(claude(key="2")), json.dumps({"a": 1})
    data = f'[\n{good},\n{{"uuid": "3", "chat_messages": [nope]}},\n{empty},\n{strange},\n{doubled}]'
    job = bring(data.encode())
    assert states(job) == [("One", "new"), ("Conversation 2", "broken"), ("Twice", "broken")]
    broken, twice = ImportItem.objects.filter(job=job, state=State.BROKEN)
    assert (broken.line, broken.chosen) == (3, False)
    assert "not valid JSON" in broken.problem
    assert "second time" in twice.problem
    assert job.notes == [
        "1 conversation is empty and was left out: “Sourdough”.",
        "1 entry is no conversation and was left out: number 4, line 5.",
    ]
    uploading.choose_all(job=job, on=True)
    assert uploading.begin_taking(job=job) == 1


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"hello", "not a JSON file", 1),
        (b"[]", "no conversations in this file", None),
        (b'{"a": 1}', "no conversations of a kind", None),
        (b'[{"a": 1}]', "no conversations of a kind", None),
        (b'[{"uuid": "1", "chat_messages": []}]', "are empty", None),
        (b'[\n{"uuid": "1", "chat_messages": [', "ends in the middle of conversation 1", 2),
        (b"PK\x03\x04", "damaged", None),
        (b'[\n{"title": "Caf\xe9"}]', "not UTF-8 text", 2),
        (b'[\n{"uuid": nope},\n{"uuid": nope}]', "None of the 2 sessions in this file can be read", 2),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_goes(
    bring: Bring, place: Path, data: bytes, words: str, line: int | None
) -> None:
    job = bring(data)
    assert (job.status, job.line) == (Status.FAILED, line)
    assert words in job.error
    assert not ImportItem.objects.filter(job=job).exists()
    assert list(place.iterdir()) == []


def test_what_was_begun_goes_on_behind_what_is_here(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bring([plain_chatgpt(str(at), f"Talk {at}") for at in range(3)])
    uploading.begin_taking(job=job)
    asked: list[bool] = []

    def stopping() -> bool:
        asked.append(True)
        return len(asked) > 2

    monkeypatch.setattr(jobs, "stopping", stopping)
    with pytest.raises(jobs.PutBack):
        importing.run_take(job.pk, 1)
    assert (anew(job).status, anew(job).done) == (Status.IMPORTING, 2)
    monkeypatch.setattr(jobs, "stopping", lambda: False)
    # A server that dies between a session and the note of it.
    ImportItem.objects.filter(job=job, position=1).update(taken_at=None, session=None)
    importing.run_take(job.pk, 2)
    importing.run_take(job.pk, 3)
    assert anew(job).status == Status.DONE
    assert sorted(ChatSession.objects.values_list("title", flat=True)) == ["Talk 0", "Talk 1", "Talk 2"]
    assert ImportedSession.objects.count() == 3


def test_reading_begins_anew_where_it_was_cut(bring: Bring) -> None:
    job = bring([plain_chatgpt("1", "One")])
    ImportJob.objects.filter(pk=job.pk).update(status=Status.READING)
    importing.run_read(job.pk, 2)
    assert states(job) == [("One", "new")]
    assert anew(job).total == 1


def test_of_two_who_work_on_one_import_the_first_stops(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bring([plain_chatgpt(str(at), f"Talk {at}") for at in range(3)])
    uploading.begin_taking(job=job)
    asked: list[bool] = []

    def stopping() -> bool:
        asked.append(True)
        if len(asked) == 2:
            importing.run_take(job.pk, 2)
        return False

    monkeypatch.setattr(jobs, "stopping", stopping)
    importing.run_take(job.pk, 1)
    assert (anew(job).status, anew(job).done) == (Status.DONE, 3)
    assert sorted(ChatSession.objects.values_list("title", flat=True)) == ["Talk 0", "Talk 1", "Talk 2"]


def test_a_cancelled_import_keeps_what_is_here(
    bring: Bring, monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    job = bring([plain_chatgpt(str(at), f"Talk {at}") for at in range(3)])
    uploading.begin_taking(job=job)
    asked: list[bool] = []

    def stopping() -> bool:
        asked.append(True)
        if len(asked) == 2:
            uploading.cancel(job=anew(job))
        return False

    monkeypatch.setattr(jobs, "stopping", stopping)
    importing.run_take(job.pk, 1)
    assert (anew(job).status, ChatSession.objects.count()) == (Status.CANCELLED, 2)
    assert list(place.iterdir()) == []
    waiting = bring([plain_chatgpt("9", "Nine")])
    uploading.cancel(job=waiting)
    assert (anew(waiting).status, list(place.iterdir())) == (Status.CANCELLED, [])


def test_one_that_cannot_be_built_keeps_no_other_out(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bring([plain_chatgpt("1", "One"), plain_chatgpt("2", "Two")])
    path = uploads.path_of(job.stored)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"mapping"', b'"m4pping"', 1))
    job = taken(job)
    assert (job.status, states(job)) == (Status.DONE, [("One", "broken"), ("Two", "new")])
    assert ChatSession.objects.count() == 1


def test_a_file_that_went_meanwhile(bring: Bring) -> None:
    job = bring([plain_chatgpt("1", "One")])
    uploads.forget(job.stored)
    job = taken(job)
    assert job.status == Status.FAILED
    assert "not here any more" in job.error


def test_what_this_app_exports_comes_back(bring: Bring, alice: User) -> None:
    taken(bring([plain_claude("1", "Bread"), plain_claude("2", "users")]))
    whole = {
        f"{chat.title}.json": b"".join(Json().render(Transcript(chat, reader=alice.pk), {}))
        for chat in ChatSession.objects.all()
    }
    ChatSession.objects.update(title="Renamed")
    ImportedSession.objects.all().delete()
    alone = bring(whole["Bread.json"], "Bread.json")
    assert (alone.source, states(alone)) == ("workspace", [("Bread", "here")])
    many = bring(zipped(whole), "sessions.zip")
    assert sorted(states(many)) == [("Bread", "here"), ("users", "here")]
    uploading.choose_all(job=many, on=True)
    taken(many)
    assert sorted(ChatSession.objects.values_list("title", flat=True)) == [
        "Bread",
        "Renamed",
        "Renamed",
        "users",
    ]
    copy = ChatSession.objects.get(title="Bread")
    assert Message.objects.filter(session=copy, content="Twelve hours in the cold.").exists()
    broken = bring(whole["Bread.json"].replace(b'"role":"user"', b'"role":"boss"'), "Bread.json")
    assert (broken.status, broken.line, broken.place) == (Status.FAILED, 2, "message 1, role")
    assert "one of: user, assistant" in broken.error


def named_by(count: int, names: Callable[[int], str] = lambda at: "notes.txt") -> bytes:
    """A ZIP whose one file of 200 kB is named by so many messages."""
    nodes, above = [], "root"
    for at in range(count):
        row = {"id": "file-AbCdEfGh12", "name": names(at), "size": 5, "mime_type": "text/plain"}
        nodes.append(node(f"q{at}", above, "user", "Look", attachments=[row]))
        above = f"q{at}"
    talks = [chatgpt(*nodes, current=above, key=key) for key in ("1", "2")]
    return zipped({"conversations.json": talks, "file-AbCdEfGh12-notes.txt": b"hello wide world\n" * 12_000})


def on_disk(root: Path) -> int:
    return sum(1 for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("names", [lambda at: "notes.txt", lambda at: f"notes-{at}.txt"])
def test_a_file_that_many_messages_name_is_stored_once(
    bring: Bring, settings: LazySettings, names: Callable[[int], str]
) -> None:
    taken(bring(named_by(5, names), "export.zip"))
    assert Attachment.objects.count() == 10
    assert Attachment.objects.values("stored").distinct().count() == 1
    assert on_disk(Path(settings.ATTACHMENTS_DIR)) == 1
    assert storage.load(Attachment.objects.all()[9].stored).startswith(b"hello")


def test_files_of_an_import_are_not_more_than_it_may_have(bring: Bring, settings: LazySettings) -> None:
    settings.MAX_IMPORT_BYTES = 400_000
    taken(bring(named_by(5, lambda at: f"notes-{at}.txt"), "export.zip"))
    there = [
        storage.path_of(row.stored).exists() for row in Attachment.objects.order_by("message__session", "pk")
    ]
    assert sorted(there) == [False] * 9 + [True]
    notes = [note for item in ImportItem.objects.all() for note in item.notes]
    assert [note for note in notes if "“notes-4.txt”" in note and "too large together" in note]


def test_a_stored_file_that_went_is_stored_anew(alice: User) -> None:
    filing = Filing(alice)
    told = foreign_file("f", "a.txt", read=lambda: iter([b"hello"]))
    first = filing.values(told)["stored"]
    assert filing.values(told)["stored"] == first
    filing.forget()
    second = filing.values(told)["stored"]
    assert second != first
    assert storage.load(second) == b"hello"


# ---------------------------------------------------------------- on its way


def test_pieces_come_in_order_and_the_same_twice_is_one(alice: User) -> None:
    data = json.dumps([plain_claude()]).encode()
    job = uploading.begin_import(owner=alice, name="x.json", size=len(data))
    assert uploading.receive(job=job, at=0, piece=data[:10]) == 10
    assert uploading.receive(job=job, at=0, piece=data[:10]) == 10
    assert uploading.receive(job=job, at=50, piece=data[50:]) == 10
    assert uploading.receive(job=job, at=10, piece=data[10:] + b"more") == 10
    assert uploading.receive(job=job, at=10, piece=data[10:]) == len(data)
    assert anew(job).status == Status.READING
    assert DBTaskResult.objects.filter(args_kwargs__args=["import_read", str(job.pk)]).count() == 1
    assert uploading.receive(job=anew(job), at=0, piece=b"") == len(data)
    importing.run_read(job.pk, 1)
    assert anew(job).status == Status.READY


def test_one_import_at_a_time_is_at_work(
    bring: Bring, alice: User, bob: User, settings: LazySettings
) -> None:
    job = bring([plain_claude()])
    ImportJob.objects.filter(pk=job.pk).update(status=Status.READING)
    with pytest.raises(uploading.StillBusy):
        uploading.begin_import(owner=alice, name="x", size=5)
    uploading.begin_import(owner=bob, name="x", size=5)
    ImportJob.objects.filter(pk=job.pk).update(status=Status.READY)
    with pytest.raises(uploading.TooLarge, match="at most"):
        uploading.begin_import(owner=alice, name="x", size=settings.MAX_IMPORT_BYTES + 1)
    with pytest.raises(Refused, match="empty"):
        uploading.begin_import(owner=alice, name="x", size=0)
    first = uploading.begin_import(owner=alice, name="x", size=5)
    uploading.begin_import(owner=alice, name="y", size=5)
    assert anew(first).status == Status.CANCELLED
    with pytest.raises(NotPossible):
        uploading.receive(job=anew(first), at=0, piece=b"x")


@pytest.mark.django_db(transaction=True)
def test_an_upload_keeps_its_file_where_what_it_gave_way_to_was_not_written(alice: User, place: Path) -> None:
    job = uploading.begin_import(owner=alice, name="a.zip", size=5)

    def fail() -> None:
        with write():
            uploading.begin_import(owner=alice, name="b.zip", size=5)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    job.refresh_from_db()
    assert job.status == Status.RECEIVING
    assert uploads.path_of(job.stored).exists()


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_gives_way_leaves_nothing_on_the_disk(alice: User, place: Path) -> None:
    for _ in range(3):
        job = uploading.begin_import(owner=alice, name="x", size=900)
        uploading.receive(job=job, at=0, piece=b"x" * 100)
    assert [path.name for path in place.iterdir()] == [job.stored]
    assert set(ImportJob.objects.exclude(pk=job.pk).values_list("status", "stored")) == {
        (Status.CANCELLED, "")
    }
    before, job = job, uploading.begin_import(owner=alice, name="x", size=900)
    with pytest.raises(NotPossible):  # one that came at the same moment
        uploading.receive(job=before, at=0, piece=b"x")
    assert anew(job).status == Status.RECEIVING


def test_a_file_that_the_disk_has_no_room_for_is_not_begun(
    alice: User, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 1_000_000 + uploading.RESERVE
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(room, 0, room))
    with pytest.raises(Refused, match="no room for this file"):
        uploading.begin_import(owner=alice, name="x", size=1_000_001)
    assert list(place.iterdir()) == []
    uploading.begin_import(owner=alice, name="x", size=1_000_000)


def test_what_nobody_came_back_for_goes(bring: Bring, alice: User, place: Path) -> None:
    job = bring([plain_claude()])
    stopped = uploading.begin_import(owner=alice, name="x", size=5)
    lost = place / ("0" * 32)
    lost.write_bytes(b"x")
    assert uploading.sweep() is False
    assert anew(job).status == Status.READY
    ImportJob.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=4))
    ImportJob.objects.filter(pk=stopped.pk).update(beat_at=timezone.now() - timedelta(hours=2))
    os.utime(lost, (time.time() - 2 * uploads.DAY,) * 2)
    uploading.sweep()
    assert (anew(job).status, anew(stopped).status) == (Status.EXPIRED, Status.CANCELLED)
    assert list(place.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_files_with_nothing_new_are_in_nobodys_way(bring: Bring, alice: User, place: Path) -> None:
    taken(bring([plain_claude("1", "One")]))
    old = [bring([plain_claude("1", "One")]) for _ in range(uploading.MOST_WAITING)]
    rows = ImportJob.objects.for_user(alice).with_news()
    assert not any(job.news for job in rows)
    fresh = [bring([plain_claude(str(at), "New")]) for at in range(2, 2 + uploading.MOST_WAITING)]
    assert [anew(job).status for job in old] == [Status.DONE] * uploading.MOST_WAITING
    assert len(list(place.iterdir())) == uploading.MOST_WAITING
    assert {job.pk for job in rows.all() if job.news} == {job.pk for job in fresh}
    with pytest.raises(uploading.MostWaiting) as refused:
        bring([plain_claude("9", "Nine")])
    assert {job.pk for job in refused.value.waiting} == {job.pk for job in fresh}


def test_what_was_imported_is_not_unread(bring: Bring, alice: User) -> None:
    for more in (0, 1):
        taken(bring([plain_chatgpt("1", "One", more=more)]))
        chat = ChatSession.objects.get()
        assert Visit.objects.filter(user=alice, session=chat, at__gte=chat.last_activity_at).exists()


def test_an_import_at_work_is_not_forgotten(bring: Bring, place: Path) -> None:
    job = bring([plain_claude()])
    uploading.begin_taking(job=job)
    with pytest.raises(NotPossible):
        uploading.forget(job=job)
    importing.run_take(job.pk, 1)
    uploading.forget(job=job)
    assert not ImportJob.objects.exists()
    assert ChatSession.objects.exists()


def test_a_session_of_another_person_is_never_added_to(bring: Bring, bob: User) -> None:
    from export_app.importers import claude as importer

    parsed = importer.parse(plain_claude("1", "One"))
    chat = building.build_session(
        owner=bob, source="claude", head=parsed.head, entries=parsed.walked(), key=parsed.key
    )
    longer = claude(claude_message("1-1", "human", "a"), claude_message("1-2", "assistant", "b"), key="1")
    job = bring([longer])
    assert states(job) == [("Sourdough", "new")]
    taken(job)
    assert Message.objects.filter(session=chat).count() == 2
