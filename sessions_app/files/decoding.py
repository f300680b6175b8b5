"""Bytes of a text file become text: UTF-8, UTF-16 or, where neither fits, one byte a letter. Never raises for text."""

from __future__ import annotations

import codecs

from sessions_app.rendering import clean_text

from .kinds import TAKEN, Refusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27}) + b"\x7f"
MOST_CONTROLS = 0.02  # of all bytes: old tools leave a few in a text


def decoded(data: bytes, *, whole: bool) -> str:
    """Cleaned text. `whole` says that `data` is all of the file: else its last character may be cut. Raises Refusal
    for what is no text."""
    text = clean_text(_strict(data, whole))
    return text.removeprefix("\ufeff")


def _strict(data: bytes, whole: bool) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "") or _unmarked(data)
    if encoding:
        return codecs.getincrementaldecoder(encoding)("replace").decode(data, whole)
    if len(data.translate(None, _CONTROLS)) < len(data) * (1 - MOST_CONTROLS):
        raise Refusal(f"This is a binary file of a kind that is not known. {TAKEN}")
    try:
        return codecs.getincrementaldecoder("utf-8")("strict").decode(data, whole)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _unmarked(data: bytes) -> str:
    """UTF-16 without its mark: of mostly western text every other byte is zero."""
    sample = data[:4000]
    if b"\x00" not in sample or len(sample) < 4:
        return ""
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.6 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.05 else ""
