"""In which encoding a text is that is no UTF: guessed by which characters it would hold. Pure."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

WESTERN = ("cp1252", "Western European")
SAMPLE = 4_000  # characters
COMMON = 0.9  # of the characters beyond ASCII are frequent ones
TOGETHER = 0.5  # of them stand beside another: in western texts they stand alone between letters


@dataclass(frozen=True, slots=True)
class Family:
    """An encoding of two bytes a character. `common`: first bytes of its frequent characters, `sign`: of those that
    tell it from others, of which there is at least a share of `least`. Second bytes are `second` at least."""

    codec: str
    name: str
    common: frozenset[int]
    sign: frozenset[int]
    least: float
    second: int = 0xA1


def rows(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(row for first, last in ranges for row in range(first, last + 1))


# Kana tell Japanese. Frequent Hangul lie in rows of which frequent Chinese characters fill only a part.
FAMILIES = (
    Family("cp932", "Shift-JIS", rows((0x81, 0x83), (0x88, 0x9F)), rows((0x82, 0x83)), 0.1, 0x40),
    Family("euc_jp", "EUC-JP", rows((0xA1, 0xA5), (0xB0, 0xDA)), rows((0xA4, 0xA5)), 0.1),
    Family("euc_kr", "EUC-KR", rows((0xA1, 0xA3), (0xB0, 0xC8)), rows((0xB0, 0xC8)), 0.7),
    Family("gb18030", "GBK", rows((0xA1, 0xA3), (0xB0, 0xD7)), rows((0xB0, 0xD7)), 0.5),
    Family("big5", "Big5", rows((0xA1, 0xC6)), rows((0xA4, 0xC6)), 0.5, 0x40),
)


def guess(data: bytes, *, whole: bool) -> tuple[str, str] | None:
    """Codec and name of the first family whose characters this text may well be made of; None where none is. `whole`
    says that the last character is not cut."""
    for family in FAMILIES:
        try:
            text = codecs.getincrementaldecoder(family.codec)("strict").decode(data, whole)
        except UnicodeDecodeError:
            continue
        if _plausible(text[:SAMPLE], family):
            return family.codec, family.name
    return None


def _plausible(text: str, family: Family) -> bool:
    beyond = [character > "\x7f" for character in text]
    total = sum(beyond)
    if not total:
        return False
    beside = zip(beyond, [False, *beyond], [*beyond[1:], False], strict=False)
    together = sum(here and (before or after) for here, before, after in beside)
    pairs = [character.encode(family.codec) for character in text if character > "\x7f"]
    found = [pair[0] for pair in pairs if len(pair) == 2 and pair[1] >= family.second]
    common, signs = sum(row in family.common for row in found), sum(row in family.sign for row in found)
    return common >= COMMON * total and signs >= family.least * total and together >= TOGETHER * total
