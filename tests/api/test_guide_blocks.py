"""The guide is held to what it shows: what runs it notices every way in which an answer may be another one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from sessions_app.api import problems
from tests.server.guide import Block, Shell, blocks, differences, examples, unlike

from .reference import parts, reference

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ROW = {
    "id": "01938f2e-6b7a-7c31-9d04-5e2f8a1b6c70",
    "status": "queued",
    "cost": "0.5",
    "tags": ["a"],
    "next": None,
}


def test_code_in_both_languages_shares_the_answer_below_it() -> None:
    text = "```bash\na\n```\n\n```python\nb\n```\n\n```json\n1\n```\n\n```bash\nc\n```\n"
    first, second = examples(text)
    assert ([each.kind for each in first.code], first.answer) == (["bash", "python"], Block("json", "1\n", 9))
    assert ([each.text for each in second.code], second.answer) == (["c\n"], None)


@pytest.mark.parametrize("text", ["```sh\nls\n```", "```\nls\n```", "```bash\nls", "~~~ruby\n1\n~~~"])
def test_a_block_that_nothing_runs_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1"):
        blocks(text)


@pytest.mark.parametrize(
    "change",
    [{"id": "x"}, {"status": "running"}, {"cost": 0.5}, {"tags": []}, {"tags": "a"}, {"next": "x"}, {"more": 1}],
)  # fmt: skip
def test_another_answer_is_noticed(change: dict[str, Any]) -> None:
    assert list(unlike(ROW, ROW | change))


def test_ids_moments_and_amounts_may_be_others() -> None:
    other = {"id": "01938f2e-6b7a-7c31-9d04-5e2f8a1b6c71", "cost": "0", "tags": ["b", "c"]}
    assert not list(unlike(ROW, ROW | other))


def test_events_come_in_the_order_that_is_shown() -> None:
    shown = Block("events", 'data: {"type": "a"}\n\ndata: {"type": "b"}\n', 1)
    assert not differences(
        shown, 'id: 1\ndata: {"type": "a"}\n\n: beat\n\ndata: {"type": "c"}\ndata: {"type": "b"}\n'
    )
    assert differences(shown, 'data: {"type": "b"}\ndata: {"type": "a"}\n')


@pytest.fixture(params=["bash", "python"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    found = Shell(request.param, tmp_path, os.environ)
    yield found
    found.close()


def test_a_block_goes_on_with_what_the_one_before_named(shell: Shell) -> None:
    shell.run(Block(shell.kind, "name=5\n", 1))
    told = {"bash": "echo $name", "python": "print(name)"}[shell.kind]
    assert shell.run(Block(shell.kind, told, 2)).strip() == "5"


def test_a_block_that_fails_is_an_error_with_its_line_and_words(shell: Shell) -> None:
    wrong = {"bash": "echo here; false | cat; echo there", "python": "print('here')\n1 / 0"}[shell.kind]
    with pytest.raises(AssertionError, match=r"in line 7 failed(.|\n)*here"):
        shell.run(Block(shell.kind, wrong, 7))


def told() -> dict[str, int]:
    """The status of each code in the guide's table of errors."""
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", GUIDE.read_text(), re.MULTILINE)
    return {code: int(status) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}


def test_the_guide_tells_of_every_code_that_an_operation_gives() -> None:
    described = SchemaGenerator().get_schema(public=True)
    answers = [
        answer["description"]
        for operations in described["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    ]
    given = {code for words in answers for code in re.findall(r"^- `(\w+)`", words, re.MULTILINE)}
    assert not given - told().keys()
    known = problems.codes()
    assert {code: known[code].status for code in told()} == told()


def test_every_link_of_the_guide_leads_somewhere() -> None:
    text = GUIDE.read_text()
    heads = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert not {link for link in links if link.startswith("#")} - {f"#{anchor}" for anchor in anchors}
    files = [link for link in links if not link.startswith(("#", "https:"))]
    assert not [link for link in files if not (GUIDE.parent / link).exists()]


def test_every_operation_stands_in_the_last_part_of_the_guide() -> None:
    assert parts()[1] == reference(), "make openapi"
