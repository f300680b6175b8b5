"""Processes that make heavy files: their limits, their end, and what they get to see."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from export_app import children
from export_app.children import GivenUp, Limits, folder, give_up, in_pieces, run
from export_app.renderers import NotRendered

QUICK = Limits(seconds=20)
LIMITED = """
import json, resource, sys
asked = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_AS, (asked["limits"]["memory"],) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (asked["limits"]["seconds"],) * 2)
"""


@pytest.fixture(autouse=True)
def exports(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORTS_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as path:
        yield path


def told(tmp_path: Path, place: Path, words: str, limits: Limits = QUICK, **asked: Any) -> dict[str, Any]:
    program = tmp_path / "program.py"
    program.write_text(LIMITED + words)
    return run(program, asked, place, limits)


def test_a_child_gets_what_was_asked_and_tells_what_it_found(tmp_path: Path, place: Path) -> None:
    words = 'open("made", "w").write("x" * asked["size"]); print(json.dumps({"pages": 3}))'
    assert told(tmp_path, place, words, size=300_000) == {"pages": 3}
    assert [len(piece) for piece in in_pieces(place / "made")] == [children.PIECE, 300_000 - children.PIECE]


def test_a_child_sees_nothing_of_the_servers_environment(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-secret")
    monkeypatch.setenv("DATABASE_URL", "a-secret")
    words = "import os; print(json.dumps({'env': dict(os.environ), 'path': sys.path, 'at': os.getcwd()}))"
    found = told(tmp_path, place, words)
    assert "a-secret" not in str(found)
    assert set(found["env"]) <= {"LANG", "LC_CTYPE", "PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME"}
    assert found["at"] == str(place)
    assert str(Path(__file__).parents[2]) not in found["path"]


def test_a_child_stands_behind_what_answers_people(tmp_path: Path, place: Path) -> None:
    found = told(tmp_path, place, "import os; print(json.dumps({'nice': os.nice(0)}))")
    assert found["nice"] == min(19, os.nice(0) + children.NICE)


def test_what_takes_too_long_is_ended(tmp_path: Path, place: Path) -> None:
    began = time.monotonic()
    with pytest.raises(NotRendered, match="longer than 1 s"):
        told(tmp_path, place, "import time; time.sleep(60)", Limits(seconds=1))
    with pytest.raises(NotRendered, match=r"longer than 1 s|memory or time"):
        told(tmp_path, place, "while True: pass", Limits(seconds=1))
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "words",
    [
        "x = bytearray(900_000_000)",
        "sys.exit(3)",
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 9)",
        "print('no JSON')",
        "print('[]')",
    ],
)
def test_a_child_that_breaks_off_is_a_sentence(tmp_path: Path, place: Path, words: str) -> None:
    with pytest.raises(NotRendered, match="could not be made"):
        told(tmp_path, place, words, Limits(seconds=20, memory=500_000_000))


def test_what_a_child_refuses_is_told(tmp_path: Path, place: Path) -> None:
    with pytest.raises(NotRendered, match="Too many pages"):
        told(tmp_path, place, 'print(json.dumps({"refused": "Too many pages."}))')


def test_a_child_ends_when_nobody_wants_the_file_any_more(tmp_path: Path, place: Path) -> None:
    words = (
        'import os, time; open("pid", "w").write(str(os.getpid())); os.rename("pid", "began"); time.sleep(60)'
    )
    token = give_up.set((place / "began").exists)
    try:
        with pytest.raises(GivenUp):
            told(tmp_path, place, words)
    finally:
        give_up.reset(token)
    assert not Path(f"/proc/{(place / 'began').read_text()}").exists()


def test_who_waits_for_a_turn_can_give_up(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "_turns", threading.BoundedSemaphore(1))
    with children._turns:
        token = give_up.set(lambda: True)
        try:
            with pytest.raises(GivenUp):
                told(tmp_path, place, "print('{}')")
        finally:
            give_up.reset(token)


def test_nothing_is_left_behind(tmp_path: Path, exports: Path) -> None:
    with folder() as place:
        assert place.stat().st_mode & 0o077 == 0
        with pytest.raises(NotRendered):
            told(tmp_path, place, 'open("half", "w").write("x"); sys.exit(1)')
        assert (place / "half").exists()
    assert list((exports / "making").iterdir()) == []
