"""Bytes of a text file become text: UTF-8, UTF-16 or, where neither fits, what is guessed. Never raises for text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from sessions_app.rendering import clean_text

from .encodings import WESTERN, guess
from .kinds import TAKEN, Refusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27}) + b"\x7f"
MOST_CONTROLS = 0.02  # of all bytes: old tools leave a few in a text


@dataclass(frozen=True, slots=True)
class Decoded:
    """Cleaned text, and the encoding it was read in; `guessed` is its name for people where the file does not tell."""

    text: str
    encoding: str
    guessed: str = ""


def decoded(data: bytes, *, whole: bool) -> Decoded:
    """`whole` says that `data` is all of the file: else its last character may be cut. Raises Refusal for what is no
    text."""
    encoding, guessed = _encoding(data, whole)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data, whole)
    return Decoded(clean_text(text).removeprefix("\ufeff"), encoding, guessed)


def _encoding(data: bytes, whole: bool) -> tuple[str, str]:
    told = next((name for mark, name in _MARKS if data.startswith(mark)), "") or _unmarked(data)
    if told:
        return told, ""
    if len(data.translate(None, _CONTROLS)) < len(data) * (1 - MOST_CONTROLS):
        raise Refusal(f"This is a binary file of a kind that is not known. {TAKEN}")
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(data, whole)
    except UnicodeDecodeError:
        return guess(data, whole=whole) or WESTERN
    return "utf-8", ""


def decoded_end(data: bytes, encoding: str) -> str:
    """The end of a file whose beginning was read in `encoding`: its first line, which may be cut, is left out. `data`
    begins at a multiple of four bytes."""
    text = clean_text(data.decode(encoding, "replace"))
    return text.partition("\n")[2] or text


def _unmarked(data: bytes) -> str:
    """UTF-16 without its mark: of mostly western text every other byte is zero."""
    sample = data[:4000]
    if b"\x00" not in sample or len(sample) < 4:
        return ""
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.6 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.05 else ""
