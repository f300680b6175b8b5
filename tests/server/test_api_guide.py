"""docs/api.md is run as it stands: what it says programs do, and what it says they get."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from .guide import Example, Shell, differences, examples
from .processes import NAME, PASSWORD, ROOT, Inside, Server, environment

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

GUIDE = ROOT / "docs" / "api.md"
SITE = "http://127.0.0.1:8000"  # as the guide names it
ASKS = "analyze_engagement"  # the guide's tool that asks before it runs
SCOPES = ("read", "write", "chat", "export", "activity")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for each language, with what a clone of the repository has, as far as the guide names it."""
    for name in ("shell", "python"):
        (tmp_path / name).mkdir()
    (tmp_path / "shell" / ".venv").symlink_to(sys.prefix)
    (tmp_path / "shell" / "manage.py").symlink_to(ROOT / "manage.py")
    return tmp_path


@pytest.fixture
def inside(place: Path) -> Iterator[Inside]:
    """The database of alice, who writes for the shell, and bob, who writes Python: they do not meet."""
    # With DEBUG pages need no collected files, which take longer than all the rest.
    found = Inside(place, environment(place, APPROVAL_TOOLS=ASKS, OFFLINE_DELAY_MS="1", DEBUG="on"))
    try:
        found.ask("tables")
        found.ask("person", name="bob")
        for name in (NAME, "bob"):
            found.ask("creator", name=name)
        yield found
    finally:
        found.end()


@pytest.fixture
def server(place: Path, inside: Inside) -> Iterator[Server]:
    found = Server(place, inside.env)
    found.start()
    yield found
    found.stop()


def test_every_example_runs_and_answers_as_it_is_shown(place: Path, inside: Inside, server: Server) -> None:
    assert shutil.which("curl"), "The examples of docs/api.md need curl: sudo apt-get install curl"
    guide = examples(GUIDE.read_text().replace(SITE, server.url))
    token = inside.ask("token", name="bob", scopes=SCOPES)
    shell = server.env | {"LOGIN": NAME, "PASSWORD": PASSWORD}
    python = server.env | {"LOGIN": "bob", "PASSWORD": PASSWORD, "SITE": server.url, "TOKEN": token}
    with (
        closing(Shell("bash", place / "shell", shell)) as first,
        closing(Shell("python", place / "python", python)) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        for done in [pool.submit(run, each, guide) for each in (first, second)]:
            done.result()


def test_a_webhook_is_posted_to_as_its_guide_says(place: Path, inside: Inside, server: Server) -> None:
    """docs/notifications.md; of its words those stand for a webhook that was made beforehand."""
    text = (ROOT / "docs" / "notifications.md").read_text()
    for kind, name, folder in (("bash", NAME, "shell"), ("python", "bob", "python")):
        path, secret = inside.ask("webhook", name=name)
        told = re.sub(r"http://\S+/hooks/[0-9a-f-]+", f"{server.url}{path}", text)
        told = re.sub(r"whsec_[A-Za-z0-9+/]{16,}=*", secret, told)
        with closing(Shell(kind, place / folder, server.env)) as shell:
            run(shell, examples(told))


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
