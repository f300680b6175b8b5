"""What many or slow readers of files may hold: turns of a person and of all, and no connection while they are waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client

from export_app import children
from export_app.leaving import as_file
from export_app.turns import FILES, MAKING, FileBeingMade, Turns, counted
from sessions_app.models import ChatSession, User
from sessions_app.reading import give_back
from tests.actions.steps import end, send
from tests.exports.fakes import FORMATS


@pytest.fixture(autouse=True)
def settled(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EXPORT_FORMATS = FORMATS
    settings.EXPORTS_DIR = tmp_path
    monkeypatch.setattr(MAKING, "patience", 0)


@pytest.fixture
def file(chat: ChatSession) -> str:
    end(send(chat, "One?").reply, text="Two.")
    return f"/sessions/{chat.pk}/export/file/"


@pytest.mark.django_db
def test_a_person_gets_so_many_files_at_once_and_then_is_told_to_wait(
    as_alice: Client, alice: User, file: str
) -> None:
    with ExitStack() as others:
        for _ in range(FILES.each):
            others.enter_context(FILES.of(alice.pk))
        refused = as_alice.get(file, {"format": "json"}, headers={"HX-Request": "true"})
        assert (refused.status_code, refused["Retry-After"]) == (429, "5")
        assert refused.content.decode().startswith("Several of your files are on their way already.")
        page = as_alice.get(file, {"format": "json"})
        assert page.status_code == 429
        assert "Several of your files are on their way already." in page.content.decode()
        assert "One?" not in page.content.decode()  # no preview is made for it
    assert as_alice.get(file, {"format": "json"}).status_code == 200


@pytest.mark.django_db
def test_one_file_of_a_person_is_made_at_a_time_and_few_of_all(
    as_alice: Client, alice: User, file: str
) -> None:
    asked = {"format": "paper"}
    program = {"HX-Request": "true"}
    with MAKING.of(alice.pk):
        refused = as_alice.get(file, asked, headers=program)
        assert refused.status_code == 429
        assert refused.content == b"A file of yours is being made. Try again when it is ready."
        assert as_alice.get(file, {"format": "json"}).status_code == 200
    with ExitStack() as others:
        for number in range(MAKING.most):
            others.enter_context(MAKING.of(-number))
        refused = as_alice.get(file, asked, headers=program)
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
        assert b"Many files are being made just now." in refused.content
    assert as_alice.get(file, asked).status_code == 200


def test_a_turn_ends_with_its_file_however_it_ends() -> None:
    def broken() -> Iterator[bytes]:
        yield b"1"
        raise ValueError

    whole = counted(iter([b"1", b"2"]), 1, heavy=True)
    assert next(whole) == b"1"
    with MAKING.of(1):  # its first piece is there: it is made
        assert list(whole) == [b"2"]
    left = counted(iter([b"1", b"2"]), 1, heavy=False)
    next(left)
    left.close()
    with pytest.raises(ValueError, match=r"^$"):
        list(counted(broken(), 1, heavy=True))
    assert not FILES._taken
    assert not MAKING._taken


def test_what_was_just_given_up_is_waited_for() -> None:
    turns = Turns(1, FileBeingMade, patience=20)
    first = ExitStack()
    first.enter_context(turns.of(1))
    threading.Timer(0.02, first.close).start()
    with turns.of(1):
        assert turns._taken.total() == 1


@pytest.mark.django_db(transaction=True)
async def test_no_connection_is_held_between_two_pieces() -> None:
    """One of SQLite belongs to its thread and stays."""

    def rows() -> Iterator[bytes]:
        for number in range(5):
            connection.ensure_connection()
            yield f"{number}".encode() * 70_000

    lasting = connection.vendor == "sqlite"
    answer: Any = await sync_to_async(as_file)(rows(), name="a.txt", media_type="text/plain")
    held = []
    length = 0
    async for piece in answer:
        length += len(piece)
        held.append(await sync_to_async(lambda: connection.connection is not None)())
    assert length == 350_000
    assert held == [lasting] * 5


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_a_child_runs(tmp_path: Path) -> None:
    connection.ensure_connection()
    held = []

    def look() -> bool:
        held.append(connection.connection is not None)
        return True

    program = tmp_path / "slow.py"
    program.write_text("import sys, time; sys.stdin.read(); time.sleep(20)")
    token = children.give_up.set(look)
    try:
        with children.folder() as place, pytest.raises(children.GivenUp):
            children.run(program, {}, place, children.Limits(seconds=20))
    finally:
        children.give_up.reset(token)
    assert held == [connection.vendor == "sqlite"]


@pytest.mark.django_db
def test_a_connection_in_a_transaction_stays() -> None:
    connection.ensure_connection()
    give_back()
    assert connection.connection is not None
