"""What counts as one emoji: a single grapheme that is drawn as a picture.

The shapes are those of https://www.unicode.org/reports/tr51/ (flags, keycaps, sequences joined by ZWJ, skin tones,
subdivision flags). Which symbols there are is told by ranges, a little wider than the table, so that those of a later
year are taken too.
"""

import re

LONGEST = 32
_JOINER, _AS_PICTURE = "\u200d", "\ufe0f"
_SYMBOL = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f004\U0001f0cf\U0001f170-\U0001f19a\U0001f201-\U0001f251"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001faff]"
)
_ONE = f"{_SYMBOL}(?:{_AS_PICTURE}|[\U0001f3fb-\U0001f3ff])?(?:[\U000e0020-\U000e007e]+\U000e007f)?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = f"[0-9#*]{_AS_PICTURE}?\u20e3"
_EMOJI = re.compile(f"{_FLAG}|{_KEYCAP}|{_ONE}(?:{_JOINER}{_ONE})*")
_OLD_SYMBOL = re.compile("[\u00a9-\u3299]")


def single_emoji(text: str) -> str:
    """The one emoji this text is, in one spelling; empty where it is anything else."""
    text = text.strip()
    if len(text) > LONGEST or not _EMOJI.fullmatch(text):
        return ""
    return text + _AS_PICTURE if _OLD_SYMBOL.fullmatch(text) else text
