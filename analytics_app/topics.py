"""What messages are about: words and pairs of words, counted once a message. Deterministic, no model, no network.

A topic is a word that is no stop word, or two that follow each other directly. Code, addresses and quotes are left
out. Function words are known of English, German, French and Spanish; other languages may show some of theirs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from .languages import ALL_STOP_WORDS
from .moods import CODE, TEXT_LIMIT

TERMS_A_MESSAGE = 40
TERM_LENGTH = 40
LEAST = 2  # messages that share a topic
PART = 0.6  # of a word's messages have it in one pair: the pair is the topic
WORD = re.compile(r"[^\W\d_][\w+#'’.-]*")
BREAK = re.compile(r"[\n.,;:!?()\[\]{}\"“”„«»…/|<>=*]+(?:\s|$)|[\n;:!?()\[\]{}\"“”„«»…/|<>=*,]")


def terms_of(text: str) -> list[str]:
    """The words and pairs of a message, each once, in their order; at most 40, of the first 2,000 characters."""
    found: dict[str, None] = {}
    for phrase in BREAK.split(CODE.sub("\n", text[:TEXT_LIMIT])):
        before = ""
        for word in phrase.split():
            term = _term(word)
            if term:
                found[term] = None
                if before:
                    found[f"{before} {term}"] = None
            before = term
    return list(found)[:TERMS_A_MESSAGE]


def _term(word: str) -> str:
    """A word as a topic, or nothing: stop words, numbers and what is too short or too long break a pair."""
    match = WORD.match(word.strip("'’`\"-_~").lower())
    if match is None:
        return ""
    term = match[0].rstrip(".-'’").removesuffix("'s").removesuffix("’s")
    fits = 2 <= len(term) <= TERM_LENGTH and term.replace("’", "'") not in ALL_STOP_WORDS
    return term if fits else ""


def common(counts: Mapping[str, int], limit: int = 10) -> list[tuple[str, int]]:
    """The topics of these counts of messages, most common first. A plural counts with its singular under the more
    common of the two; a word that mostly stands in one pair, and a pair, are one topic."""
    merged = _singular(counts)
    shared = {term: count for term, count in merged.items() if count >= LEAST}
    covered = _covered(shared)
    ranked = sorted(shared.items(), key=lambda item: (-item[1], " " not in item[0], item[0]))
    return [(term, count) for term, count in ranked if term not in covered][:limit]


def _singular(counts: Mapping[str, int]) -> Counter[str]:
    merged = Counter(counts)
    for term in sorted(counts):
        plural = f"{term}s"
        if plural in counts and len(term) > 2:
            kept, gone = (term, plural) if counts[term] >= counts[plural] else (plural, term)
            merged[kept] = merged[term] + merged[plural]
            del merged[gone]
    return merged


def _covered(shared: Mapping[str, int]) -> set[str]:
    """Words told by a pair already, and pairs that say less than their word."""
    covered: set[str] = set()
    for pair, count in shared.items():
        if " " in pair:
            words = pair.split(" ")
            told = [word for word in words if count >= PART * shared.get(word, 0)]
            covered.update(told if told else [])
    return covered


def leading(counts: Mapping[str, int], limit: int) -> dict[str, int]:
    """The terms of most messages, in an order that does not depend on that of the messages."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit])
