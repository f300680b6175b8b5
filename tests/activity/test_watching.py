"""The file watcher: what it sees, what it leaves out, and how it reports."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sessions_app.activity.sending import KEPT, Refused, Sender
from sessions_app.activity.values import Event, cleaned
from sessions_app.activity.watching import MOST_TOLD, Watched, changes, events
from sessions_app.models import ActivityEvent, User

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def told(before: Any, after: Any, root: Path) -> list[str]:
    return [f"{each.what} {Path(each.path).relative_to(root)}" for each in changes(before, after)]


def test_it_sees_what_is_created_changed_and_deleted(tmp_path: Path) -> None:
    watched = Watched([tmp_path])
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kept.txt").write_text("a")
    (tmp_path / "gone.txt").write_text("a")
    before = watched.look()
    (tmp_path / "sub" / "kept.txt").write_text("ab")
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "new.txt").write_text("a")
    assert told(before, watched.look(), tmp_path) == [
        "deleted gone.txt",
        "created new.txt",
        "changed sub/kept.txt",
    ]


def test_it_leaves_out_what_is_ignored_and_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("x")
    (tmp_path / "a.log").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.txt").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "seen.txt").write_text("x")
    assert list(Watched([tmp_path], (".git", "*.log")).look()) == [str(tmp_path / "seen.txt")]


def test_it_watches_one_file_and_survives_a_folder_that_goes(tmp_path: Path) -> None:
    file = tmp_path / "one.txt"
    file.write_text("x")
    assert list(Watched([file, tmp_path / "gone"]).look()) == [str(file)]


def test_of_too_many_files_the_first_are_watched(tmp_path: Path) -> None:
    for n in range(5):
        (tmp_path / f"{n}").write_text("x")
    watched = Watched([tmp_path], most=3)
    assert [Path(path).name for path in watched.look()] == ["0", "1", "2"]
    assert watched.crowded


def test_many_changes_are_told_as_one_and_names_are_cleaned() -> None:
    many = changes({}, {f"/w/{n}": (1, 1) for n in range(MOST_TOLD + 7)})
    found = events(many, "files", NOW)
    assert (len(found), found[-1].title) == (MOST_TOLD + 1, "More files: 7 created")
    hostile = events(changes({}, {"/w/a\n\u202eb\udcff.txt": (1, 1)}), "files", NOW)[0]
    assert hostile.title == "a b\ufffd.txt created"
    assert hostile.data == {"path": "/w/a b\ufffd.txt", "change": "created", "size": 1}
    deep = changes({f"/{'d' * 999}/{'n' * 255}": (1, 1)}, {})
    assert cleaned(events(deep, "files", NOW)[0]).title == f"{'n' * 192} deleted"


# ---------------------------------------------------------------- the command


def look_twice(
    paths: list[str], between: Any, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[str, str]:
    """The command with two looks, and what happens between them."""
    monkeypatch.setattr("sessions_app.management.commands.watch.time.sleep", lambda _seconds: between())
    out, err = io.StringIO(), io.StringIO()
    call_command("watch", *paths, once=True, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_reports_into_this_workspace(alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notes.txt"
    out, err = look_twice(
        [str(tmp_path)], lambda: path.write_text("x"), monkeypatch, user="alice", source="notes"
    )
    assert (out, err) == ("Watching 0 files.\n", "")
    row = ActivityEvent.objects.get()
    assert (row.owner, row.source, row.kind, row.title) == (
        alice,
        "notes",
        "file_change",
        "notes.txt created",
    )
    look_twice([str(tmp_path)], lambda: path.write_text("xy"), monkeypatch, user="alice", source="notes")
    look_twice([str(tmp_path)], lambda: path.write_text("xyz"), monkeypatch, user="alice", source="notes")
    assert ActivityEvent.objects.get(title="notes.txt changed").count == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"user": "nobody"}, "no active person"),
        ({"url": "https://example.org", "token_env": "NOT_SET"}, "no token in NOT_SET"),
        ({"user": "alice", "every": 0.0}, "0.1 to 3600"),
    ],
)
def test_it_says_what_is_missing(alice: User, tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("watch", str(tmp_path), once=True, stdout=io.StringIO(), **options)
    with pytest.raises(CommandError, match="There is no"):
        call_command("watch", str(tmp_path / "none"), user="alice", once=True)


def test_it_ends_cleanly_when_it_is_interrupted(tmp_path: Path) -> None:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ACTIVITY_TOKEN": "t",
        "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3",
    }
    words = [sys.executable, "manage.py", "watch", str(tmp_path), "--url", "http://127.0.0.1:9"]
    with subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Watching ")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "Stopped watching.\n", "")


# ---------------------------------------------------------------- by the API of another workspace


class Other:
    """Another workspace: what it got, and what it answers next."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.answers: list[int] = []


@pytest.fixture
def other() -> Iterator[tuple[Other, str]]:
    world = Other()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            world.tokens.add(self.headers["Authorization"])
            status = world.answers.pop(0) if world.answers else 201
            if status == 201:
                world.got += body["events"]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/stolen")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield world, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def some(count: int) -> list[Event]:
    return [Event("files", "file_change", f"{n}", at=NOW) for n in range(count)]


def test_it_sends_in_batches_and_once_more_what_was_not_taken(other: tuple[Other, str]) -> None:
    world, url = other
    sender = Sender(url, "secret")
    world.answers = [201, 503]
    assert sender.send(some(250)) == "the workspace answered with 503"
    assert sender.send([]) == ""
    assert [each["title"] for each in world.got] == [str(n) for n in range(250)]
    assert len({each["id"] for each in world.got}) == 250
    assert world.tokens == {"Bearer secret"}
    sender.close()


def test_it_keeps_a_bounded_number_while_nobody_answers() -> None:
    sender = Sender("http://127.0.0.1:9", "secret")
    assert "could not be reached" in sender.send(some(KEPT + 50))
    assert len(sender._waiting) == KEPT
    sender.close()


@pytest.mark.parametrize("status", [401, 403, 400, 302])
def test_it_gives_up_where_it_is_refused_or_sent_elsewhere(other: tuple[Other, str], status: int) -> None:
    world, url = other
    world.answers = [status]
    sender = Sender(url, "secret")
    with pytest.raises(Refused, match=str(status)):
        sender.send(some(1))
    sender.close()
