"""What may be typed: words (all must be there), "a phrase", -without, begin*. Everything else is only text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .tokens import tokens

LONGEST_QUERY = 1000
TERMS = 20
SHORTEST_PREFIX = 3  # letters; a shorter beginning would be most of all words
_ITEM = re.compile(r'(?P<minus>-(?=[^\s-]))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))(?P<star>\*?)')
_TAG = re.compile(r'(?<!\S)tag:(?:"(?P<phrase>[^"]+)"|(?P<word>[^\s"]+))', re.IGNORECASE)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"'))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand beside each other, one or several; with `begins` the last one may go on."""

    words: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must all be there, and those that must not."""

    terms: tuple[Term, ...]
    without: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse(text: str) -> Query:
    """Never raises. One without a word to look for is false: it finds nothing."""
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for item in _ITEM.finditer(text[:LONGEST_QUERY].translate(_QUOTES)):
        term = _term(item["phrase"] if item["word"] is None else item["word"], bool(item["star"]))
        if term is not None:
            (unwanted if item["minus"] else wanted).setdefault(term)
    return Query(tuple(wanted)[:TERMS], tuple(unwanted)[:TERMS])


def _term(text: str, star: bool) -> Term | None:
    words = tuple(tokens(text))
    if not words:
        return None
    begins = star or text.endswith("*")
    return Term(words, begins and len(words[-1]) >= SHORTEST_PREFIX)


def split_tags(text: str) -> tuple[str, tuple[str, ...]]:
    """What is typed without its `tag:name` and `tag:"two words"`, and those names."""
    plain = text.translate(_QUOTES)
    names = dict.fromkeys((found["phrase"] or found["word"]).strip() for found in _TAG.finditer(plain))
    return (_TAG.sub(" ", plain).strip(), tuple(names)) if names else (text, ())
