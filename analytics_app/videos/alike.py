"""Questions that ask alike, by their words. Pure; no model, no network.

A question is the set of the stems of its words without stop words, code, addresses and quotes. It joins the group whose
first question shares most of them with it, where these are at least ALIKE of all words of both; else it begins a group.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

import snowballstemmer

from analytics_app.topics import terms_of

ALIKE = 0.6
LEAST = 2  # questions of a group
LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nb": "norwegian", "nl": "dutch",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Group(Generic[Key]):
    """Questions that ask alike; `example` is the first of them."""

    example: str
    stems: frozenset[str]
    keys: list[Key] = field(default_factory=list)


def stems_of(terms: Iterable[str], language: str = "en") -> frozenset[str]:
    """Of the terms of a text (`topics.terms_of`), whose pairs say nothing more here; in a BCP 47 language."""
    name = LANGUAGES.get(language.partition("-")[0].lower(), "")
    return frozenset(_stem(term, name) for term in terms if " " not in term)


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    """A stemmer of its own each time: one that is shared is not safe among threads."""
    return str(snowballstemmer.stemmer(language).stemWord(word)) if language else word


def stems(text: str, language: str = "en") -> frozenset[str]:
    return stems_of(terms_of(text), language)


def groups(questions: Iterable[tuple[Key, str, frozenset[str]]]) -> list[Group[Key]]:
    """Of keys, texts and stems: those with at least LEAST questions, the largest first, then in the order they came.
    Texts without a word that says something belong to none."""
    found: list[Group[Key]] = []
    holding: dict[str, list[int]] = defaultdict(list)
    for key, text, words in questions:
        if not words:
            continue
        shared = Counter(place for word in words for place in holding[word])
        near = {place: count / len(words | found[place].stems) for place, count in shared.items()}
        place = max(near, key=lambda each: (near[each], -each), default=None)
        if place is None or near[place] < ALIKE:
            place = len(found)
            found.append(Group(text, words))
            for word in words:
                holding[word].append(place)
        found[place].keys.append(key)
    return sorted((each for each in found if len(each.keys) >= LEAST), key=lambda each: -len(each.keys))
