"""This app's own JSON, read: every export is as the schema says, and what is not is told with its line and field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from export_app.importers import BadFile
from export_app.importers.workspace import read_session, schema
from sessions_app.models import ChatSession, User
from tests.admin.conversation import answered, process
from tests.exports.carried import exported


def written(data: Any) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False).encode()


@pytest.fixture
def told(chat: ChatSession, alice: User) -> dict[str, Any]:
    answered(chat, alice, "question", "answer", process().pk)
    found: dict[str, Any] = json.loads(exported(chat))
    return found


def test_every_field_is_described_and_nothing_else_is_allowed() -> None:
    objects = 0
    for name, part in fields(schema(), "session-1"):
        assert part.get("description"), name
        if "properties" in part and "allOf" not in part:
            assert part["additionalProperties"] is False, name
            objects += 1
    assert objects > 12


def fields(part: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield name, part
    for group in ("properties", "$defs"):
        for key, below in part.get(group, {}).items():
            yield from fields(below, f"{name}.{key}")


@pytest.mark.django_db
def test_an_export_is_read_as_it_was_written(told: dict[str, Any]) -> None:
    parsed = read_session(written(told))
    assert parsed.key == told["session"]["id"]
    assert parsed.ids == [each["id"] for each in told["messages"]]
    assert not parsed.notes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "value", "place", "sentence"),
    [
        (("format",), "other", "", "This is not a session of this app."),
        (("version",), 2, "", "newer version"),
        (("session", "title"), "x" * 121, "session, title", "at most 120"),
        (("session", "starred"), "yes", "session, starred", "true or false"),
        (("session", "created_at"), "yesterday", "session, created_at", "a time like"),
        (("messages", 1, "created_at"), "2026-02-31T00:00:00Z", "message 2, created_at", "a time like"),
        (("messages", 0, "role"), "system", "message 1, role", "one of: user, assistant"),
        (("messages", 1, "parts", 1, "kind"), "odd", "message 2, parts 2, kind", "one of: text"),
        (("messages", 1, "parts", 0, "text"), 7, "message 2, parts 1, text", "a text"),
        (("messages", 1, "parts", 0, "extra"), 7, "message 2, parts 1", "“extra” is not known"),
        (("messages", 1, "calls", 0, "cost"), "1e9", "message 2, calls 1, cost", "form that is needed"),
        (("messages", 1, "calls", 0, "input"), -1, "message 2, calls 1, input", "at least 0"),
        (("messages", 1, "parent"), "nobody", "message 2, parent", "No message before"),
        (("messages",), {}, "", "missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_field(
    told: dict[str, Any], path: tuple[Any, ...], value: Any, place: str, sentence: str
) -> None:
    above: Any = told
    for step in path[:-1]:
        above = above[step]
    above[path[-1]] = value
    data = written(told)
    with pytest.raises(BadFile, match=sentence) as raised:
        read_session(data, first_line=5)
    assert raised.value.place == place
    if path != ("messages",):
        said = data.decode().split("\n")[(raised.value.line or 0) - 5]
        assert ("{" if path[-1] in ("format", "extra") else f'"{path[-1]}": ') in said


@pytest.mark.django_db
def test_two_messages_have_not_one_id_and_nothing_is_left_out(told: dict[str, Any]) -> None:
    told["messages"][1]["id"] = told["messages"][0]["id"]
    with pytest.raises(BadFile, match="Another message has this id"):
        read_session(written(told))
    del told["messages"][1]["marks"]
    with pytest.raises(BadFile, match="“marks” is missing"):
        read_session(written(told))


@pytest.mark.parametrize(
    ("data", "line", "place"),
    [
        (b'{"format": "workspace-session",\n"version": 1,\n,}', 3, "column 1"),
        (b'{"a": 1}\n{"b": 2}', 2, "column 1"),
        (b'{"a":\n NaN}', 1, ""),
        (b'{"a": 1e999}', 1, ""),
        (b'{"a": ' + b"9" * 5000 + b"}", 1, ""),
        (b"[" * 100_000, 1, ""),
        (b'{\n"a": "\xff"}', 2, ""),
        (b"", 1, "column 1"),
        (b"[]", 1, ""),
    ],
)
def test_what_is_no_json_is_told(data: bytes, line: int, place: str) -> None:
    with pytest.raises(BadFile) as raised:
        read_session(data)
    assert (raised.value.line, raised.value.place) == (line, place)


@pytest.mark.django_db
def test_contents_that_are_no_base64_make_a_file_without_contents(told: dict[str, Any]) -> None:
    known = {
        "id": "f",
        "name": "a.txt",
        "kind": "text",
        "media_type": "text/plain",
        "language": "",
        "size": 3,
    }
    known |= dict.fromkeys(("width", "height", "pages"), None) | {
        "tokens": 1,
        "text": "abc",
        "note": "",
        "digest": "",
    }
    told["messages"][0]["files"] = [known | {"content": "YWJj"}, known | {"id": "g", "content": "%%%"}]
    good, bad = next(iter(read_session(written(told)).walked())).files
    assert good.read is not None
    assert b"".join(good.read()) == b"abc"
    assert bad.read is not None
    with pytest.raises(ValueError, match="base64"):
        list(bad.read())
