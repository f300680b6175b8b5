"""One element of a JSON file: its bytes and place, and what they say."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, NoReturn, Self

import orjson

from .base import NOT_UTF8, BadFile, digest_of

PIECE = 1 << 20
LIGHT, LIGHT_MARKS = 1_000_000, 50_000
"""Bytes of an element that is kept in memory, and commas and brackets of one that is parsed by the server itself: a
parser holds the interpreter until it is done, and makes a hundred bytes of two."""
MOST = 50_000_000
"""Bytes of one element; larger ones are told of and not kept."""
MOST_ALONE = 150_000_000
"""Bytes of a file that is one object: contents of files may be in it."""
DEEPEST = 500
START = 4_000
SHORTER = "The file is shorter than it was."
Aside = Callable[[], IO[bytes]]
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def unnamed() -> IO[bytes]:
    return tempfile.NamedTemporaryFile()


@dataclass(frozen=True, slots=True)
class Element:
    """One value of the array: bytes `begins` to `ends` of the file, its first in `line` and `column` (from 1).

    Its bytes are in memory (`data`) or, where they are more than `LIGHT`, in a file `aside` that goes when it is closed.
    Both are None where it is too large, or `deep` where it is nested too deeply to be parsed.
    """

    number: int
    begins: int
    ends: int
    line: int
    column: int
    data: bytes | None
    deep: bool = False
    alone: bool = False
    aside: IO[bytes] | None = None

    @property
    def readable(self) -> bool:
        return self.data is not None or self.aside is not None

    @property
    def light(self) -> bool:
        """Whether parsing it stands in nobody's way."""
        return self.data is not None and sum(map(self.data.count, (b",", b"[", b"{"))) <= LIGHT_MARKS

    @property
    def start(self) -> bytes:
        if self.aside is None:
            return (self.data or b"")[:START]
        self.aside.seek(0)
        return self.aside.read(START)

    def digest(self) -> str:
        """What tells whether it is the same as the last time."""
        if self.aside is None:
            return digest_of(self.data or b"")
        self.aside.seek(0)
        return hashlib.file_digest(self.aside, "sha256").hexdigest()  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        if self.aside is not None:
            self.aside.close()


def parse(element: Element) -> Any:
    """Its value. Raises BadFile with the line and column in the file. Halves of pairs of surrogates and NULs, which no
    database keeps, become U+FFFD."""
    if element.data is None:
        raise BadFile(too_much(element), element.line)
    data = _NUL.sub(rb"\1\\ufffd", element.data) if b"\\u0000" in element.data else element.data
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        if "surrogate" in problem.msg or "hex escape" in problem.msg:
            return _whole_letters(data, element)
        if "memory" in problem.msg:
            raise MemoryError from None
        raise _not_json(problem, element) from None


def too_much(element: Element) -> str:
    if element.deep:
        return f"It is nested more than {DEEPEST} levels deep."
    most = MOST_ALONE if element.alone else MOST
    return f"It is too large: {(element.ends - element.begins) // 1_000_000:,} MB, at most {most // 1_000_000} MB are read."


def _whole_letters(data: bytes, element: Element) -> Any:
    """The lenient parser's value, of whole letters only: the strict one refuses halves."""
    try:
        value = json.loads(data, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        raise _not_json(problem, element) from None
    except UnicodeDecodeError as problem:
        raise BadFile(NOT_UTF8, element.line + data.count(b"\n", 0, problem.start)) from None
    except (ValueError, RecursionError):
        raise BadFile("It holds a value that JSON does not have, such as NaN.", element.line) from None
    text = json.dumps(value, ensure_ascii=False)
    return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _not_json(problem: Any, element: Element) -> BadFile:
    line = element.line + problem.lineno - 1
    column = problem.colno + (element.column - 1 if problem.lineno == 1 else 0)
    return BadFile(f"It is not valid JSON: {_words(problem.msg)}.", line, f"column {column:,}")


def _words(said: str) -> str:
    return str(said).partition(": line")[0].strip().rstrip(".")[:200]


def one_at(opened: Any, begins: int, ends: int, line: int = 1, aside: Aside = unnamed) -> Element:
    """An element whose place is known. Raises BadFile where the file is shorter."""
    opened.seek(begins)
    if ends - begins <= LIGHT:
        data = opened.read(ends - begins)
        if len(data) < ends - begins:
            raise BadFile(SHORTER, line)
        return Element(1, begins, ends, line, 1, data)
    into, left = aside(), ends - begins
    try:
        while left:
            if not (piece := opened.read(min(left, PIECE))):
                raise BadFile(SHORTER, line)
            into.write(piece)
            left -= len(piece)
        into.flush()
    except BaseException:
        into.close()
        raise
    return Element(1, begins, ends, line, 1, None, aside=into)
