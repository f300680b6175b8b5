"""The guide to the API as a program: its code in order, each piece with the answer that is shown below it.

Code is `bash` or `python`. What stands below one or two such blocks is what each of them prints: `json` alike by shape,
`events` (a stream) alike event by event, `text` as it is, with `...` for what differs.
"""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CODE, ANSWERS = ("bash", "python"), ("json", "events", "text")
PATIENCE = 60.0  # seconds a block may take
# Words that are what they are; of other texts only the kind is compared.
FIXED = {"status", "role", "code", "kind", "type", "title", "purpose", "format", "decision", "tool_id"}
KINDS = {
    "id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"),
    "moment": re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)\Z"),
    "day": re.compile(r"\d{4}-\d\d-\d\d\Z"),
    "amount": re.compile(r"-?\d+(\.\d+)?\Z"),
}

# Runs blocks that come as JSON lines in one namespace; after each a line that no block prints.
PYTHON = """
import json, sys
names = {"__name__": "__main__"}
for line in sys.stdin:
    block = json.loads(line)
    exec(compile(block["code"], f"docs/api.md from line {block['line']}", "exec"), names)
    print(block["end"], flush=True)
"""


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    line: int  # of its fence


@dataclass
class Example:
    """The same in both languages, or in one, and what it prints, where that is shown."""

    code: list[Block] = field(default_factory=list)
    answer: Block | None = None


def blocks(text: str) -> list[Block]:
    """Every fenced block. Raises ValueError where a fence is of no known kind or stays open."""
    found: list[Block] = []
    kind, begun, lines = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*(```+|~~~+)\s*(.*)", line)
        if fence is None:
            lines.append(line)
        elif begun:
            found.append(Block(kind, "\n".join(lines) + "\n", begun))
            begun = 0
        else:
            kind, begun, lines = fence[2].strip(), number, []
            if kind not in CODE + ANSWERS:
                raise ValueError(f"line {number}: a block of kind {kind!r} is run by nothing")
    if begun:
        raise ValueError(f"line {begun}: this block has no end")
    return found


def examples(text: str) -> list[Example]:
    found: list[Example] = []
    for block in blocks(text):
        last = found[-1] if found else None
        if block.kind in ANSWERS:
            if last is None or last.answer is not None:
                raise ValueError(f"line {block.line}: an answer to nothing")
            last.answer = block
        elif last is None or last.answer is not None or block.kind in [each.kind for each in last.code]:
            found.append(Example([block]))
        else:
            last.code.append(block)
    return found


class Shell:
    """One process that runs blocks one after another and goes on with what they named."""

    def __init__(self, kind: str, place: Path, env: Mapping[str, str]) -> None:
        words = ["bash"] if kind == "bash" else [sys.executable, "-I", "-S", "-c", PYTHON]
        self.kind, self._said = kind, 0
        self._errors = (place / f"{kind}.errors").open("w+")
        self._process = subprocess.Popen(
            words, cwd=place, env=dict(env), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )  # fmt: skip
        if kind == "bash":
            self._say("set -eu -o pipefail")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def run(self, block: Block) -> str:
        """What the block prints. Raises AssertionError with what it said where it fails or does not end."""
        self._said += 1
        end = f"--- end of block {self._said} ---"
        if self.kind == "bash":
            self._say(f"{{\n{block.text}\n}} </dev/null\necho; echo '{end}'")
        else:
            self._say(json.dumps({"code": block.text, "line": block.line + 1, "end": f"\n{end}"}))
        printed: list[str] = []
        assert self._process.stdout is not None
        with self._patience():
            for line in self._process.stdout:
                if line.rstrip("\n") == end:
                    return "".join(printed)
                printed.append(line)
        self._process.wait(PATIENCE)
        self._errors.seek(0)
        said = "".join(printed) + self._errors.read()[-3000:]
        raise AssertionError(f"docs/api.md, {block.kind} in line {block.line} failed:\n{block.text}\n{said}")

    @contextmanager
    def _patience(self) -> Iterator[None]:
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                pipe.close()


def differences(answer: Block, printed: str) -> list[str]:
    """How what was printed is not what is shown."""
    if answer.kind == "text":
        checker = doctest.OutputChecker()
        wanted, got = answer.text.strip() + "\n", printed.strip() + "\n"
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        return [] if checker.check_output(wanted, got, flags) else [f"it is {printed!r}"]
    if answer.kind == "events":
        return unlike_events(events(answer.text), events(printed))
    try:
        return list(unlike(json.loads(answer.text), json.loads(printed)))
    except ValueError as problem:
        return [f"{problem}: {printed!r}"]


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data:")) for line in text.splitlines() if line.startswith("data:")]


def unlike_events(shown: list[dict[str, Any]], printed: list[dict[str, Any]]) -> list[str]:
    """Each event that is shown comes, in this order; between them there may be others."""
    rest = iter(printed)
    for event in shown:
        if not any(not list(unlike(event, each)) for each in rest):
            return [f"no event like {event} in its place among {printed}"]
    return []


def unlike(shown: Any, printed: Any, at: str = "", key: str = "") -> Iterator[str]:
    if isinstance(shown, dict) and isinstance(printed, dict):
        if shown.keys() != printed.keys():
            yield f"{at or 'it'} has {sorted(printed)}, not {sorted(shown)}"
        for name in shown.keys() & printed.keys():
            yield from unlike(shown[name], printed[name], f"{at}.{name}", name)
    elif isinstance(shown, list) and isinstance(printed, list):
        yield from unlike_lists(shown, printed, at, key)
    elif isinstance(shown, str) and isinstance(printed, str):
        kinds = [
            next((name for name, form in KINDS.items() if form.match(text)), "text")
            for text in (shown, printed)
        ]
        if kinds[0] != kinds[1] or (key in FIXED and kinds[0] == "text" and shown != printed):
            yield f"{at or 'it'} is {printed!r}, not as {shown!r}"
    elif type(shown) is not type(printed) and {type(shown), type(printed)} != {int, float}:
        yield f"{at or 'it'} is {printed!r}, not as {shown!r}"


def unlike_lists(shown: list[Any], printed: list[Any], at: str, key: str) -> Iterator[str]:
    """Each row that is shown is like one that came; a list that is shown empty is empty."""
    if bool(shown) != bool(printed):
        yield f"{at or 'it'} is {printed!r}, not as {shown!r}"
        return
    for number, row in enumerate(shown):
        tried = [list(unlike(row, each, f"{at}[{number}]", key)) for each in printed]
        if all(tried):
            yield from min(tried, key=len)
