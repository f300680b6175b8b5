"""Where the terms of a query stand in a text: for ranking, for the snippet and its marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .language import Term
from .tokens import spans, tokens

SNIPPET = 240
BEFORE = 60
LOOKED_AT = 300  # occurrences
_K, _B, _USUAL_LENGTH = 1.2, 0.75, 400.0  # the constants of BM25, with a message's usual length in characters


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence: characters `start` to `end`, of the term of this number."""

    start: int
    end: int
    term: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text on one line, cut ends marked; `highlights` are character ranges in it."""

    text: str
    highlights: tuple[tuple[int, int], ...]


def places(text: str, terms: Sequence[Term]) -> list[Place]:
    """All occurrences, in the order of the text."""
    found = _in_ascii(text, terms) if text.isascii() else _in_any(text, terms)
    return sorted(found, key=lambda place: (place.start, place.end))


def _in_ascii(text: str, terms: Sequence[Term]) -> list[Place]:
    lowered = text.lower()
    return [
        Place(*hit.span(), number)
        for number, term in enumerate(terms)
        for hit in _pattern(term).finditer(lowered)
    ]


@lru_cache(maxsize=256)
def _pattern(term: Term) -> re.Pattern[str]:
    """The term in lowered ASCII text or in words joined by blanks. What stands before it is asked after its first
    letters: so these are searched for as they are, several times as fast."""
    first, *others = map(re.escape, term.words)
    end = "[a-z0-9]*" if term.begins else "(?![^\\W_])"
    return re.compile(f"{first}(?<![^\\W_]{first})" + "".join(f"[\\W_]+{word}" for word in others) + end)


def _in_any(text: str, terms: Sequence[Term]) -> list[Place]:
    words = list(spans(text))
    return [
        Place(words[at][1], words[at + len(term.words) - 1][2], number)
        for number, term in enumerate(terms)
        for at in range(len(words) - len(term.words) + 1)
        if _stands(words, at, term)
    ]


def _stands(words: Sequence[tuple[str, int, int]], at: int, term: Term) -> bool:
    last = len(term.words) - 1
    if any(words[at + step][0] != term.words[step] for step in range(last)):
        return False
    word = words[at + last][0]
    return word.startswith(term.words[last]) if term.begins else word == term.words[last]


def score(text: str, length: int, terms: Sequence[Term]) -> float:
    """How much a text is about the terms, as BM25 has it but for the rarity of words: all hits hold all terms.

    `text` may be the beginning of one of `length` characters.
    """
    subject = text.lower() if text.isascii() else " ".join(tokens(text))
    norm = _K * (1 - _B + _B * length / _USUAL_LENGTH)
    total = 0.0
    for term in terms:
        times = max(1, len(_pattern(term).findall(subject)))
        total += times * (_K + 1) / (times + norm)
    return total


def snippet(text: str, terms: Sequence[Term]) -> Snippet:
    """About 240 characters where the most different terms stand together."""
    line = " ".join(text.split())
    found = places(line, terms)
    start = _best_start(found[:LOOKED_AT])
    if start:
        start = line.find(" ", start, start + BEFORE // 2) + 1 or start
    end = start + SNIPPET
    before = "…" if start else ""
    shift = len(before) - start
    marks = _joined([place for place in found if place.start >= start and place.end <= end])
    piece = f"{before}{line[start:end]}{'…' if end < len(line) else ''}"
    return Snippet(piece, tuple((first + shift, last + shift) for first, last in marks))


def _best_start(found: Sequence[Place]) -> int:
    best, most = 0, 0
    last = 0
    for number, place in enumerate(found):
        last = max(last, number)
        while last < len(found) and found[last].end <= place.start + SNIPPET - BEFORE:
            last += 1
        different = len({each.term for each in found[number:last]})
        if different > most:
            best, most = place.start, different
    return max(0, best - BEFORE)


def _joined(found: Sequence[Place]) -> list[tuple[int, int]]:
    """Ranges that neither overlap nor touch."""
    ranges: list[tuple[int, int]] = []
    for place in found:
        if ranges and place.start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], place.end))
        else:
            ranges.append((place.start, place.end))
    return ranges
