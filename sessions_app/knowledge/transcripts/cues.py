"""What parsers find becomes cues: unrolled, split by who speaks, in order, within the video's length. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sessions_app.agent.passages import clock

from .problems import Problems

VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s+([^<>\n]{1,200})>")
NAME = r"[^\W\d_a-zß-ÿ][\w.'’-]{0,30}(?: [^\W_a-zß-ÿ][\w.'’-]{0,30}){0,3}"
"""Of who speaks: up to four words, none with a small letter first."""

_SPEAKER = re.compile(rf"(?:>>+|-|–)?\s*({NAME})\s?:\s+(?=\S)")
_CHANGE = re.compile(r"(?:>>+|&gt;&gt;+)\s*")
SPOKEN_MS = 65  # that a character takes to say, about
LONGEST_GUESS = 30_000
ROLLING = "Each cue repeats the line before, as rolling captions do; what is repeated was left out."


@dataclass(frozen=True, slots=True)
class Found:
    """A cue as a parser found it; `line` is where, from 1. An `end_ms` of None is where the next one starts."""

    line: int
    start_ms: int
    end_ms: int | None
    lines: tuple[str, ...]
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    speaker: str
    text: str
    line: int = 0

    @property
    def row(self) -> list[int | str]:
        """As `Transcript.cues` keeps it."""
        return [self.start_ms, self.end_ms, self.speaker, self.text]


def cues_of(
    found: Sequence[Found], problems: Problems, *, length_ms: int | None = None, markup: bool = True
) -> list[Cue]:
    """Usable cues, ordered, none ending behind the next one's start or the video's end. What was changed is noted."""
    unrolled = _unrolled(found, problems)
    ordered = _ordered(unrolled, problems)
    ended = _ended(ordered, problems, told=unrolled is found)
    spoken = [cue for each in ended for cue in _spoken(each, markup, problems)]
    return list(_within(spoken, length_ms, problems))


# ---------------------------------------------------------------- rolling captions


def _unrolled(found: Sequence[Found], problems: Problems) -> Sequence[Found]:
    """Without what each cue repeats of the one before, where most of them do: a refrain stays."""
    shown = [tuple(line.strip() for line in each.lines if line.strip()) for each in found]
    if not _rolls(shown):
        return found
    problems.note(found[0].line, ROLLING)
    kept: list[Found] = []
    before: tuple[str, ...] = ()
    for each, lines in zip(found, shown, strict=True):
        fresh = lines[_repeated(before, lines) :]
        if fresh:
            kept.append(replace(each, lines=fresh))
        before = lines or before
    return kept


def _rolls(shown: Sequence[tuple[str, ...]]) -> bool:
    pairs = [(a, b) for a, b in pairwise(shown) if a and b]
    rolling = sum(1 for a, b in pairs if a[-1] == b[0] or a == b)
    growing = any(len(b) > 1 for a, b in pairs if a[-1] == b[0])
    return growing and len(pairs) >= 2 and rolling * 2 >= len(pairs)


def _repeated(before: tuple[str, ...], lines: tuple[str, ...]) -> int:
    """How many lines at the beginning are the last ones of what was shown before."""
    for count in range(min(len(before), len(lines), 8), 0, -1):
        if before[-count:] == lines[:count]:
            return count
    return 0


# ---------------------------------------------------------------- times


def _ordered(found: Sequence[Found], problems: Problems) -> list[Found]:
    latest = -1
    for each in found:
        if each.start_ms < latest:
            problems.note(each.line, "This cue begins before the one above it; it was put in its place.")
        latest = max(latest, each.start_ms)
    return sorted(found, key=lambda each: each.start_ms)


def _ended(ordered: Sequence[Found], problems: Problems, *, told: bool) -> Iterator[Found]:
    for place, each in enumerate(ordered):
        following = ordered[place + 1].start_ms if place + 1 < len(ordered) else None
        end = each.end_ms
        if end is not None and end < each.start_ms:
            problems.note(each.line, "This cue ends before it begins; it ends where the next one begins.")
            end = None
        if end is None:
            end = following if following is not None else each.start_ms + _guess(each)
        if following is not None and end > following:
            if told:
                problems.note(each.line, "This cue overlaps the next one; it ends where that begins.")
            end = following
        yield replace(each, end_ms=end)


def _guess(each: Found) -> int:
    return min(LONGEST_GUESS, max(1_000, SPOKEN_MS * sum(map(len, each.lines))))


def _within(cues: Iterable[Cue], length_ms: int | None, problems: Problems) -> Iterator[Cue]:
    for cue in cues:
        if length_ms is None or cue.end_ms <= length_ms:
            yield cue
        elif cue.start_ms >= length_ms:
            problems.note(cue.line, f"This begins behind the end of the video ({clock(length_ms)}).")
        else:
            problems.note(cue.line, f"This cue ends with the video, at {clock(length_ms)}.")
            yield replace(cue, end_ms=length_ms)


# ---------------------------------------------------------------- words


def _spoken(each: Found, markup: bool, problems: Problems) -> Iterator[Cue]:
    """One cue for each voice in it; their times are parted by characters."""
    voices = list(_voices(each, markup))
    if not voices:
        problems.note(each.line, "There are no words in this cue; it was left out.")
        return
    end = each.end_ms if each.end_ms is not None else each.start_ms
    size = sum(len(text) for _, text in voices)
    said, at = 0, each.start_ms
    for speaker, text in voices:
        said += len(text)
        until = each.start_ms + (end - each.start_ms) * said // size
        yield Cue(at, until, speaker, text, each.line)
        at = until


def _voices(each: Found, markup: bool) -> Iterator[tuple[str, str]]:
    whole = "\n".join(each.lines)
    if not markup:
        yield from _named(each.speaker, whole)
        return
    parts = VOICE.split(whole)
    yield from _named(each.speaker, html.unescape(parts[0]))
    for speaker, text in zip(parts[1::2], parts[2::2], strict=True):
        yield from _named(_plain(html.unescape(speaker)), html.unescape(text))


def _named(speaker: str, text: str) -> Iterator[tuple[str, str]]:
    """Who speaks is said before, or by the text itself: `Anna: …`."""
    text = _plain(text)
    if not speaker:
        named = _SPEAKER.match(text)
        if named and len(named[1]) <= 60:
            speaker, text = named[1], text[named.end() :]
        else:
            text = _CHANGE.sub("", text, count=1) if text.startswith((">>", "&gt;&gt;")) else text
    if text:
        yield speaker[:100], text


def _plain(text: str) -> str:
    """On one line, with single spaces."""
    return " ".join(text.split())
