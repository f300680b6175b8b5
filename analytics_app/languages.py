"""Function words of some languages, and which of these a text is in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

STOP_WORDS = {
    path.suffixes[0][1:]: frozenset(path.read_text(encoding="utf-8").split())
    for path in sorted((Path(__file__).parent / "words").glob("stop.*.txt"))
}
ALL_STOP_WORDS = frozenset().union(*STOP_WORDS.values())


def is_english(words: Iterable[str]) -> bool:
    """Whether these lower-case words have at least as many function words of English as of any other language known
    here. A text without any may be English: "Perfect!"."""
    found = list(words)
    counts = {name: sum(word in known for word in found) for name, known in STOP_WORDS.items()}
    return counts["en"] == max(counts.values())
