"""Text as it enters: what breaks databases, encoders and documents later is put right once, here.

Lone surrogates make every encoder raise, NUL is refused by PostgreSQL, control characters and the two
last code points of the plane are refused by XML.
"""

import re

REPLACEMENT = "\ufffd"
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Marks that turn the direction of what follows: they could make "gpj.exe" look like "exe.jpg"."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\v\f\x85]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_NOT_CHARACTERS = re.compile("[\ufffe\uffff]")
_HELD_BACK = re.compile("[\r\ud800-\udbff]\\Z")


def clean_text(text: str) -> str:
    """The same text with `\\n` line ends, whole characters and no controls but tab. Never raises."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    return _NOT_CHARACTERS.sub(REPLACEMENT, text)


class TextCleaner:
    """`clean_text` for text that comes in pieces: the pieces joined equal the whole cleaned.

    Half a surrogate pair or a `\\r` at the end of a piece waits for the next one.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        text = self._held + piece
        held = _HELD_BACK.search(text)
        self._held = held.group() if held else ""
        return clean_text(text[: len(text) - len(self._held)])

    def finish(self) -> str:
        text, self._held = self._held, ""
        return clean_text(text)


def single_line(text: str) -> str:
    """Clean, and nothing in it breaks the line or turns what stands beside it around."""
    return " ".join(TURNING.sub("", clean_text(text)).split())
