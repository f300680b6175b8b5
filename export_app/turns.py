"""How much may be made at the same time, for one person and for all, in each process. Who comes too many is refused."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django.http.response import HttpResponseBase

from sessions_app.actions.errors import Refused
from sessions_app.reading import give_back


class Busy(Refused):
    """Not now. `retry_after` in seconds."""

    kind = "busy"
    sentence = "As much as can be made at once is being made. Try again in a moment."
    status = 429
    retry_after: ClassVar[int] = 5


class FilesUnderWay(Busy):
    sentence = "Several of your files are on their way already. Try again when one of them has arrived."


class FileBeingMade(Busy):
    sentence = "A file of yours is being made. Try again when it is ready."


class ManyBeingMade(Busy):
    kind = "crowded"
    status = 503
    sentence = "Many files are being made just now. Try again in a moment, or export it in the background."


class CopyBeingMade(Busy):
    sentence = "A copy is being made for you. Try again when it is ready."


class LinkBeingMade(Busy):
    sentence = "A link of yours is being made. Try again when it is ready."


R = TypeVar("R", bound=HttpResponseBase)


def with_wait(response: R, refusal: Refused) -> R:
    """The answer to a refusal, with when to try again."""
    if isinstance(refusal, Busy):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


class Turns:
    """At most `each` of one person at once, `most` of all (0: any number). A refusal waits `patience` seconds first, for
    what its person has just given up, and holds no connection meanwhile."""

    def __init__(
        self,
        each: int,
        refusal: type[Busy],
        *,
        most: int = 0,
        crowded: type[Busy] = Busy,
        patience: float = 0,
    ) -> None:
        self.each, self.refusal = each, refusal
        self.most, self.crowded = most, crowded
        self.patience = patience
        self._changed = threading.Condition()
        self._taken: Counter[Any] = Counter()

    @contextmanager
    def of(self, person: Any) -> Iterator[None]:
        """A turn of the person with this key. Raises the refusal."""
        self._take(person)
        try:
            yield
        finally:
            self._give(person)

    def _take(self, person: Any) -> None:
        until = time.monotonic() + self.patience
        with self._changed:
            while self._taken[person] >= self.each:
                left = until - time.monotonic()
                if left <= 0:
                    raise self.refusal
                give_back()
                self._changed.wait(left)
            if self.most and self._taken.total() >= self.most:
                raise self.crowded
            self._taken[person] += 1

    def _give(self, person: Any) -> None:
        with self._changed:
            self._taken[person] -= 1
            if not self._taken[person]:
                del self._taken[person]
            self._changed.notify_all()


FILES = Turns(4, FilesUnderWay)
MAKING = Turns(1, FileBeingMade, most=10, crowded=ManyBeingMade, patience=1.5)  # two are made, eight wait
COPIES = Turns(1, CopyBeingMade)
LINKS = Turns(1, LinkBeingMade)


def counted(pieces: Iterator[bytes], person: Any, *, heavy: bool) -> Generator[bytes]:
    """The pieces of a file, which is one of its person's until the last has left; a `heavy` one is being made until the
    first is there. Raises Busy before anything is read."""
    try:
        with FILES.of(person):
            if heavy:
                with MAKING.of(person):
                    first = next(pieces, b"")
                yield first
            yield from pieces
    finally:
        if isinstance(pieces, Generator):
            pieces.close()
