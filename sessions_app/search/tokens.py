"""Text as the words that are searched: folded the same for every database, so that both find the same.

A word is a run of letters and digits, without case and diacritics: "Über-Größe 5" is uber, grosse, 5. Chinese and
Japanese are written without spaces: each of their characters is a word, and what is typed together a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LONGEST = 64  # a longer word is known by its beginning
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_ASCII = re.compile("[a-z0-9]+")
_TOO_LONG = re.compile(f"[A-Za-z0-9]{{{LONGEST + 1}}}")
_RUN = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_WORD = re.compile(f"[{_CJK}]|[^\\W_{_CJK}]+")
_ACCENT = re.compile("[\u0300-\u036f]")


def tokens(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():
        return [word[:LONGEST] for word in _ASCII.findall(text.lower())]
    return [token for run in _RUN.findall(text) for token in _folded(run)]


def for_fts(text: str) -> str:
    """A text of which FTS5's own tokenizer makes these words. Plain ASCII is one already, where no word is cut."""
    if text.isascii() and not _TOO_LONG.search(text):
        return text
    return " ".join(tokens(text))


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The words and where in the text each stands; several of one run share its place, but for CJK characters."""
    for run in _RUN.finditer(text):
        words = _folded(run[0])
        start, end = run.span()
        if len(words) == end - start:
            yield from ((word, start + place, start + place + 1) for place, word in enumerate(words))
        else:
            yield from ((word, start, end) for word in words)


@lru_cache(maxsize=4096)
def _folded(run: str) -> tuple[str, ...]:
    if run.isascii():
        return (run.lower()[:LONGEST],)
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", run))
    return tuple(word[:LONGEST] for word in _WORD.findall(unicodedata.normalize("NFKC", bare).casefold()))
