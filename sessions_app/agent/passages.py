"""Passages of videos as the model gets them and cites them: keys, and what is kept of one. Pure.

A passage is told with its key, `v` and a number in base 36, and cited by it: `[cite:v1f3]`, several as `[cite:v1f3,v1f4]`.
What is kept in a card's part, in a tool's result and in a citation holds no words of the passage (`Passage.kept`): these are
looked up whenever they are told or shown, by whoever may see the video then (`PASSAGE_TEXTS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeGuard
from urllib.parse import urlencode
from uuid import UUID

KEY = re.compile(r"v[0-9a-z]{1,13}")
TOOL = "search_video_transcripts"  # the tool whose results hold passages
GONE = "(no longer available)"  # said instead of words that this person may not be told any more
CITE = "Behind each sentence that draws on a passage, write its key as a mark: [cite:KEY], of several [cite:KEY,KEY]."
LAST_MOMENT = 2**53 - 1
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
    def cited(self) -> dict[str, Any]:
        """What a citation says of it beside address and title."""
        return {
            "video": self.video,
            "passage": self.key,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "similarity": round(self.similarity, 4),
        }

    @property
    def path(self) -> str:
        return path_to(self.video, self.start_ms, self.key)

    @property
    def times(self) -> str:
        return f"{clock(self.start_ms)}–{clock(self.end_ms)}"


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
    number = int(key[1:], 36) if KEY.fullmatch(key) else None
    return number if number is not None and number < 2**63 else None


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


def read(value: Any, key: str = "key") -> Passage | None:
    """A passage as it was kept (of a citation `key` is "passage"), read without trust; None for what is none."""
    if not isinstance(value, Mapping):
        return None
    name, video, title = value.get(key), value.get("video"), value.get("title")
    if not (isinstance(name, str) and KEY.fullmatch(name) and isinstance(video, str) and _is_video(video)):
        return None
    start, end, near = value.get("start_ms"), value.get("end_ms"), value.get("similarity")
    if not (_is_time(start) and _is_time(end) and start <= end):
        return None
    words = " ".join(title.split())[:200] if isinstance(title, str) else ""
    similarity = float(near) if isinstance(near, int | float) and 0 <= near <= 1 else 0.0
    return Passage(name, video, words, start, end, similarity)


def kept_in(value: Any) -> list[Passage]:
    """The passages of a stored card's part or of a stored result, without their words."""
    rows = value.get("passages") if isinstance(value, Mapping) else None
    return [found for row in rows if (found := read(row))] if isinstance(rows, list | tuple) else []


def cited_in(part: Mapping[str, Any]) -> list[Passage]:
    """The passages that a stored text cites."""
    rows = part.get("citations")
    found = [read(row, "passage") for row in rows] if isinstance(rows, list) else []
    return [each for each in found if each is not None]


def retold(result: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """A stored result as the model was told it: with the words of its passages, and how to cite them."""
    told = [replace(each, text=texts.get(each.key, GONE)).told for each in kept_in(result)]
    return {**result, "passages": told, **({"cite": CITE} if told else {})}


def marks_of(part: Mapping[str, Any]) -> str:
    """The marks by which the model cited passages behind this text, as they go back to it."""
    keys = [each.key for each in cited_in(part)] if part.get("citations") else []
    if not keys:
        return ""
    marks = part.get("marks")
    return marks if isinstance(marks, str) and marks else f"[cite:{','.join(keys)}]"


def _is_video(key: str) -> bool:
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_MOMENT
