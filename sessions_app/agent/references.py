"""What an answer refers to, pages of the web and passages of videos, read from its parts without trust: they may have come
from a file. Pure.

A reference to a passage has its video and key, and no words: these are looked up for who may be told them. One that left
its workspace (a file from another one, a shared page) has title and times only, in a file also the words it came with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from .labels.web import address
from .passages import KEY, clock, path_to

LONGEST_TITLE, LONGEST_CITED, LONGEST_EXCERPT = 200, 300, 4_000
LAST_MS = 359_999_999  # under a hundred hours
Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """One of them, numbered from 1 as it is first cited. `link` is where a video is elsewhere, at that second; `excerpt`
    the words of the passage where a document carries them."""

    url: str
    title: str
    cited: str = ""
    video: str = ""
    passage: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    similarity: float | None = None
    excerpt: str = ""
    link: str = ""
    number: int = 0

    @property
    def of_video(self) -> bool:
        return self.start_ms is not None

    @property
    def elsewhere(self) -> bool:
        """Of a video that is not here: it leads nowhere in this workspace."""
        return self.of_video and not self.passage

    @property
    def name(self) -> str:
        """Its title, of a video with the time."""
        return (self.title or self.url) if self.start_ms is None else f"{self.title}, {clock(self.start_ms)}"

    @property
    def same(self) -> str:
        """What is the same in two that are one."""
        return self.passage or self.url or f"{self.title}\n{self.start_ms}\n{self.end_ms}"

    @property
    def citation(self) -> dict[str, Any]:
        """As it is stored in a part."""
        plain: dict[str, Any] = {"url": self.url, "title": self.title, "cited": self.cited}
        if self.passage:
            plain |= {"video": self.video, "passage": self.passage}
        if self.of_video:
            plain |= {"start_ms": self.start_ms, "end_ms": self.end_ms}
        return plain | ({"similarity": self.similarity} if self.passage else {})


def read(citation: Any) -> Reference | None:
    """None for what is no reference."""
    if not isinstance(citation, Mapping):
        return None
    title = " ".join(_text(citation, "title").split())[:LONGEST_TITLE]
    start, end = _moment(citation.get("start_ms")), _moment(citation.get("end_ms"))
    cited = _text(citation, "cited")[:LONGEST_CITED]
    web = address(citation.get("url"))
    if start is None or end is None or end < start:
        return Reference(web, title, cited) if web else None
    video, passage = _key(citation.get("video")), _text(citation, "passage")
    if not (video and KEY.fullmatch(passage)):
        return Reference(web, title, cited, start_ms=start, end_ms=end) if title else None
    return Reference(
        path_to(video, start, passage),
        title or "Video",
        cited,
        video,
        passage,
        start,
        end,
        _share(citation.get("similarity")),
        _text(citation, "excerpt")[:LONGEST_EXCERPT],
        address(citation.get("link")),
    )


@dataclass(slots=True)
class References:
    """Those of one message, each once."""

    found: dict[str, Reference] = field(default_factory=dict)

    def add(self, citations: Any) -> list[Reference]:
        """Takes what a text cites; gives that numbered, each once."""
        rows = citations if isinstance(citations, list | tuple) else []
        told: dict[int, Reference] = {}
        for each in filter(None, map(read, rows)):
            known = self.found.setdefault(each.same, replace(each, number=len(self.found) + 1))
            told[known.number] = known
        return list(told.values())

    @property
    def listed(self) -> list[Reference]:
        return list(self.found.values())


def references_of(parts: Iterable[Part]) -> list[Reference]:
    """Those of a stored message."""
    references = References()
    for part in parts:
        if part.get("citations"):
            references.add(part["citations"])
    return references.listed


def passages_of(parts: Iterable[Part]) -> set[str]:
    """Keys of the passages that it refers to."""
    return {each.passage for each in references_of(parts) if each.passage}


def _text(citation: Part, name: str) -> str:
    found = citation.get(name)
    return found if isinstance(found, str) else ""


def _moment(value: Any) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_MS
    return value if good else None


def _share(value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return round(float(value), 4) if good else 0.0


def _key(value: Any) -> str:
    try:
        return value if isinstance(value, str) and str(UUID(value)) == value else ""
    except ValueError:
        return ""
