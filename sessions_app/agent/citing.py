"""Marks by which the model cites passages, taken out of its text as it comes: they become citations. Pure.

A mark is `[cite:KEY]` or `[cite:KEY,KEY]`. Keys that were not given are dropped. It stands for the text since the last mark
before it; one in code stands behind the code, for nothing can be shown inside it. What is left of marks that were written
into each other is no mark: it loses its colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sessions_app.providers.base import Citation

from .events import LoopEvent, TextAdded, TextSourced, ToolEnded
from .passages import KEY, TOOL, Passage, kept_in

LONGEST = 120  # characters of a mark's keys
_MARK = re.compile(rf"(?P<blank>[ \n]{{0,4}})\[cite:(?P<keys>[^\[\]\n]{{0,{LONGEST}}})\]", re.IGNORECASE)
_INSIDE = rf"(?:c(?:i(?:t(?:e(?::[^\[\]\n]{{0,{LONGEST}}})?)?)?)?)?"
_BEGUN = re.compile(rf"(?:[ \n]{{0,4}}\[{_INSIDE}|[ \n]{{1,4}})\Z", re.IGNORECASE)
_CUT = re.compile(r"[ \n]{0,4}\[cite:", re.IGNORECASE)
_OPENING = re.compile(r"(\[cite):+", re.IGNORECASE)
_FENCE = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?!.*`)|~{3,})"
)  # in a list or a quote too
_TICKS = re.compile(r"`+")


def keys_of(mark: str) -> list[str]:
    """The keys a mark names, each once: "v1f3, cite:V1F4" names two."""
    names = [name.strip().lower().removeprefix("cite:") for name in re.split(r"[\s,;]+", mark)]
    return list(dict.fromkeys(name for name in names if KEY.fullmatch(name)))


class Citing:
    """The events of one reply, with citations in place of marks. `given` are the passages the model was told, by their
    keys; until `active` (it was told of some once) text passes as it is."""

    def __init__(self, given: Mapping[str, Passage], *, active: bool = False) -> None:
        self.given = dict(given)
        self.active = active or bool(given)
        self._turn = 0
        self._held = ""  # the possible beginning of a mark
        self._last = ""  # the last characters that were shown
        self._begin()

    def _begin(self) -> None:
        """A text begins."""
        self._place = _Place()
        self._since = 0  # characters shown since the last citation
        self._waiting: dict[str, Passage] = {}
        self._marks = ""  # as they were written; empty where they are not to go back so
        self._exact = True
        self._due = False  # the next text comes after the citation

    def take(self, event: LoopEvent) -> Iterator[LoopEvent]:
        """What is to be shown for an event of the loop."""
        if isinstance(event, ToolEnded):
            self._learn(event)
        if not self.active:
            yield event
        elif isinstance(event, TextAdded):
            if event.turn != self._turn:
                yield from self.rest()
                self._turn, self._last = event.turn, ""
            yield from self._text(event.text)
        elif isinstance(event, TextSourced):
            yield from self._sourced(event)
        else:
            yield from self.rest()
            yield event

    def rest(self) -> Iterator[LoopEvent]:
        """What was held back of a text that has ended. A mark that was cut off is not shown."""
        if self._held and not _CUT.match(self._held):
            yield from self._shown(self._held)
        self._held = ""
        if self._waiting and self._since:
            yield from self._added(self._place.closing)
            yield from self._cited()
        self._begin()

    def _learn(self, event: ToolEnded) -> None:
        if event.name == TOOL and event.status == "success":
            found = {each.key: each for each in kept_in(event.kept)}
            self.given.update(found)
            self.active = self.active or bool(found)

    def _text(self, text: str) -> Iterator[LoopEvent]:
        text = self._held + text
        begun = _BEGUN.search(text)
        ready, self._held = (text[: begun.start()], begun[0]) if begun else (text, "")
        at = 0
        for mark in _MARK.finditer(ready):
            yield from self._shown(ready[at : mark.start()])
            yield from self._mark(mark)
            at = mark.end()
        yield from self._shown(ready[at:])

    def _mark(self, mark: re.Match[str]) -> Iterator[LoopEvent]:
        keys, blank = keys_of(mark["keys"]), mark["blank"]
        found = {key: self.given[key] for key in keys if key in self.given}
        lines = "\n" in blank
        if lines and not self._place.safe:  # what ends the line before it may be needed there
            yield from self._shown(blank)
        if found or self._waiting:
            self._exact = self._exact and not lines and self._place.safe and len(found) == len(keys)
            self._marks += mark[0]
        safe, self._waiting = self._place.safe, self._waiting | found
        self._due = self._due or bool(self._waiting and self._since and safe)
        if lines and safe:
            yield from self._shown(blank)

    def _shown(self, text: str) -> Iterator[LoopEvent]:
        """Text goes on its way, a line at a time where citations wait for the end of one."""
        if not text:
            return
        if self._due:
            yield from self._cited()
        while self._waiting and text:
            line, end, text = text.partition("\n")
            yield from self._added(line)
            if end and self._place.line_ends:
                yield from self._cited()
            yield from self._added(end)
        yield from self._added(text)

    def _added(self, text: str) -> Iterator[LoopEvent]:
        joined = _OPENING.sub(r"\1", self._last + text)
        text, self._last = joined[len(self._last) :], joined[-5:]
        if text:
            self._place.move(text)
            self._since += len(text)
            yield TextAdded(self._turn, text)

    def _cited(self) -> Iterator[LoopEvent]:
        """The citations that wait, of the text since the last ones; where there is none they wait on."""
        if not self._since:
            return
        marks = self._marks if self._exact else ""
        yield TextSourced(self._turn, self._since, self._citations, marks=marks)
        self._waiting, self._marks, self._exact, self._since, self._due = {}, "", True, 0, False

    @property
    def _citations(self) -> tuple[Citation, ...]:
        return tuple(Citation(each.path, each.title, "", each.cited) for each in self._waiting.values())

    def _sourced(self, event: TextSourced) -> Iterator[LoopEvent]:
        """What the provider says of the end of its text, which had marks where it is shorter here."""
        if self._held and not _CUT.match(self._held):
            yield from self._shown(self._held)
            self._held = ""
        if self._waiting and self._since:
            yield TextSourced(event.turn, self._since, (*self._citations, *event.citations))
            self._waiting = {}
        elif self._since >= event.length:
            yield event
        elif self._since:
            yield TextSourced(event.turn, self._since, event.citations)
        self._marks, self._exact, self._since, self._due = "", not self._waiting, 0, False


class _Place:
    """Where in its Markdown a growing text has come to: only as much as says whether it is in code."""

    def __init__(self) -> None:
        self.fence = ""  # the marks that opened the code block it is in
        self.after_fence = False  # on the line that closed one
        self._closing_line = ""
        self._line = ""

    @property
    def safe(self) -> bool:
        """Whether something may be shown at this place."""
        return self.line_ends and len(_TICKS.findall(self._line)) % 2 == 0

    @property
    def line_ends(self) -> bool:
        """Whether something may be shown if the line ended at this place."""
        return not self.in_code and bool(self._line.strip())

    @property
    def in_code(self) -> bool:
        """Whether it is in a code block, or on a line that opens or closes one."""
        return bool(self.fence or _FENCE.match(self._line))

    @property
    def closing(self) -> str:
        """What ends the code that a text ends in, so that something may be shown behind it."""
        if self.after_fence or not self.in_code:
            return "\n" if self.after_fence else ""
        line = self._closing_line if self.fence else _closing_line(self._line)
        return ("\n" if self._line else "") + line + "\n"

    def move(self, text: str) -> None:
        *lines, last = text.split("\n")
        for line in lines:
            self._line += line
            self._end()
        self._line += last
        self.after_fence = bool(self._closes)

    def _end(self) -> None:
        found = _FENCE.match(self._line)
        if self._closes:
            self.fence = ""
        elif found and not self.fence:
            self.fence, self._closing_line = found[1], _closing_line(self._line)
        self._line = ""

    @property
    def _closes(self) -> bool:
        if not self.fence:
            return False
        line = self._line.strip(" \t>")
        return len(line) >= len(self.fence) and set(line) == {self.fence[0]}


def _closing_line(opening: str) -> str:
    """The line that closes the code which this one opens: as far in, and in the same quote."""
    found = _FENCE.match(opening)
    return re.sub(r"[^>\s]", " ", opening[: found.start(1)]) + found[1] if found else ""
