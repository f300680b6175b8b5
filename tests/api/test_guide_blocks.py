"""The guide is held to what it shows: what runs it notices every way in which an answer may be another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.guide import Block, Shell, blocks, differences, examples, unlike

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
