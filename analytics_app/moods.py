"""The mood of a message: from -1 (negative) to 1 (positive), by VADER, which knows English.

VADER was made for short public posts, where "kill", "error" or "help" tell a mood. In questions to an assistant they
are words of work: those of words/work.txt count nothing here. Text in other languages counts as neutral: it has few
words that VADER knows, and some of them mean something else ("die", "no"). How often it is right is measured in the tests and told in docs/analytics.md.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .languages import is_english

if TYPE_CHECKING:
    from vader import SentimentIntensityAnalyzer

Mood = Literal["positive", "neutral", "negative"]
TEXT_LIMIT = (
    2_000  # characters; a longer message tells its mood at the beginning, and time grows with the text
)
LIMIT = 0.2  # a mood weaker than this is none
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|^(?:    |\t).*$|^>.*$|https?://\S+", re.DOTALL | re.MULTILINE)
WORK_WORDS = (Path(__file__).parent / "words" / "work.txt").read_text().split()


def mood_of(text: str) -> float:
    """Between -1 and 1, of the first 2,000 characters without code, quotes and addresses."""
    plain = CODE.sub(" ", text[:TEXT_LIMIT])
    if not is_english(word.strip(".,;:!?()\"'") for word in plain.lower().split()):
        return 0.0
    return float(_analyzer().polarity_scores(plain)["compound"])


def named(mood: float) -> Mood:
    if abs(mood) < LIMIT:
        return "neutral"
    return "positive" if mood > 0 else "negative"


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    """Made on first use: its word lists are large."""
    from vader import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer(extra_lexicon=dict.fromkeys(WORK_WORDS, 0.0))
