"""Passages of videos as the model gets them and cites them: keys, and what is kept of one. Pure.

A passage is told with its key, `v` and a number in base 36, and cited by it: `[cite:v1f3]`, several as `[cite:v1f3,v1f4]`.
What is kept in a card's part, in a tool's result and in a citation holds no words of the passage (`Passage.kept`): these are
looked up whenever they are told or shown, by whoever may see the video then (`PASSAGE_TEXTS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

KEY = re.compile(r"v[0-9a-z]{1,13}")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage. `video` is the key of its video; `similarity` (0 to 1) says how near it was to what was asked."""

    key: str
    video: str
    title: str
    start_ms: int
    end_ms: int
    similarity: float = 0.0
    text: str = ""

    @property
    def kept(self) -> dict[str, Any]:
        """As it is stored, without its words; `size` is how many bytes they have."""
        return {
            "key": self.key,
            "video": self.video,
            "title": self.title,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "similarity": round(self.similarity, 4),
            "size": len(self.text.encode()),
        }

    @property
    def told(self) -> dict[str, Any]:
        """As a tool gives it to the model."""
        return {
            "key": self.key,
            "video": self.title,
            "from": clock(self.start_ms),
            "to": clock(self.end_ms),
            "text": self.text,
        }

    @property
    def path(self) -> str:
        return path_to(self.video, self.start_ms, self.key)


class Texts(Protocol):
    """What PASSAGE_TEXTS names: the words of passages that this person may be told now, by their keys. Reads the
    database once."""

    def __call__(self, keys: Iterable[str], user_id: int) -> Mapping[str, str]: ...


def key_of(number: int) -> str:
    """The key of the passage with this number (its primary key)."""
    digits = ""
    while number or not digits:
        number, last = divmod(number, 36)
        digits = DIGITS[last] + digits
    return f"v{digits}"


def number_of(key: str) -> int | None:
    """The number of a key; None for what is none."""
    return int(key[1:], 36) if KEY.fullmatch(key) else None


def clock(ms: int) -> str:
    """1:23, or 1:02:03 from an hour on."""
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def path_to(video: str, start_ms: int, key: str = "") -> str:
    """The page of a video at a second, by which a citation leads there."""
    at = f"{start_ms / 1000:.3f}".rstrip("0").rstrip(".")
    query = {"at": at} | ({"passage": key} if key else {})
    return f"/videos/{video}/?{urlencode(query)}"
