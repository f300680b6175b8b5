"""What the messages are made of: English words, some in every other message and some in ten of a million."""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

HERE = Path(__file__).parent
FREQUENT = (HERE / "frequent.txt").read_text().split()
STEMS = (HERE / "stems.txt").read_text().split()
ENDINGS = ("", "s", "ed", "ing", "er", "ers", "ment", "able", "ion", "ions")
RARE_IN = 10  # messages that hold each rare word
RARE = [f"{stem}{tail}ium" for stem in STEMS[::4] for tail in ("ax", "or", "el")]
WORDS = [*FREQUENT, *(f"{stem}{ending}" for ending in ENDINGS for stem in STEMS if len(stem + ending) > 3)]


def stream(length: int, luck: random.Random) -> list[str]:
    """Words by Zipf's law, in sentences of some twelve: each message is a piece of it."""
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(WORDS))))
    words = luck.choices(WORDS, cum_weights=weights, k=length)
    place = 0
    while place < length - 1:
        words[place] = words[place].capitalize()
        place += luck.randint(6, 18)
        if place < length:
            words[place - 1] += "."
    return words
