"""Cuts a JSON file of conversations into its elements, each with the line it begins at, without reading it whole.

What a data export holds is one array, often of hundreds of megabytes in a single line. Only one element is here at a
time, as bytes, a large one in a file; whether it is JSON is found out when it is parsed. What stands between the elements
is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, NoReturn, Protocol

from . import parsing
from .base import BadFile
from .parsing import DEEPEST, PIECE, Aside, Element, unnamed

BEFORE_THE_ARRAY = 20
LONGEST_NAME = 1_000_000
_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING_REST = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_GAP = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_SCALAR = re.compile(rb'[^ \t\r\n,\[\]{}"]*')


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def elements(opened: Readable, *, what: str = "conversation", aside: Aside = unnamed) -> Iterator[Element]:
    """The elements of a top-level array, of the array "conversations" in a top-level object, or that object itself.

    Raises BadFile where the file is none of these, or ends too early; what was given until then stands in the file. An
    element's file, made by `aside`, is its taker's to close.
    """
    scanner = _Scanner(opened, what, aside)
    try:
        yield from scanner.elements()
    finally:
        scanner.leave()


class _Scanner:
    def __init__(self, opened: Readable, what: str, aside: Aside) -> None:
        self._opened = opened
        self._what = what
        self._make = aside
        self._aside: IO[bytes] | None = None  # where the beginning of a large element is
        self._buffer = bytearray()
        self._base = 0  # place of the buffer's first byte in the file
        self._at = 0  # in the buffer
        self._line, self._line_begins = 1, 0  # of the buffer's first byte
        self._ended = False
        self._keep = False
        self._kept_from = 0
        self._pinned: int | None = None  # a place of the file that stays in the buffer
        self._deepest = 0
        self.number = 0

    # ------------------------------------------------ the file, a piece at a time

    def _more(self) -> bool:
        piece = b"" if self._ended else self._opened.read(PIECE)
        self._ended = not piece
        if not self._keep:
            self._drop(self._at)
        elif self._at - self._kept_from > parsing.LIGHT:
            self._lay_aside()
        self._buffer += piece
        return bool(piece)

    def _drop(self, upto: int) -> None:
        lines = self._buffer.count(b"\n", 0, upto)
        if lines:
            self._line += lines
            self._line_begins = self._base + self._buffer.rfind(b"\n", 0, upto) + 1
        del self._buffer[:upto]
        self._base += upto
        self._at -= upto
        self._kept_from -= upto

    def _lay_aside(self) -> None:
        """What was kept until here goes to a file."""
        upto = self._at if self._pinned is None else min(self._at, self._pinned - self._base)
        if self._aside is None:
            self._aside = self._make()
        with memoryview(self._buffer) as kept:
            self._aside.write(kept[self._kept_from : upto])
        self._drop(upto)
        self._kept_from = 0

    def _begin_keeping(self) -> None:
        self._keep, self._kept_from, self._deepest = True, self._at, 0

    def _kept(self) -> tuple[bytes | None, IO[bytes] | None]:
        """The bytes from where keeping began, as an element has them; none where they were too many or too deep."""
        keep, self._keep = self._keep, False
        if not keep or self._deepest > DEEPEST:
            self.leave()
            return None, None
        if self._aside is None and self._at - self._kept_from <= parsing.LIGHT:
            return bytes(self._buffer[self._kept_from : self._at]), None
        self._lay_aside()
        into, self._aside = self._aside, None
        if into is not None:
            into.flush()
        return None, into

    def leave(self) -> None:
        if self._aside is not None:
            self._aside.close()
            self._aside = None

    def _place(self) -> tuple[int, int]:
        """Line and column of where it is."""
        lines = self._buffer.count(b"\n", 0, self._at)
        begins = (
            self._base + self._buffer.rfind(b"\n", 0, self._at) + 1 if lines else max(0, self._line_begins)
        )
        return self._line + lines, self._base + self._at - begins + 1

    def _next(self) -> bytes:
        """The next byte that is no space, not taken yet; empty at the end."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return bytes(self._buffer[self._at : self._at + 1])
            if not self._more():
                return b""

    def _bad(self, sentence: str) -> NoReturn:
        line, column = self._place()
        raise BadFile(sentence, line, f"column {column:,}")

    def _cut_off(self) -> NoReturn:
        line, _ = self._place()
        where = (
            f"in the middle of {self._what} {self.number:,}" if self.number else "before its first bracket"
        )
        raise BadFile(
            f"The file ends {where}: it did not arrive whole. Download it again, and choose it once more.",
            line,
        )

    # ------------------------------------------------ what stands in it

    def elements(self) -> Iterator[Element]:
        self._begin()
        first = self._next()
        if first == b"[":
            self._at += 1
            yield from self._array()
        elif first == b"{":
            yield from self._object()
        elif not first:
            raise BadFile("This file is empty.")
        else:
            self._bad("This is not a JSON file: it does not begin with a bracket.")
        if self._next():
            self._bad("Something stands behind the end of what should be one JSON value.")

    def _begin(self) -> None:
        while len(self._buffer) < 4 and self._more():
            pass
        start = bytes(self._buffer[:4])
        if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start:
            raise BadFile("This file is written in UTF-16. It has to be UTF-8, as exports are.")
        self._at = 3 if start.startswith(b"\xef\xbb\xbf") else 0
        self._line_begins = self._at

    def _array(self) -> Iterator[Element]:
        """Behind its opening bracket, until behind its closing one."""
        if self._next() == b"]":
            self._at += 1
            return
        while True:
            self._drop(self._at)
            byte = self._next()
            self._drop(self._at)
            self.number += 1
            if byte in (b",", b"]"):
                self._bad("A value is missing between two commas.")
            yield self._element()
            byte = self._next()
            if not byte:
                self._cut_off()
            if byte not in (b",", b"]"):
                self._bad("A comma or a closing bracket is missing here.")
            self._at += 1
            if byte == b"]":
                return

    def _element(self) -> Element:
        line, column = self._place()
        begins = self._base + self._at
        self._begin_keeping()
        self._value(parsing.MOST)
        data, aside = self._kept()
        deep = self._deepest > DEEPEST
        return Element(self.number, begins, self._base + self._at, line, column, data, deep, aside=aside)

    def _value(self, most: int) -> None:
        """Until behind one value. One of more than `most` bytes is not kept."""
        limit = self._base + self._at + most
        first = self._next()
        if first == b'"':
            self._string(limit)
        elif first in (b"[", b"{"):
            self._nested(limit)
        else:
            self._scalar(limit)

    def _string(self, limit: int) -> None:
        """At a quotation mark."""
        self._at += 1
        while True:
            found = _STRING_REST.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._buffer[self._at : self._at + 1] == b'"':
                self._at += 1
                return
            self._grow(limit)

    def _nested(self, limit: int) -> None:
        """At a bracket, until its closing one. Which kind closes is looked at when the value is parsed."""
        depth = 0
        match, buffer = _GAP.match, self._buffer
        while True:
            found = match(buffer, self._at)
            self._at = found.end() if found else self._at
            byte = buffer[self._at] if self._at < len(buffer) else 0
            if byte in b"[{" and byte:
                depth += 1
                self._deepest = max(self._deepest, depth)
                self._at += 1
            elif byte in b"]}" and byte:
                depth -= 1
                self._at += 1
                if not depth:
                    return
            elif byte:
                self._string(limit)
            else:
                self._grow(limit)

    def _scalar(self, limit: int) -> None:
        while True:
            found = _SCALAR.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            self._bound(limit)
            if self._at < len(self._buffer) or not self._more():
                return

    def _grow(self, limit: int) -> None:
        self._bound(limit)
        if not self._more():
            self._cut_off()

    def _bound(self, limit: int) -> None:
        if self._base + self._at > limit:
            self._keep = False
            self.leave()

    # ------------------------------------------------ a file that is an object

    def _object(self) -> Iterator[Element]:
        """The whole of it, or what is in its "conversations"."""
        line, column = self._place()
        begins = self._base + self._at
        self._begin_keeping()
        self.number = 1
        self._at += 1
        seen = 0
        while (byte := self._next()) and byte != b"}":
            if byte == b",":
                self._at += 1
                byte = self._next()
            if byte != b'"':
                self._bad("A name in quotation marks is missing here.")
            if self._key() == b'"conversations"' and seen < BEFORE_THE_ARRAY and self._next() == b"[":
                self.number, self._keep = 0, False
                self.leave()
                self._at += 1
                yield from self._array()
                yield from self._rest()
                return
            seen += 1
            self._value(parsing.MOST_ALONE)
        if not byte:
            self._cut_off()
        self._at += 1
        self._bound(begins + parsing.MOST_ALONE)
        data, aside = self._kept()
        deep = self._deepest > DEEPEST
        yield Element(1, begins, self._base + self._at, line, column, data, deep, alone=True, aside=aside)

    def _rest(self) -> Iterator[Element]:
        """Behind the array, to the end of the object that holds it; nothing of it is given."""
        while (byte := self._next()) == b",":
            self._at += 1
            if self._next() != b'"':
                self._bad("A name in quotation marks is missing here.")
            self._key()
            self._next()
            self._value(parsing.MOST)
            self._drop(self._at)
        if byte != b"}":
            self._cut_off() if not byte else self._bad("A closing bracket is missing here.")
        self._at += 1
        return iter(())

    def _key(self) -> bytes:
        """A name and the colon behind it."""
        begins = self._pinned = self._base + self._at
        self._string(begins + LONGEST_NAME)
        key = bytes(self._buffer[begins - self._base : self._at]) if self._keep else b""
        self._pinned = None
        if self._next() != b":":
            self._bad("A colon is missing here.")
        self._at += 1
        self._next()
        return key
