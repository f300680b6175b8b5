"""Text as the words by which passages are found: stems of the video's language, the same for both databases.

"Tightening the screws" is tighten, the, screw. Languages without an algorithm of Snowball (https://snowballstem.org)
keep their words as they are; those that write no blanks are cut into single characters and pairs of neighbours.
"""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from .stop_words import IRREGULAR, STOP_WORDS

LONGEST = 64  # a longer word is known by its beginning
LONGEST_QUESTION = 4000  # characters that are looked at
ALGORITHMS = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish", "nl": "dutch",
    "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "fa": "persian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
# Scripts whose words no blank parts: Thai to Burmese, Khmer, kana, Han. Hangul parts phrases, but not what is put
# behind a word.
_PAIRED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_ASCII = re.compile("[a-z0-9]+")
_PIECE = re.compile(f"[{_PAIRED}]+|[^{_PAIRED}]+")
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of a question, with its stems in the languages of the videos; `empty` if it says nothing in any of them."""

    word: str
    stems: tuple[str, ...]
    empty: bool = field(default=False)


def stems(text: str, language: str) -> list[str]:
    """The words of a text in their order, as the index knows them."""
    code = primary(language)
    if text.isascii():
        return [_ascii_stem(word, code) for word in _ASCII.findall(text.lower())]
    return [found for word in _words(text) for found in _stems_of(word, code)]


def asked(question: str, languages: Iterable[str]) -> list[Asked]:
    """The different words of a question. Operators, quotes and all other signs are only what stands between words."""
    codes = list(dict.fromkeys(map(primary, languages))) or [""]
    found: dict[str, Asked] = {}
    for word in dict.fromkeys(_words(question[:LONGEST_QUESTION])):
        for each in _asked(word, codes):
            found.setdefault(each.word, each)
    return list(found.values())


def _asked(word: str, codes: list[str]) -> Iterator[Asked]:
    if _IS_PAIRED.search(word):
        pieces = dict.fromkeys(piece for piece in _stems_of(word, "") if len(piece) > 1 or len(word) == 1)
        yield from (Asked(piece, (piece,)) for piece in pieces)
        return
    bare = fold(word)
    saying = [code for code in codes if bare not in STOP_WORDS.get(code, ())]
    said = dict.fromkeys(found for code in saying or codes for found in _stems_of(word, code))
    yield Asked(bare, tuple(said), empty=not saying)


@lru_cache(maxsize=256)
def primary(language: str) -> str:
    """de of de-CH."""
    return re.split("[-_]", language.strip().lower(), maxsplit=1)[0]


def fold(word: str) -> str:
    """Without what stands above and below its letters, where these are Latin, Greek or Cyrillic."""
    if word.isascii():
        return word
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", word) if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFKC", plain)


def _words(text: str) -> Iterable[str]:
    lowered = unicodedata.normalize("NFKC", text).casefold() if not text.isascii() else text.lower()
    return (_ASCII if lowered.isascii() else _run()).findall(lowered)


@cache
def _run() -> re.Pattern[str]:
    """Letters and digits with all that is written on them. The marks of Indian scripts are no letters to `re`."""
    marks = (
        chr(sign) for sign in range(sys.maxunicode + 1) if unicodedata.category(chr(sign)) in ("Mn", "Mc")
    )
    return re.compile(f"(?:[^\\W_]|[{re.escape(''.join(marks))}])+")


@lru_cache(maxsize=100_000)
def _ascii_stem(word: str, code: str) -> str:
    return _stem(word, code)[:LONGEST]


@lru_cache(maxsize=50_000)
def _stems_of(word: str, code: str) -> tuple[str, ...]:
    if word.isascii():
        return (_ascii_stem(word, code),)
    if not _IS_PAIRED.search(word):
        return (fold(_stem(word, code))[:LONGEST],)
    return tuple(found for piece in _PIECE.findall(word) for found in _piece(piece, code))


def _piece(piece: str, code: str) -> Iterator[str]:
    if _IS_PAIRED.match(piece):
        yield from piece
        yield from (piece[at : at + 2] for at in range(len(piece) - 1))
    else:
        yield fold(_stem(piece, code))[:LONGEST]


def _stem(word: str, code: str) -> str:
    if code not in ALGORITHMS or any(sign.isdigit() for sign in word):
        return word
    if code == "en":
        word = IRREGULAR.get(word, word)
    return str(_stemmer(code).stemWord(word)) or word


def _stemmer(code: str) -> Any:
    """One for each thread: it works on what it holds."""
    import snowballstemmer  # brings thirty languages, which only those need who have videos

    kept: dict[str, Any] = _local.__dict__.setdefault("stemmers", {})
    if code not in kept:
        kept[code] = snowballstemmer.stemmer(ALGORITHMS[code])
    return kept[code]
