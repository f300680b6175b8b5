"""What is uploaded is opened by what it is; a ZIP cannot harm, whatever is in it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from export_app.importers import containers
from export_app.importers.base import BadFile
from export_app.importers.containers import Container
from tests.exports.foreign import zipped

Stored = Callable[[bytes], Path]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    def keep(data: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return keep


def members(path: Path) -> list[str]:
    with Container(path) as container:
        return container.members


def refused(path: Path) -> str:
    with pytest.raises(BadFile) as caught, Container(path):
        pass
    return caught.value.sentence


def test_a_json_file_is_its_only_member(stored: Stored) -> None:
    with Container(stored(b"[1]")) as container:
        assert container.members == [""]
        assert container.open("").read(9) == b"[1]"


def test_conversations_are_found_at_any_depth_and_in_their_order(stored: Stored) -> None:
    files = {
        "user.json": {},
        "a/b/conversations-010.json": [1],
        "a/b/conversations-002.json": [2],
        "chat.html": b"x",
    }
    with Container(stored(zipped(files))) as container:
        assert container.members == ["a/b/conversations-002.json", "a/b/conversations-010.json"]
        assert json.loads(container.open("a/b/conversations-010.json").read(99)) == [1]
        assert container.notes == [
            "The ZIP holds 2 other files; only what belongs to conversations is taken."
        ]


def test_sessions_of_this_app_may_be_called_anything(stored: Stored) -> None:
    own = {"format": "workspace-session", "version": 1}
    files = {
        "users.json": own,
        "conversations.json": own,
        "notes.json": {"x": 1},
        "__MACOSX/._users.json": b"x",
    }
    assert members(stored(zipped(files))) == ["conversations.json", "users.json"]


def test_a_zip_that_bursts_is_refused(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"conversations.json": b" " * 30_000_000})
    assert "unpacks to far more" in refused(stored(bomb))
    monkeypatch.setattr(containers, "MOST_UNPACKED", 1000)
    assert "at most" in refused(stored(zipped({"conversations.json": [list(range(1000))]})))
    monkeypatch.setattr(containers, "MOST_MEMBERS", 3)
    assert "at most 3" in refused(stored(zipped({f"{at}.json": {} for at in range(4)})))


def test_a_member_gives_no_more_than_it_says(stored: Stored) -> None:
    """The size in the directory is made smaller than what is packed."""
    data = bytearray(zipped({"conversations.json": b"x" * 5000}, zipfile.ZIP_DEFLATED))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with (
        Container(stored(bytes(data))) as container,
        container.open("conversations.json") as opened,
        pytest.raises(BadFile, match="damaged"),
    ):
        opened.read(100)


def test_locked_damaged_and_nested_ones_say_what_to_do(stored: Stored) -> None:
    whole = zipped({"conversations.json": [1]})
    locked = bytearray(whole)
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refused(stored(bytes(locked)))
    assert "damaged" in refused(stored(whole[:-30]))
    assert "ZIP inside" in refused(stored(zipped({"inner.zip": whole})))
    assert "empty" in refused(stored(zipped({})))
    assert "none of its files is JSON" in refused(stored(zipped({"a.txt": b"x"})))
    assert "packed in a way" in refused(stored(zipped({"conversations.json": [1]}, zipfile.ZIP_BZIP2)))


def test_names_in_a_zip_are_never_paths(stored: Stored, tmp_path: Path) -> None:
    files = {
        "../../conversations.json": [1],
        "/etc/conversations-1.json": [2],
        f"{'x' * 400}/conversations-2.json": [3],
    }
    with Container(stored(zipped(files))) as container:
        assert sorted(container.members) == ["../../conversations.json", "/etc/conversations-1.json"]
        assert [json.loads(container.open(name).read(99)) for name in sorted(container.members)] == [[1], [2]]
        assert "very long names" in container.notes[0]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_files_are_found_by_the_id_their_names_begin_with(stored: Stored) -> None:
    files = {
        "conversations.json": [],
        "file-AbCdEfGh12-cat.png": b"png",
        "dalle-generations/file_00000000abcd-x.webp": b"webp",
    }
    path = stored(zipped(files))
    with Container(path) as container:
        found = container.asset("file-AbCdEfGh12")
        assert found is not None
        assert found.name == "file-AbCdEfGh12-cat.png"
        assert b"".join(found.read()) == b"png"
        assert container.asset("sediment://file_00000000abcd") is not None
        assert container.asset("file-nothere123") is None
        assert container.asset("../etc") is None
    with pytest.raises(OSError):
        list(found.read())


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    assert "not here any more" in refused(tmp_path / "none")


def test_a_damaged_member_is_noticed_when_it_is_read(stored: Stored) -> None:
    data = bytearray(zipped({"conversations.json": [list(range(3000))]}))
    data[200:260] = b"\0" * 60
    with Container(stored(bytes(data))) as container, pytest.raises(BadFile, match="damaged"):
        container.open("conversations.json").read(100_000)
