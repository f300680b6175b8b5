"""How much a passage is about a question. Pure: no database.

First by BM25 over the words of the passage, with more where several of the question's words are there and stand near each
other, some of what its neighbours and its title say, and a little of how much else its video says about the question.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

K, B = 1.2, 0.5  # of BM25
USUAL_LENGTH = 150  # words of a passage
NEAR = 8  # words
TITLE = 0.25
NEIGHBOUR = 0.1
OF_VIDEO = 0.25
VIDEO_BEST = 4  # passages
NEARNESS = 0.15
COVERED = 0.5
AGAIN = 0.93  # what each further passage of a video counts
SHARED = 0.34  # of the shorter one, from which on two passages are one


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question: the stems that count for it, how much each counts (0 to 1), in how many passages it is."""

    word: str
    forms: dict[str, float]
    number: int
    weight: float


@dataclass(frozen=True, slots=True)
class Text:
    """A passage to be ranked: its words and those of its video's title as stems, and both as they are."""

    key: int
    video: UUID
    transcript: UUID
    number: int
    start_ms: int
    end_ms: int
    words: Sequence[str]
    title: Sequence[str]
    called: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """With what it is worth, and the words of the question it holds, by their places there."""

    text: Text
    score: float
    held: frozenset[int]


def rarity(number: int, passages: int) -> float:
    """How much a word weighs that `number` of all passages hold."""
    return math.log(1 + passages / (number + 1))


def similarity(words: Sequence[str], title: Sequence[str], terms: Sequence[Term]) -> float:
    """What part of the question a passage says, from 0 to 1: the weights of its words that are in it, by those of all of
    them. A word of the title alone counts half."""
    whole = sum(term.weight for term in terms)
    said, named = set(words), set(title)
    held = (term.weight * max(_held(term, said), _held(term, named) / 2) for term in terms)
    return min(1.0, sum(held) / whole) if whole else 0.0


def _held(term: Term, words: set[str]) -> float:
    return max((share for form, share in term.forms.items() if form in words), default=0.0)


def rank(texts: Sequence[Text], terms: Sequence[Term]) -> list[Ranked]:
    """All of them, best first."""
    places = [_places(text.words, terms) for text in texts]
    own = [_own(text, found, terms) for text, found in zip(texts, places, strict=True)]
    by_place = {(text.transcript, text.number): score for text, score in zip(texts, own, strict=True)}
    videos = _of_videos(texts, own)
    ranked = []
    for text, found, score in zip(texts, places, own, strict=True):
        around = sum(by_place.get((text.transcript, text.number + step), 0.0) for step in (-1, 1))
        total = (score + NEIGHBOUR * around) * (1 + OF_VIDEO * videos[text.video])
        ranked.append(Ranked(text, total, frozenset(at for at, spots in enumerate(found) if spots)))
    return sorted(ranked, key=lambda each: (-each.score, each.text.key))


def _places(words: Sequence[str], terms: Sequence[Term]) -> list[list[tuple[int, float]]]:
    """For each term where it stands, and how much that form of it counts."""
    forms: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, term in enumerate(terms):
        for form, share in term.forms.items():
            forms[form].append((number, share))
    found: list[list[tuple[int, float]]] = [[] for _ in terms]
    for place, word in [each for each in enumerate(words) if each[1] in forms]:
        for number, share in forms[word]:
            found[number].append((place, share))
    return found


def _own(text: Text, found: Sequence[Sequence[tuple[int, float]]], terms: Sequence[Term]) -> float:
    """BM25 with coverage, nearness and title."""
    whole = sum(term.weight for term in terms) or 1.0
    norm = K * (1 - B + B * len(text.words) / USUAL_LENGTH)
    title = set(text.title)
    score = held = 0.0
    for term, spots in zip(terms, found, strict=True):
        often = sum(share for _, share in spots)
        if often:
            share = max(share for _, share in spots)
            score += term.weight * often * (K + 1) / (often + norm)
            held += term.weight * share
        score += term.weight * TITLE * _held(term, title)
    return score * (1 - COVERED + COVERED * held / whole) + NEARNESS * _nearness(found, terms)


def _nearness(found: Sequence[Sequence[tuple[int, float]]], terms: Sequence[Term]) -> float:
    """The lesser weight of each two terms that follow each other among those that are there, by how near they stand."""
    there = [(term, spots) for term, spots in zip(terms, found, strict=True) if spots]
    total = 0.0
    for (one, first), (other, second) in itertools.pairwise(there):
        apart = min(abs(a - b) for a, _ in first for b, _ in second)
        if 0 < apart <= NEAR:
            total += min(one.weight, other.weight) * (1 - (apart - 1) / NEAR)
    return total


def _of_videos(texts: Sequence[Text], scores: Sequence[float]) -> dict[UUID, float]:
    """How much the best passages of each video are worth together, from 0 to 1."""
    by_video: dict[UUID, list[float]] = defaultdict(list)
    for text, score in zip(texts, scores, strict=True):
        by_video[text.video].append(score)
    sums = {video: sum(sorted(found)[-VIDEO_BEST:]) for video, found in by_video.items()}
    most = max(sums.values(), default=0.0) or 1.0
    return {video: total / most for video, total in sums.items()}


class Spanned(Protocol):
    """A passage with its video and span."""

    @property
    def video(self) -> UUID: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


S = TypeVar("S", bound=Spanned)


def spread(
    found: Sequence[tuple[S, float]], limit: int, held: Mapping[int, frozenset[int]] | None = None
) -> list[S]:
    """The best `limit`, best first. Of two that overlap only the better one: where they share a third of their time, or
    the other says no further word of the question (`held`, by place in `found`). Each further one of a video counts a
    little less, so that where all are alike several videos get their say."""
    left = list(range(len(found)))
    taken: list[int] = []
    again: Counter[UUID] = Counter()
    while left and len(taken) < limit:
        best = max(left, key=lambda at: (found[at][1] * AGAIN ** again[found[at][0].video], -at))
        left.remove(best)
        if any(_same(found[best][0], found[one][0], _more(held, best, one)) for one in taken):
            continue
        taken.append(best)
        again[found[best][0].video] += 1
    return [found[at][0] for at in taken]


def _more(held: Mapping[int, frozenset[int]] | None, one: int, other: int) -> bool:
    return held is None or not held.get(one, frozenset()) <= held.get(other, frozenset())


def _same(one: Spanned, other: Spanned, more: bool) -> bool:
    if one.video != other.video:
        return False
    shared = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    shorter = max(1, min(one.end_ms - one.start_ms, other.end_ms - other.start_ms))
    return shared > 0 and (shared >= SHARED * shorter or not more)
