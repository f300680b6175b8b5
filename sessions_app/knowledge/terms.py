"""A question as the terms that are looked for: what says something, weighed by how rare it is among the passages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from uuid import UUID

from . import index
from .ranking import Term, rarity
from .words import Asked, asked

TERMS = 16  # of a question; the rarest are kept
LANGUAGES = 6
STEM = 4  # letters that a word has in common with those like it, and a part of a compound at the least
LIKE = 0.8  # how like one must be, and how much it then counts at the most
PART = 0.6  # how much a part of a compound counts
JOINED = 0.9  # how much counts what is written as one word: "time stamp", "timestamp"
LOOKED_AT = 300  # words that begin alike
LINKS = ("", "s", "n", "es", "en", "er", "e")  # letters between the parts of a compound


def terms_of(question: str, videos: Sequence[UUID] | None) -> list[Term]:
    """What to look for in these videos (None: in all), in the order of the question. Empty where there is nothing to be
    found, whatever was typed."""
    languages = index.languages(videos)
    words = asked(question, list(languages)[:LANGUAGES]) if languages else []
    saying = [each for each in words if not each.empty] or words
    passages = sum((languages if videos is None else index.languages(None)).values())
    numbers = index.counts(dict.fromkeys([*_stems(saying), *_joined(saying)]))
    terms = [_term(each, numbers, passages) for each in saying]
    for (one, first), (other, second) in pairwise(zip(saying, terms, strict=True)):
        together = {form: JOINED for form in _joined([one, other]) if form in numbers}
        first.forms.update(together)
        second.forms.update(together)
    rarest = sorted(range(len(terms)), key=lambda at: -terms[at].weight)[:TERMS]
    return [terms[at] for at in sorted(rarest)]


def _stems(words: Iterable[Asked]) -> list[str]:
    return [stem for each in words for stem in each.stems]


def _joined(words: Sequence[Asked]) -> list[str]:
    return [one.word + stem for one, other in pairwise(words) for stem in other.stems]


def _term(word: Asked, numbers: Mapping[str, int], passages: int) -> Term:
    forms = {stem: 1.0 for stem in word.stems if stem in numbers}
    if not forms:
        near = _parts(word.word) or _like(word.stems[0])
        forms, numbers = (
            {form: share for form, (share, _) in near.items()},
            {f: n for f, (_, n) in near.items()},
        )
    number = sum(numbers[form] for form in forms)
    return Term(word.word, dict(forms), number, rarity(number, passages))


def _parts(word: str) -> dict[str, tuple[float, int]]:
    """Two words that make up this one, if there are such: "fahrradkette" is fahrrad and kette."""
    if len(word) < 2 * STEM or not word.isalpha():
        return {}
    splits = [
        (word[: at - len(link)], word[at:])
        for at in range(STEM, len(word) - STEM + 1)
        for link in LINKS
        if word[:at].endswith(link) and at - len(link) >= STEM
    ]
    numbers = index.counts({each for split in splits for part in split for each in (part, part[:-1])})
    for split in splits:
        found = {
            form: (PART, numbers[form])
            for part in split
            for form in (part, part[:-1])
            if form in numbers and len(form) >= STEM - 1
        }
        if all(any(form in found for form in (part, part[:-1])) for part in split):
            return found
    return {}


def _like(stem: str) -> dict[str, tuple[float, int]]:
    """Words that are spelt almost like this one, which no passage holds."""
    if len(stem) <= STEM:
        return {}
    near = {}
    for form, number in index.beginning_with(stem[: STEM - 1], LOOKED_AT).items():
        alike = SequenceMatcher(None, stem, form).ratio() if abs(len(form) - len(stem)) <= STEM else 0
        if alike >= LIKE:
            near[form] = (alike * LIKE, number)
    return dict(sorted(near.items(), key=lambda each: -each[1][0])[:3])
