"""The pages and moments of videos an answer is drawn from: numbered as they are first cited, marked in its text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sessions_app.agent import references
from sessions_app.agent.passages import Passage, clock, read

from .web import address


@dataclass(frozen=True, slots=True)
class Source:
    """`passage` is one of a video, whose page `url` is, at its second. A video that is not here may have no `url`."""

    number: int
    url: str
    title: str
    cited: str
    passage: Passage | None = None

    @property
    def time(self) -> str:
        """Where in its video it begins; empty for a page of the web."""
        return clock(self.passage.start_ms) if self.passage else ""


@dataclass(slots=True)
class Sources:
    """Of one message, read without trust: they may have come from a file. Where it is not `linked`, its readers may not
    open pages of this site."""

    found: dict[str, Source] = field(default_factory=dict)
    linked: bool = True

    def add(self, citations: Any) -> str:
        """Takes what a text cites. Gives the Markdown that stands behind that text: [1][2], each a link."""
        rows = citations if isinstance(citations, list) else []
        numbers: dict[int, str] = {}
        for each in rows:
            source = _source(each, len(self.found) + 1)
            if source is None:
                continue
            source = self.found.setdefault(source.url or source.title, source)
            numbers[source.number] = source.url if self.linked or not source.passage else ""
        return "".join(
            f" [\\[{number}\\]](<{url}>)" if url else f" \\[{number}\\]" for number, url in numbers.items()
        )

    @property
    def listed(self) -> list[Source]:
        return list(self.found.values())

    def told(self) -> str:
        """All of them as Markdown, for formats that have nothing else."""
        rows = [f"{each.number}. {self._told(each)}" for each in self.listed]
        return "\n".join(["**Sources**", "", *rows])

    def _told(self, source: Source) -> str:
        title = _plain(f"{source.title}, {source.time}" if source.passage else source.title)
        linked = source.url and (self.linked or not source.passage)
        return f"[{title}](<{source.url}>)" if linked else title


def _source(cited: Any, number: int) -> Source | None:
    if not isinstance(cited, Mapping):
        return None
    if (passage := read(cited, "passage")) is not None:
        return Source(number, passage.path, passage.title or "Video", "", passage)
    if (found := references.read(cited)) is not None and found.elsewhere:
        return Source(number, found.url, found.name, found.cited)
    if url := address(cited.get("url")):
        title, words = str(cited.get("title") or url)[:200], str(cited.get("cited") or "")[:300]
        return Source(number, url, title, words)
    return None


def _plain(title: str) -> str:
    """A title as the words of a link: nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]<>&!|~$:#])", r"\\\1", " ".join(title.split()))


def sources_of(parts: Iterable[Mapping[str, Any]]) -> list[Source]:
    """Those of a stored message."""
    sources = Sources()
    for part in parts:
        if part.get("citations"):
            sources.add(part["citations"])
    return sources.listed
