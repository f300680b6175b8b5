"""What was left out of a transcript or mended, and why none of it could be used. Pure."""

from __future__ import annotations

MOST = 200


class Unreadable(Exception):
    """Nothing in it can be used. `line` is counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return f"Line {self.line}: {self.reason}"


class Problems:
    """What is told of lines, the first `MOST` of it."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, str]] = []
        self._more = 0

    def note(self, line: int, reason: str) -> None:
        if len(self._kept) < MOST:
            self._kept.append((line, reason))
        else:
            self._more += 1

    @property
    def first(self) -> tuple[int, str] | None:
        return min(self._kept, key=lambda each: each[0], default=None)

    @property
    def rows(self) -> list[list[int | str]]:
        """[[line, reason], …] in order of lines, as they are stored; line 0 where it is of none."""
        rows: list[list[int | str]] = [[line, reason] for line, reason in sorted(self._kept)]
        return [*rows, [0, f"And {self._more:,} more."]] if self._more else rows
