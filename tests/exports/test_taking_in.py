"""What may come between while sessions are taken in: other people's writing, other workers, a full disk, an end."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from analytics_app.queries.active import used
from export_app import jobs
from export_app.actions import adding, building, importing, planting, sweeping, tasks, uploading
from export_app.importers import chatgpt as chatgpt_importer
from export_app.models import ImportedSession, ImportItem, ImportJob
from sessions_app.actions import versions
from sessions_app.actions.purging import purge_session
from sessions_app.doctor import examine
from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, ForeignUsage, Message, ToolCall, User
from tests.actions.steps import end, send
from tests.exports.foreign import claude, claude_message, plain_chatgpt

pytestmark = pytest.mark.django_db
Status, State = ImportJob.Status, ImportItem.State
Between = Callable[[int, Callable[[], None]], None]
NOTES = {"id": "f1", "file_name": "notes.txt", "file_size": 5, "extracted_content": "precious words"}


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IMPORTS_DIR = tmp_path / "imports"
    monkeypatch.setattr(planting, "LOT", 4)


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """Something happens once, behind the lot with this number."""

    def at(number: int, happens: Callable[[], None]) -> None:
        store, lots = planting.Planting._store, iter(range(1, 1_000_000))

        def stored(self: planting.Planting, entries: Any) -> None:
            store(self, entries)
            if next(lots) == number:
                happens()

        monkeypatch.setattr(planting.Planting, "_store", stored)

    return at


def bring(owner: User, *talks: dict[str, Any]) -> ImportJob:
    whole = json.dumps(talks).encode()
    job = uploading.take_upload(owner=owner, name="conversations.json", size=len(whole), pieces=[whole])
    importing.run_read(job.pk, 1)
    return ImportJob.objects.get(pk=job.pk)


def taken(job: ImportJob) -> ImportJob:
    uploading.begin_taking(job=job)
    importing.run_take(job.pk, 1)
    return ImportJob.objects.get(pk=job.pk)


def worked_off(job: ImportJob) -> ImportJob:
    uploading.begin_taking(job=job)
    worker = jobs.Worker()
    while worker.run_one():
        pass
    return ImportJob.objects.get(pk=job.pk)


# ---------------------------------------------------------------- people


def test_what_a_person_wrote_meanwhile_is_kept(
    alice: User, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(bring(alice, plain_chatgpt("1", "One")))
    first = Message.objects.get(role="user")
    longer = plain_chatgpt("1", "One", more=9)
    longer["mapping"]["1-q0"]["message"]["content"]["parts"] = ["Other words at the source?"]

    def edit() -> None:
        versions.edit_message(message=first, person=alice, content="My own words")

    monkeypatch.setattr(adding, "ROWS", 1)  # compared before the edit, shown behind it
    between(3, edit)
    job = taken(bring(alice, longer))
    first.refresh_from_db()
    assert first.content == "My own words"
    assert [each["content"] for each in first.revisions] == ["Question 0?"]
    assert job.items.get().notes == ["1 message was changed here meanwhile, and stays so."]
    assert Message.objects.kept().count() == 20
    again = bring(alice, longer)
    assert again.items.get().state == State.CHANGED
    taken(again)
    first.refresh_from_db()
    assert first.content == "My own words"
    assert bring(alice, longer).items.get().state == State.HERE


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_purged_meanwhile_keeps_no_other_out(alice: User, between: Between) -> None:
    taken(bring(alice, plain_chatgpt("1", "One")))
    chat = ChatSession.objects.get()

    def purge() -> None:
        ChatSession.objects.filter(pk=chat.pk).update(deleted_at=timezone.now())
        purge_session(chat=ChatSession.objects.get(pk=chat.pk))

    between(2, purge)
    job = worked_off(bring(alice, plain_chatgpt("1", "One", more=9), plain_chatgpt("2", "Two")))
    assert (job.status, job.done) == (Status.DONE, 2)
    assert [(each.state, each.problem) for each in job.items.all()] == [
        (State.BROKEN, planting.Gone.sentence),
        (State.NEW, ""),
    ]
    assert ChatSession.objects.get().title == "Two"


def test_a_cancelled_import_takes_the_session_it_is_at_out_again(
    alice: User, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export_app.actions.sealing.BEAT", 0)
    job = bring(alice, plain_chatgpt("1", "One"), plain_chatgpt("2", "Two", more=9))
    within: list[int] = []

    def cancel() -> None:
        within.append(ImportJob.objects.get(pk=job.pk).within)
        uploading.cancel(job=job)

    between(4, cancel)
    assert taken(job).status == Status.CANCELLED
    assert within == [8]
    assert ChatSession.objects.get().title == "One"
    assert Message.objects.count() == 2


def test_an_imported_session_is_not_active_until_somebody_writes_in_it(alice: User) -> None:
    taken(bring(alice, plain_chatgpt("1", "One")))
    new = ChatSession.objects.create(owner=alice)
    chats = ChatSession.objects.exclude(pk=new.pk)
    assert list(used(ChatSession.objects.all())) == [new]
    end(send(chats.get(), "Go on").reply, text="Yes")
    assert used(chats).exists()


# ---------------------------------------------------------------- other imports, other workers


def test_a_newer_file_adds_to_what_an_older_one_brought_since_it_was_read(alice: User) -> None:
    newer = bring(alice, plain_chatgpt("1", "One", more=3))
    same = bring(alice, plain_chatgpt("1", "One", more=3))
    taken(bring(alice, plain_chatgpt("1", "One", more=1)))
    job = taken(newer)
    assert job.status == Status.DONE
    assert Message.objects.filter(session=ChatSession.objects.get()).count() == 8
    assert job.items.get().session == ChatSession.objects.get()
    assert taken(same).items.get().notes == [importing.MEANWHILE]
    assert Message.objects.count() == 8


def test_a_long_session_is_taken_once_whoever_is_taken_for_dead(alice: User, between: Between) -> None:
    job = bring(alice, plain_chatgpt("1", "One", more=9))
    uploading.begin_taking(job=job)
    DBTaskResult.objects.exclude(args_kwargs__args__0="import_take").delete()
    first = tasks.claim(worker="first", least=jobs.LARGE)
    assert first is not None

    def another() -> None:
        past = timezone.now() - 2 * tasks.STALE
        ImportJob.objects.update(beat_at=past)
        DBTaskResult.objects.update(started_at=past)
        assert jobs.take_up() is False
        second = tasks.claim(worker="second", least=jobs.LARGE)
        tasks.call(second)

    between(2, another)
    tasks.call(first)
    job.refresh_from_db()
    assert (job.status, job.done) == (Status.DONE, 1)
    assert ChatSession.objects.get().deleted_at is None
    assert Message.objects.count() == 20
    assert ImportedSession.objects.count() == 1


# ---------------------------------------------------------------- what goes wrong


def test_a_full_disk_ends_the_import_and_is_no_file_that_cannot_be_read(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = claude(claude_message("m1", "human", "look", attachments=[NOTES]), claude_message("m2", "assistant", "ok"), key="c1")  # fmt: skip
    plain = claude(claude_message("p1", "human", "hello"), key="c0")

    def full(path: Path) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(storage, "keep", full)
        job = taken(bring(alice, plain, talk))
    assert (job.status, job.error, job.done) == (Status.FAILED, importing.NO_ROOM, 1)
    assert ChatSession.objects.count() == 1
    again = bring(alice, plain, talk)
    assert [item.state for item in again.items.all()] == [State.HERE, State.NEW]
    taken(again)
    assert Attachment.objects.get().text == "precious words"


def test_whatever_goes_wrong_with_one_session_the_others_come(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = building.build_session

    def broken(**given: Any) -> ChatSession:
        if given["key"] == "1":
            raise ValueError("odd")
        return build(**given)

    monkeypatch.setattr(building, "build_session", broken)
    job = worked_off(bring(alice, *(plain_chatgpt(str(at), f"Talk {at}") for at in range(3))))
    assert (job.status, job.done) == (Status.DONE, 3)
    assert [item.problem for item in job.items.all()] == ["", importing.BROKEN, ""]
    assert ChatSession.objects.count() == 2


def test_an_import_that_failed_says_that_what_came_is_kept(alice: User) -> None:
    job = bring(alice, plain_chatgpt("1", "One"))
    uploading.begin_taking(job=job)
    ImportJob.objects.update(beat_at=None)
    DBTaskResult.objects.exclude(args_kwargs__args__0="import_take").delete()
    DBTaskResult.objects.update(worker_ids=["gone"] * tasks.ATTEMPTS)
    assert jobs.Worker().run_one()
    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert "What was taken in is kept" in job.error


def test_what_a_kill_left_goes_once_nobody_is_at_it(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(bring(alice, plain_chatgpt("1", "One", more=1)))
    parsed = chatgpt_importer.parse(plain_chatgpt("1", "One", more=9))

    def killed() -> Iterator[Any]:
        yield from parsed.walked()
        raise KeyboardInterrupt

    done = ImportedSession.objects.get()
    with monkeypatch.context() as kill:
        kill.setattr(adding.Adding, "discard", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            building.update_session(imported=done, head=parsed.head, entries=killed())
    assert Message.objects.count() == 20
    ImportedSession.objects.update(adding_since=timezone.now() - timedelta(hours=1))
    ForeignUsage.objects.create(message_key=Message.objects.filter(deletion__isnull=False)[0].origin_key)
    assert [finding.check for finding in examine()] == ["nothing half added of an import that ended"]
    job = bring(alice, plain_chatgpt("2", "Two"))
    uploading.begin_taking(job=job)
    assert sweeping.take_out_left() is False
    uploading.cancel(job=job)
    importing.run_take(job.pk, 1)
    while sweeping.sweep():
        pass
    assert Message.objects.count() == 4
    assert not ForeignUsage.objects.exists()
    assert examine() == []


def test_an_import_that_stands_still_is_found(alice: User) -> None:
    uploading.begin_taking(job=bring(alice, plain_chatgpt("1", "One")))
    assert examine() == []
    ImportJob.objects.update(beat_at=timezone.now() - timedelta(hours=1))
    assert [finding.check for finding in examine()] == ["no running export or import without a beat"]


def test_old_imports_go_and_their_sessions_stay(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "ITEMS", 2)
    taken(bring(alice, *(plain_chatgpt(str(at), "Talk") for at in range(3))))
    waiting = bring(alice, plain_chatgpt("9", "Nine"))
    assert sweeping.sweep() is False
    ImportJob.objects.update(created_at=timezone.now() - sweeping.LISTED - timedelta(days=1))
    while sweeping.sweep():
        pass
    assert list(ImportJob.objects.all()) == [waiting]
    assert ImportItem.objects.count() == 1
    assert ChatSession.objects.count() == 3


# ---------------------------------------------------------------- what is not words


def test_a_message_that_changed_brings_its_new_files(alice: User) -> None:
    before = claude(
        claude_message("m1", "human", "look"), claude_message("m2", "assistant", "half"), key="c1"
    )
    taken(bring(alice, before))
    after = claude(claude_message("m1", "human", "look", attachments=[NOTES]), claude_message("m2", "assistant", "half and more", attachments=[{**NOTES, "id": "f2"}]), key="c1")  # fmt: skip
    taken(bring(alice, after))
    for row in Message.objects.filter(role="user"):
        file = Attachment.objects.get(message=row)
        assert file.text == "precious words"
        assert str(file.pk) in [part.get("id") for part in row.parts]
        assert (row.content, row.revisions) == ("look", [])
    assert Message.objects.get(role="assistant").content == "half and more"
    count = Attachment.objects.count()
    after["name"] = "Renamed"
    taken(bring(alice, after))
    assert Attachment.objects.count() == count


def test_results_of_tools_are_filled_in_and_never_lost(alice: User) -> None:
    def talk(result: str, title: str = "T", *, call: bool = True) -> dict[str, Any]:
        use = {"type": "tool_use", "id": "t", "name": "w", "input": {"n": 1e16}}
        came = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": result}]}
        content = [*([use] if call else []), *([came] if result else []), {"type": "text", "text": "a"}]
        answer = claude_message("m2", "assistant", "a", content=content)
        return claude(claude_message("m1", "human", "look"), answer, key="c1") | {"name": title}

    taken(bring(alice, talk("")))
    taken(bring(alice, talk("result!")))
    assert "result!" in json.dumps(ToolCall.objects.get().result)
    answer = Message.objects.get(role="assistant")
    assert answer.revisions == []
    assert "result!" in json.dumps(answer.parts) or str(ToolCall.objects.get().pk) in json.dumps(answer.parts)
    for version, notes in (
        (talk("", "Renamed"), []),
        (talk("", call=False), ["1 message has less at its source now, and stays."]),
    ):
        job = taken(bring(alice, version))
        assert "result!" in json.dumps(ToolCall.objects.get().result)
        assert job.items.get().notes == notes
    answer.refresh_from_db()
    assert answer.version == ChatSession.objects.get().version
    assert examine() == []
