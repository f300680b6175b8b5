"""docs/api.md is run as it stands: what it says programs do, and what it says they get."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from .guide import Example, Shell, differences, examples
from .processes import ROOT, Inside, Server, environment

pytestmark = pytest.mark.server

GUIDE = ROOT / "docs" / "api.md"
SITE = "http://127.0.0.1:8000"  # as the guide names it
ASKS = "analyze_engagement"  # the guide's tool that asks before it runs
SCOPES = ("read", "write", "chat", "export")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with what a clone of the repository has, as far as the guide names it."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    return tmp_path


@pytest.fixture
def inside(place: Path) -> Iterator[Inside]:
    # With DEBUG pages need no collected files, which take longer than all the rest.
    found = Inside(place, environment(place, APPROVAL_TOOLS=ASKS, DEBUG="on"))
    found.ask("tables")
    yield found
    found.end()


@pytest.fixture
def server(place: Path, inside: Inside) -> Iterator[Server]:
    found = Server(place, inside.env)
    found.start()
    yield found
    found.stop()


def test_every_example_runs_and_answers_as_it_is_shown(place: Path, inside: Inside, server: Server) -> None:
    """Both languages at once. Who writes Python is somebody else, so that they do not meet."""
    assert shutil.which("curl"), "The examples of docs/api.md need curl: sudo apt-get install curl"
    guide = examples(GUIDE.read_text().replace(SITE, server.url))
    token = inside.ask("token", name="bob", scopes=SCOPES)
    env = {"bash": server.env, "python": server.env | {"SITE": server.url, "TOKEN": token}}
    with (
        closing(Shell("bash", place, env["bash"])) as bash,
        closing(Shell("python", place, env["python"])) as python,
        ThreadPoolExecutor(2) as pool,
    ):
        for done in [pool.submit(run, shell, guide) for shell in (bash, python)]:
            done.result()


def run(shell: Shell, guide: list[Example]) -> None:
    """All that is written in one language, each with the answer that is shown below it."""
    for example in guide:
        for block in example.code:
            if block.kind == shell.kind:
                printed = shell.run(block)
                found = differences(example.answer, printed) if example.answer else []
                told = "\n".join([*found, "", block.text, printed])
                assert not found, f"docs/api.md, {block.kind} in line {block.line} answers otherwise:\n{told}"


def test_nothing_is_shown_with_curl_alone() -> None:
    alone = [
        each.code[0].line
        for each in examples(GUIDE.read_text())
        if len(each.code) == 1 and each.code[0].kind == "bash" and "manage.py" not in each.code[0].text
    ]
    assert not alone, f"in docs/api.md the blocks of these lines have no Python: {alone}"
