"""Cues are cut into passages: at the ends of sentences and where another speaks, each overlapping the one before. Pure.

A passage lasts about as long as it is told to and has no more characters than it may have. Where a sentence is longer than
that (no marks, or a script without spaces) it is cut at the ends of cues, then at spaces, then anywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_END = re.compile(r"[.!?…؟۔]+[\"'”’»)\]]*\s+|[。！？｡।॥]+[\"'”’」』）]*\s*")
_SMALL = re.compile(r"[a-zß-ÿ]")
OVERLAP = 0.15  # of a passage, about
OVERLAP_MOST = 0.25  # that one sentence may be to be told again
TURN = 0.6  # of a passage's length, from where a change of speaker ends it
PAUSE = 0.5  # of a passage's length: a silence of it ends a passage

Row = Sequence[int | str]
"""[start_ms, end_ms, speaker, text], as `Transcript.cues` keeps it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes a passage."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Characters of the whole from `at` until before `until`."""

    at: int
    until: int
    turn: bool = False

    @property
    def size(self) -> int:
        return self.until - self.at


class Flow:
    """All that is said as one text, with the time of each character. Who speaks is named where their turn begins."""

    def __init__(self, rows: Iterable[Row]) -> None:
        parts: list[str] = []
        self.turns: list[int] = []
        self._at: list[int] = []
        self._rows: list[tuple[int, int, int]] = []  # start_ms, end_ms, characters
        size, speaker = 0, ""
        for start, end, who, text in rows:
            words, name = str(text), str(who)
            turned = bool(name) and name != speaker
            speaker = name or speaker
            if parts:
                parts.append("\n" if turned else " ")  # it takes no time
                size += 1
            if turned:
                words = f"{name}: {words}"
                self.turns.append(size)
            parts.append(words)
            self._at.append(size)
            self._rows.append((int(start), int(end), len(words)))
            size += len(words)
        self.text = "".join(parts)

    def cuts(self, at: int, until: int) -> list[int]:
        """Where cues begin between these two."""
        first, last = bisect_right(self._at, at), bisect_right(self._at, until - 1)
        return self._at[first:last]

    def ms(self, at: int) -> int:
        """When the character at this place begins to be said."""
        place = max(0, bisect_right(self._at, at) - 1)
        start, end, size = self._rows[place]
        return start + (end - start) * min(at - self._at[place], size) // max(1, size)

    def ms_behind(self, until: int) -> int:
        """When the character before this place has been said."""
        place = max(0, bisect_right(self._at, until - 1) - 1)
        start, end, size = self._rows[place]
        return start + -(-(end - start) * min(until - self._at[place], size) // max(1, size))


def spoken(rows: Iterable[Row]) -> str:
    """The text that passages are cut from."""
    return Flow(rows).text


def within(rows: Iterable[Row], length_ms: int | None) -> list[Row]:
    """What is said before the video ends: its length may have been told after the transcript was brought."""
    if length_ms is None:
        return list(rows)
    kept = [row for row in rows if int(row[0]) < length_ms]
    return [[row[0], min(int(row[1]), length_ms), *row[2:]] for row in kept]


def cut(rows: Sequence[Row], *, seconds: int, characters: int) -> list[Piece]:
    """Passages in their order; every word lies in one of them."""
    flow = Flow(rows)
    if not flow.text.strip():
        return []
    stretches = [each for each in _stretches(flow, seconds * 1000, characters) if each.size]
    return [
        _piece(flow, stretches[first], stretches[last - 1])
        for first, last in _packed(flow, stretches, seconds * 1000, characters)
    ]


def _piece(flow: Flow, first: _Stretch, last: _Stretch) -> Piece:
    text = flow.text[first.at : last.until]
    at = first.at + len(text) - len(text.lstrip())
    until = first.at + len(text.rstrip())
    start = flow.ms(at)
    return Piece(start, max(start, flow.ms_behind(max(until, at + 1))), text.strip())


# ---------------------------------------------------------------- sentences


def _stretches(flow: Flow, most_ms: int, characters: int) -> Iterator[_Stretch]:
    """Sentences, none with more characters than a passage may have."""
    turns = set(flow.turns)
    ends = sorted({*turns, *_sentence_ends(flow.text), len(flow.text)} - {0})
    at = 0
    for until in ends:
        lasts = flow.ms_behind(until) - flow.ms(at)
        if until - at <= characters and lasts <= most_ms:
            yield _Stretch(at, until, at in turns)
        else:
            yield from _shorter(flow, at, until, characters, at in turns)
        at = until


def _sentence_ends(text: str) -> Iterator[int]:
    for mark in _END.finditer(text):
        following = text[mark.end() : mark.end() + 1]
        if not _SMALL.match(following):  # "e.g. this"
            yield mark.end()


def _shorter(flow: Flow, at: int, until: int, characters: int, turn: bool) -> Iterator[_Stretch]:
    """At the ends of cues; what is too long even so at spaces, then anywhere."""
    for end in [*flow.cuts(at, until), until]:
        while end - at > characters:
            space = max(
                flow.text.rfind(" ", at + 1, at + characters), flow.text.rfind("\n", at + 1, at + characters)
            )
            middle = space + 1 if space > at else at + characters
            yield _Stretch(at, middle, turn)
            at, turn = middle, False
        yield _Stretch(at, end, turn)
        at, turn = end, False


# ---------------------------------------------------------------- passages


def _packed(
    flow: Flow, stretches: Sequence[_Stretch], most_ms: int, characters: int
) -> Iterator[tuple[int, int]]:
    """From which stretch until before which each passage goes."""
    times = [(flow.ms(each.at), flow.ms_behind(each.until)) for each in stretches]
    first = 0  # of the passage, with what it repeats
    fresh = 0  # the first that no passage had before
    while fresh < len(stretches):
        last = fresh + 1
        if stretches[fresh].until - stretches[first].at > characters:
            first = fresh
        while last < len(stretches) and not _ends(first, last, stretches, times, most_ms, characters):
            last += 1
        yield first, last
        first, fresh = _again(first, last, stretches, times, most_ms, characters), last


def _ends(
    first: int,
    last: int,
    stretches: Sequence[_Stretch],
    times: Sequence[tuple[int, int]],
    most_ms: int,
    characters: int,
) -> bool:
    """Whether the passage ends before stretch `last`."""
    if stretches[last].until - stretches[first].at > characters:
        return True
    start, now, then = times[first][0], times[last - 1][1], times[last][1]
    if then - start > most_ms and (now - start >= most_ms // 2 or then - now > most_ms // 2):
        return True
    if times[last][0] - now > most_ms * PAUSE:
        return True
    return stretches[last].turn and now - start >= most_ms * TURN


def _again(
    first: int,
    last: int,
    stretches: Sequence[_Stretch],
    times: Sequence[tuple[int, int]],
    most_ms: int,
    characters: int,
) -> int:
    """From which stretch the next passage begins: one or two before `last`, where they are short and no silence follows."""
    if last >= len(stretches) or times[last][0] - times[last - 1][1] > most_ms * PAUSE:
        return last
    size = stretches[last - 1].size
    lasts = times[last - 1][1] - times[last - 1][0]
    if last - 1 <= first or size > characters * OVERLAP_MOST or lasts > most_ms * OVERLAP_MOST:
        return last
    more = stretches[last - 2].size if last - 2 > first else characters
    lasts = times[last - 1][1] - times[last - 2][0]
    return last - 2 if size + more <= characters * OVERLAP and lasts <= most_ms * OVERLAP else last - 1
