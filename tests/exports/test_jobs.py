"""Exports in the background: what is in the file, and what happens to a job in between."""

from __future__ import annotations

import csv
import errno
import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from export_app import children, jobs
from export_app.actions import pulse, tasks
from export_app.actions.exporting import (
    AT_ONCE,
    NotBegun,
    TooManyExports,
    again,
    begin_export,
    cancel_export,
    remove_export,
)
from export_app.actions.making import run_export
from export_app.actions.sweeping import sweep
from export_app.bulk import keeping
from export_app.bulk.rights import all_readable
from export_app.models import ExportJob
from export_app.options import BadOption, Value
from export_app.renderers import NotRendered, Renderer
from export_app.transcript import Transcript
from sessions_app import offering
from sessions_app.models import ChatSession, Message, ModelOffer, SessionMember, User

from .test_transcript import said

pytestmark = pytest.mark.django_db(transaction=True)


class Spoken(Renderer):
    """Says each message; what a session is called says how it goes. `hook` is called after the first piece."""

    name, label, icon = "spoken", "Spoken", "hashtag"
    media_type, extension = "text/plain", "txt"
    options = ()
    hook: ClassVar[Callable[[], object]] = staticmethod(lambda: None)
    made: ClassVar[list[str]] = []

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        title = transcript.head.title
        type(self).made.append(title)
        yield f"{title}\n".encode()
        type(self).hook()
        if title == "too large":
            raise NotRendered("It is too large.")
        if title == "broken":
            raise ValueError("a bug")
        if title == "no room":
            raise OSError(errno.ENOSPC, "No space left on device")
        for entry in transcript.entries():
            yield f"{entry.speaker}: {entry.content}\n".encode()


class Heavy(Spoken):
    """Made by a child that takes longer than any test."""

    name, label, heavy = "heavy", "Heavy", True

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        type(self).hook()
        with children.folder() as place:
            (place / "program.py").write_text("import time; time.sleep(60)")
            children.run(place / "program.py", {}, place, children.Limits(seconds=60))
        yield b""


class InVolumes(Spoken):
    name, label, extension, volume = "volumes", "Volumes", "vol", 2


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.EXPORTS_DIR = tmp_path / "exports"
    settings.EXPORT_FORMATS = [
        "export_app.renderers.markdown.Markdown",
        f"{__name__}.Spoken",
        f"{__name__}.InVolumes",
        f"{__name__}.Heavy",
    ]
    monkeypatch.setattr(pulse, "BEAT", 0)  # every look is told
    Spoken.hook, InVolumes.hook, Spoken.made = staticmethod(lambda: None), staticmethod(lambda: None), []
    return tmp_path / "exports"


@pytest.fixture
def make_talk(make_chat: Callable[..., ChatSession]) -> Callable[..., ChatSession]:
    def make(title: str, words: int = 2, **values: Any) -> ChatSession:
        chat = make_chat(title=title, message_count=words, **values)
        last = None
        for number in range(words):
            last = said(chat, f"{title} {number}", last)
        return chat

    return make


def run(job: ExportJob) -> ExportJob:
    """As a worker of this process would."""
    worker = jobs.Worker()
    while worker.run_one():
        pass
    job.refresh_from_db()
    return job


def begin(owner: User, *chats: ChatSession, formats: tuple[str, ...] = ("spoken",), **more: Any) -> ExportJob:
    return begin_export(owner=owner, sessions=[chat.pk for chat in chats], formats=formats, **more)


