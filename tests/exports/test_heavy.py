"""A large session of a file is read by a child process: the same session, and little of the server's memory and time."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from export_app import children
from export_app.actions import importing, uploading
from export_app.children import GivenUp, Limits
from export_app.document import Entry
from export_app.importers import heavy, parsing, program, sources, uploads
from export_app.importers.base import BadFile, Parsed
from export_app.importers.containers import Container
from export_app.importers.parsing import Element, one_at
from export_app.importers.splitting import elements
from export_app.models import ImportItem, ImportJob
from sessions_app.actions.attachments import take_files
from sessions_app.actions.messages import send_message
from sessions_app.models import Attachment, ChatSession, Message, User
from tests.actions.steps import end
from tests.exports.carried import exported
from tests.exports.foreign import chatgpt, claude, claude_message, node, plain_claude, zipped
from tests.exports.sessions import said, used_tool


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path) -> Path:
    settings.IMPORTS_DIR, settings.EXPORTS_DIR = tmp_path / "imports", tmp_path / "exports"
    return tmp_path


@pytest.fixture
def all_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LIGHT_MARKS", -1)


@contextmanager
def only(data: bytes, place: Path) -> Iterator[tuple[Element, Container]]:
    """The one session of a file."""
    path = place / "brought"
    path.write_bytes(data)
    with Container(path) as container, container.open(container.members[0]) as opened:
        (element,) = elements(opened, aside=uploads.aside)
        with element:
            yield element, container


def walked(parsed: Parsed) -> list[tuple[Entry, list[bytes | None]]]:
    return [(entry, [contents(file.read) for file in entry.files]) for entry in parsed.walked()]


def contents(read: Any) -> bytes | None:
    try:
        return None if read is None else b"".join(read())
    except ValueError:
        return b"unreadable"


def same_by_both(data: bytes, place: Path) -> tuple[list[bytes | None], list[str]]:
    """The files of its first message, and its notes."""
    with only(data, place) as (element, container):
        source, here = sources.here(
            one_at(io.BytesIO(element.data or b""), 0, element.ends - element.begins), container.asset
        )
        with heavy.read(element, container) as (told, there):
            assert told == source
            assert here is not None
            assert there is not None
            assert (there.head, there.key, there.notes) == (here.head, here.key, here.notes)
            assert walked(there) == walked(here)
            return walked(here)[0][1], here.notes


def test_a_session_of_chatgpt_is_the_same(place: Path) -> None:
    named = [
        {"id": "file-AbCdEfGh12", "name": "notes.txt", "size": 5, "mime_type": "text/plain"},
        {"id": "file-NotThere12", "name": "gone.txt", "size": 5, "mime_type": "text/plain"},
    ]
    talk = chatgpt(
        node("q", "root", "user", "Sum? \ud83d é", attachments=named),
        node("c", "q", "assistant", content={"content_type": "code", "text": "1 + 1"}, recipient="python"),
        node("o", "c", "tool", content={"content_type": "execution_output", "text": "2"}, name="python"),
        node("a", "o", "assistant", "Two."),
        node("b", "o", "assistant", "It is two."),
        current="a",
    )
    files, notes = same_by_both(
        zipped({"conversations.json": [talk], "file-AbCdEfGh12-notes.txt": b"hello"}), place
    )
    assert files == [b"hello", None]
    assert notes == ["1 file is kept by name only: the contents are not in the export."]


def test_a_session_of_claude_is_the_same(place: Path) -> None:
    asked = claude_message(
        "1", "human", "Look", attachments=[{"file_name": "a.txt", "extracted_content": "words é"}]
    )
    data = json.dumps([claude(asked, claude_message("2", "assistant", "Yes."))]).encode()
    assert same_by_both(data, place)[0] == ["words é".encode()]


@pytest.mark.django_db
def test_a_session_of_this_app_is_the_same_and_what_is_wrong_has_its_line(
    chat: ChatSession, alice: User, place: Path, settings: LazySettings
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.ANTHROPIC_API_KEY = "key"
    chat.model, chat.provider = "claude-haiku-4-5", "anthropic"
    chat.save()
    taken = take_files(owner=alice, chat=chat, uploads=[SimpleUploadedFile("notes.md", b"# Notes")])
    keys = [each.attachment.pk for each in taken if each.attachment is not None]
    end(send_message(chat=chat, author=alice, content="look", attachments=keys).reply, text="I looked")
    data = exported(chat)
    assert same_by_both(data, place)[0] == [b"# Notes"]
    assert same_by_both(data.replace(b"IyBOb3Rlcw==", b"%%%"), place)[0] == [b"unreadable"]
    with (
        only(data.replace(b'"role":"assistant"', b'"role":"boss"'), place) as (element, container),
        pytest.raises(BadFile, match="one of: user") as caught,
        heavy.read(element, container),
    ):
        pass
    assert (caught.value.line, caught.value.place) == (3, "message 2, role")


def test_memory_does_not_grow_with_what_is_read(place: Path) -> None:
    data = b'[{"mapping": {}, "numbers": [' + b"1.5," * 3_000_000 + b"1]}]"
    path = place / "brought"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with Container(path) as container, container.open("") as opened:
            for element in elements(opened, aside=uploads.aside):
                with element, pytest.raises(BadFile, match="no id"), sources.read(element, container):
                    pass
        assert tracemalloc.get_traced_memory()[1] < len(data) / 2
    finally:
        tracemalloc.stop()
    assert list((place / "imports").iterdir()) == []
    assert list((place / "exports" / "making").iterdir()) == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"uuid": "1", "sender": "human", "content": [{"type": "tool_use", "name": "t", "id": "u", "input": {"x": [0] * 100_000}}]}, "more than 100,000 values"),
        ({"uuid": "1", "sender": "human", "text": "x" * 26_000_000}, "at most 25 MB"),
    ],
)  # fmt: skip
def test_one_message_is_not_larger_than_the_server_takes(
    place: Path, message: dict[str, Any], words: str
) -> None:
    message["sender"] = "assistant"
    talk = claude(claude_message("0", "human", "Hello"), message)
    with (
        only(json.dumps([talk]).encode(), place) as (element, container),
        pytest.raises(BadFile, match=words) as caught,
        sources.read(element, container),
    ):
        pass
    assert caught.value.place == "message 2"


def test_a_child_that_takes_too_much_memory_is_a_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heavy, "LIMITS", Limits(seconds=20, memory=250_000_000))
    data = b'[{"mapping": {}, "numbers": [' + b"1.5," * 4_000_000 + b"1]}]"
    with (
        only(data, place) as (element, container),
        pytest.raises(BadFile, match="more memory"),
        sources.read(element, container),
    ):
        pass


@pytest.mark.django_db
@pytest.mark.usefixtures("all_heavy")
def test_an_import_of_large_sessions(alice: User, place: Path) -> None:
    named = [{"id": "file-AbCdEfGh12", "name": "notes.txt", "size": 5, "mime_type": "text/plain"}]
    talk = chatgpt(
        node("q", "root", "user", "Sum?", attachments=named), node("a", "q", "assistant", "Two."), current="a"
    )
    data = zipped(
        {"conversations.json": [talk, plain_claude("1", "One")], "file-AbCdEfGh12-notes.txt": b"hello"}
    )
    job = uploading.take_upload(owner=alice, name="x.zip", size=len(data), pieces=[data])
    importing.run_read(job.pk, 1)
    items = list(ImportItem.objects.filter(job=job))
    assert [(item.state, item.messages) for item in items] == [("new", 2), ("new", 2)]
    uploading.begin_taking(job=job)
    importing.run_take(job.pk, 1)
    assert ImportJob.objects.get().status == "done"
    assert Message.objects.filter(content="Sum?").count() == 1
    assert Attachment.objects.get().text == "hello"
    assert list((place / "imports").iterdir()) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("all_heavy")
def test_a_child_ends_with_its_import(alice: User, monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(uploading, "BEAT", 0)
    monkeypatch.setattr(children, "LOOK", 0.01)
    data = json.dumps([plain_claude("1", "One")]).encode()
    job = uploading.take_upload(owner=alice, name="x.json", size=len(data), pieces=[data])
    begun = uploading.begin_work(key=job.pk, status="reading")
    assert begun is not None
    uploading.cancel(job=begun)
    with (
        only(data, place) as (element, container),
        pytest.raises(GivenUp),
        uploading.watched(job=begun),
        sources.read(element, container),
    ):
        pass


@pytest.mark.django_db
def test_a_lot_is_as_small_as_its_messages_are_large(alice: User) -> None:
    from export_app.actions.planting import HEAVY, a_lot

    chat = ChatSession.objects.create(owner=alice)
    said(chat, "x")
    answer = said(chat, "y", Message.objects.get(), model="m")
    used_tool(answer, "t", {"rows": ["z" * HEAVY]})
    from export_app.transcript import Transcript

    small, large = Transcript(chat, reader=alice.pk).entries()
    rest = iter([small, small, large, small])
    assert [len(list(a_lot(rest))) for _ in range(3)] == [3, 1, 0]


def test_limits_are_told_in_the_documentation() -> None:
    told = (Path(__file__).parents[2] / "docs" / "exporting.md").read_text()
    for most in (parsing.MOST, parsing.MOST_ALONE, program.MOST_MESSAGE, program.MOST_WORDS):
        assert f"{most // 1_000_000} MB" in told
    for most in (program.MOST_VALUES, program.MOST_MESSAGES):
        assert f"{most:,}" in told