def unzipped(job: ExportJob) -> dict[str, bytes]:
    with zipfile.ZipFile(keeping.path_of(job.stored)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


# ---------------------------------------------------------------- what is made


def test_one_session_in_one_format_is_that_file(
    make_talk: Callable[..., ChatSession], alice: User, settings: LazySettings
) -> None:
    job = run(begin(alice, make_talk("Weekly cost review")))
    assert (job.status, job.name, job.media_type) == ("done", "weekly-cost-review.txt", "text/plain")
    assert keeping.path_of(job.stored).read_bytes() == (
        b"Weekly cost review\nYou: Weekly cost review 0\nYou: Weekly cost review 1\n"
    )
    assert job.title == "“Weekly cost review” as Spoken"
    assert (job.done, job.size) == (job.total, keeping.path_of(job.stored).stat().st_size)
    assert job.finished_at is not None
    assert job.expires_at == job.finished_at + timedelta(days=settings.EXPORT_DAYS)
    assert [path.name for path in keeping.folder(job.pk).iterdir()] == ["whole"]


def test_a_worker_that_serves_no_pages_knows_what_staff_call_a_model(
    make_talk: Callable[..., ChatSession], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ModelOffer.objects.create(provider="openai", model="gpt-own", label="Our own", source="staff")
    talk = make_talk("Talk", words=1)
    said(talk, "Hi", Message.objects.get(session=talk), role="assistant", model="gpt-own", author=None)
    job = begin(alice, talk)
    monkeypatch.setattr(offering, "_last", None)
    assert keeping.path_of(run(job).stored).read_bytes().endswith(b"Our own: Hi\n")


def test_many_sessions_are_a_zip_with_names_of_their_own_and_a_table_of_contents(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    titles = ["Same", "same", "../../etc/passwd", "=1+1", "CON", "S" * 115, "S" * 115, "日本語", "same 2", ""]
    chats = [make_talk(title) for title in titles]
    job = run(begin(alice, *chats, formats=("markdown", "spoken")))
    files = unzipped(job)
    names = [name for name in files if name != "contents.csv"]
    assert len(names) == 2 * len(titles) == len({name.casefold() for name in names})
    assert not [name for name in names if ".." in name or name.startswith("/") or len(name) > 110]
    assert {"spoken/same.txt", "spoken/same-2.txt", "markdown/日本語.md", "spoken/session-con.txt"} <= set(
        names
    )
    assert files["spoken/same.txt"].startswith(b"Same\n")
    assert files["spoken/same-2.txt"].startswith(b"same\n")
    rows = list(csv.reader(io.StringIO(files["contents.csv"].decode("utf-8-sig"))))
    assert len(rows) == 1 + len(names)
    assert {row[0] for row in rows} >= {"'=1+1", "New session"}
    assert all(row[6] in files for row in rows[1:])
    assert job.name.startswith("sessions-")
    assert job.name.endswith(".zip")


def test_a_long_session_is_a_zip_of_its_volumes(make_talk: Callable[..., ChatSession], alice: User) -> None:
    job = run(begin(alice, make_talk("Long", words=5), formats=("volumes",)))
    files = unzipped(job)
    assert (job.name, sorted(files)) == (
        "long.zip",
        ["long-1-of-3.vol", "long-2-of-3.vol", "long-3-of-3.vol"],
    )
    assert b"".join(files[name] for name in sorted(files)).count(b"You: ") == 5


@pytest.mark.parametrize("title", ["too large", "broken"])
def test_a_session_that_fails_is_left_out_and_the_others_are_there(
    title: str, make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job = run(begin(alice, make_talk("before"), make_talk(title), make_talk("after")))
    files = unzipped(job)
    assert job.status == "done"
    assert set(files) == {"before.txt", "after.txt", "contents.csv", "left-out.txt"}
    assert len(job.left_out) == 1
    assert job.left_out[0].startswith(f"“{title}” as Spoken: It")
    assert files["left-out.txt"].decode().strip() == job.left_out[0]


def test_where_nothing_could_be_made_it_failed_and_says_why(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job = run(begin(alice, make_talk("too large")))
    assert (job.status, job.error) == ("failed", "“too large” as Spoken: It is too large.")


def test_a_full_disk_is_said_and_leaves_nothing(make_talk: Callable[..., ChatSession], alice: User) -> None:
    job = run(begin(alice, make_talk("no room")))
    assert job.status == "failed"
    assert job.error.startswith("There is no room left")
    assert not list(keeping.folders())


# ---------------------------------------------------------------- rights


def test_what_may_not_be_read_any_more_is_left_out(
    make_talk: Callable[..., ChatSession], alice: User, bob: User
) -> None:
    shared, own = make_talk("shared"), make_talk("own", owner=bob)
    SessionMember.objects.create(session=shared, user=bob)
    job = begin(bob, own, shared)
    SessionMember.objects.all().delete()
    files = unzipped(run(job))
    assert set(files) == {"own.txt", "contents.csv", "left-out.txt"}
    assert b"shared" not in files["contents.csv"] + files["left-out.txt"]
    assert job.left_out == ["1 of the sessions could not be read any more when their turn came."]


def test_what_was_made_before_the_right_was_lost_is_left_out_too(
    make_talk: Callable[..., ChatSession], alice: User, bob: User
) -> None:
    shared, own = make_talk("shared"), make_talk("own", owner=bob)
    SessionMember.objects.create(session=shared, user=bob)
    job = begin(bob, shared, own)

    def lose() -> None:
        if Spoken.made[-1] == "own":
            SessionMember.objects.all().delete()

    Spoken.hook = staticmethod(lose)
    assert set(unzipped(run(job))) == {"own.txt", "contents.csv", "left-out.txt"}


def test_sessions_of_others_are_not_taken(
    make_talk: Callable[..., ChatSession], alice: User, bob: User
) -> None:
    foreign, own = make_talk("foreign"), make_talk("own", owner=bob)
    with pytest.raises(NotBegun):
        begin(bob, foreign)
    job = begin(bob, own, foreign)
    assert job.sessions == [str(own.pk)]
    assert job.left_out == ["1 session is left out: it is not there any more, or not yours to read."]


def test_for_staff_it_is_the_right_of_staff_that_counts(
    make_talk: Callable[..., ChatSession], staff: User
) -> None:
    chat = make_talk("of alice")
    with pytest.raises(NotBegun):
        begin(staff, chat, for_staff=True)
    staff.is_superuser = True
    staff.save()
    job = begin(staff, chat, for_staff=True)
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    assert run(job).status == "failed"


def test_the_right_of_staff_is_asked_again_for_each_session(
    make_talk: Callable[..., ChatSession], staff: User
) -> None:
    User.objects.filter(pk=staff.pk).update(is_superuser=True)
    staff.refresh_from_db()
    job = begin(staff, make_talk("first"), make_talk("second"), for_staff=True)
    Spoken.hook = staticmethod(lambda: User.objects.filter(pk=staff.pk).update(is_superuser=False))
    assert run(job).status == "failed"
    assert Spoken.made == ["first"]


def test_what_is_in_the_file_has_to_be_readable_when_it_is_taken(
    make_talk: Callable[..., ChatSession], alice: User, bob: User
) -> None:
    shared, lost, own = make_talk("shared"), make_talk("lost"), make_talk("own", owner=bob)
    member = SessionMember.objects.create(session=shared, user=bob)
    gone = SessionMember.objects.create(session=lost, user=bob)
    job = begin(bob, own, shared, lost)
    gone.delete()
    run(job)
    assert job.absent == [str(lost.pk)]
    assert all_readable(job)
    member.delete()
    assert not all_readable(job)


# ---------------------------------------------------------------- limits


def test_what_cannot_be_is_refused(make_talk: Callable[..., ChatSession], alice: User) -> None:
    chat = make_talk("mine")
    with pytest.raises(NotBegun, match="no format"):
        begin(alice, chat, formats=("excel",))
    with pytest.raises(NotBegun, match="No format"):
        begin(alice, chat, formats=())
    with pytest.raises(BadOption):
        begin(alice, chat, formats=("markdown",), options={"markdown": {"level": "9"}})
    with pytest.raises(NotBegun, match="10,000"):
        begin_export(owner=alice, sessions=[uuid4() for _ in range(10_001)], formats=["spoken"])
    for _ in range(AT_ONCE):
        begin(alice, chat)
    with pytest.raises(TooManyExports):
        begin(alice, chat)
    assert ExportJob.objects.count() == DBTaskResult.objects.count() == AT_ONCE


# ---------------------------------------------------------------- life


def test_two_deliveries_make_it_once(make_talk: Callable[..., ChatSession], alice: User) -> None:
    job = begin(alice, make_talk("once"))
    jobs.enqueue("export", job.pk)
    run(job)
    run_export(job.pk, 1)
    assert Spoken.made == ["once"]


def test_a_cancelled_one_ends_and_leaves_no_file(make_talk: Callable[..., ChatSession], alice: User) -> None:
    waiting, running = begin(alice, make_talk("waits")), begin(alice, make_talk("runs"), make_talk("never"))
    cancel_export(job=waiting)

    Spoken.hook = staticmethod(lambda: cancel_export(job=running))
    run(running)
    waiting.refresh_from_db()
    assert (waiting.status, running.status) == ("cancelled", "cancelled")
    assert "never" not in Spoken.made
    assert not list(keeping.folders())


def test_a_child_ends_with_the_export_it_works_for(
    make_talk: Callable[..., ChatSession], alice: User, place: Path
) -> None:
    job = begin(alice, make_talk("long"), formats=("heavy",))
    Heavy.hook = staticmethod(lambda: cancel_export(job=job))
    began = time.monotonic()
    assert run(job).status == "cancelled"
    assert time.monotonic() - began < 20
    assert not list((place / "making").iterdir())


def test_a_job_put_back_goes_on_behind_what_is_whole(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job = begin(alice, *[make_talk(title) for title in ("one", "two", "three")])
    worker = jobs.Worker()
    Spoken.hook = staticmethod(lambda: worker._stop.set() if Spoken.made[-1] == "two" else None)
    worker.start()
    for thread in worker._threads:
        thread.join(20)
    job.refresh_from_db()
    assert (job.status, job.attempt) == ("queued", 0)
    Spoken.hook = staticmethod(lambda: None)
    assert set(unzipped(run(job))) == {"one.txt", "two.txt", "three.txt", "contents.csv"}
    assert Spoken.made == ["one", "two", "two", "three"]


def died(job: ExportJob, worker: str) -> None:
    """As it is left by a worker that was killed."""
    row = DBTaskResult.objects.get(args_kwargs__args=["export", str(job.pk)])
    DBTaskResult.objects.filter(pk=row.pk).update(
        status="RUNNING", started_at=timezone.now(), worker_ids=[*row.worker_ids, worker]
    )
    ExportJob.objects.filter(pk=job.pk).update(
        status="running", attempt=len(row.worker_ids) + 1, beat_at=timezone.now()
    )


def test_a_job_of_a_dead_server_is_taken_up_and_after_three_attempts_given_up(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job = begin(alice, make_talk("taken up"))
    for _ in range(tasks.ATTEMPTS):
        died(job, tasks.worker_name(uuid4()))
        jobs.take_up()
        assert DBTaskResult.objects.get().status == "READY"
    assert run(job).status == "failed"
    assert job.error == jobs.WORDS


def test_what_a_thread_of_the_same_server_has_just_claimed_is_not_given_out_again(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job, worker = begin(alice, make_talk("claimed")), tasks.worker_name(uuid4())
    died(job, worker)
    assert tasks.take_up(worker=worker, running=(), again=jobs.do) == 0
    DBTaskResult.objects.update(started_at=timezone.now() - 2 * tasks.STALE)
    assert (
        tasks.take_up(worker=worker, running=set(DBTaskResult.objects.values_list("pk")[0]), again=jobs.do)
        == 0
    )
    assert tasks.take_up(worker=worker, running=(), again=jobs.do) == 1


def test_a_worker_outside_is_known_by_its_beats(make_talk: Callable[..., ChatSession], alice: User) -> None:
    job = begin(alice, make_talk("outside"))
    died(job, "a worker of its own")
    jobs.take_up()
    assert DBTaskResult.objects.get().status == "RUNNING"
    old = timezone.now() - 2 * tasks.STALE
    ExportJob.objects.update(beat_at=old)
    DBTaskResult.objects.update(started_at=old)
    jobs.take_up()
    assert run(job).status == "done"
    assert job.attempt == 2


def test_a_job_whose_place_in_the_queue_was_lost_gets_another(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job = begin(alice, make_talk("lost"))
    DBTaskResult.objects.all().delete()
    jobs.take_up()
    assert run(job).status == "done"


def test_whoever_was_taken_for_dead_writes_nothing_any_more(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    job = begin(alice, make_talk("zombie"), make_talk("second"))
    Spoken.hook = staticmethod(lambda: ExportJob.objects.filter(pk=job.pk).update(attempt=2))
    run(job)
    assert (job.status, job.attempt) == ("running", 2)


def test_the_same_again(make_talk: Callable[..., ChatSession], alice: User) -> None:
    job = run(begin(alice, make_talk("again"), formats=("markdown",), options={"markdown": {"level": "3"}}))
    second = run(again(job=job))
    assert second.pk != job.pk
    assert (second.status, second.options["markdown"]["level"]) == ("done", "3")


# ---------------------------------------------------------------- what goes with time


def test_files_go_when_they_expire_and_with_their_rows(
    make_talk: Callable[..., ChatSession], alice: User, place: Path
) -> None:
    chat = make_talk("kept")
    kept, expired, removed, gone = [run(begin(alice, chat)) for _ in range(4)]
    ExportJob.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    remove_export(job=removed)
    ExportJob.objects.filter(pk=gone.pk).delete()  # as with its person
    assert sweep() is False
    expired.refresh_from_db()
    assert (expired.status, expired.stored) == ("expired", "")
    assert list(keeping.folders()) == [kept.pk]
    ExportJob.objects.filter(pk=expired.pk).update(created_at=timezone.now() - timedelta(days=31))
    sweep()
    assert list(ExportJob.objects.all()) == [kept]


def test_what_children_left_goes_after_a_day(place: Path) -> None:
    (place / "making" / "old").mkdir(parents=True)
    assert keeping.forget_left_over(age=-1) == 1
    assert keeping.forget_left_over() == 0


def test_one_that_runs_cannot_be_removed(make_talk: Callable[..., ChatSession], alice: User) -> None:
    job = begin(alice, make_talk("busy"))
    with pytest.raises(NotBegun):
        remove_export(job=job)


def test_rows_of_the_queue_are_pruned_a_day_after_they_ended(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    run(begin(alice, make_talk("done")))
    begin(alice, make_talk("waits"))
    DBTaskResult.objects.exclude(finished_at=None).update(finished_at=timezone.now() - timedelta(days=2))
    assert jobs.take_up() is False
    assert [row.status for row in DBTaskResult.objects.all()] == ["READY"]


def test_the_worker_that_ships_with_the_queue_does_our_jobs_too(
    make_talk: Callable[..., ChatSession], alice: User
) -> None:
    from django.core.management import call_command

    job = begin(alice, make_talk("outside"))
    call_command("db_worker", batch=True, startup_delay=False, reload=False, verbosity=0)
    job.refresh_from_db()
    assert job.status == "done"


def test_only_names_we_made_are_paths() -> None:
    for name in ("../whole", f"{UUID(int=1).hex}/../x", "whole", f"{UUID(int=1)}/whole"):
        with pytest.raises(ValueError, match="name"):
            keeping.path_of(name)
