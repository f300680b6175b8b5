"""The pages an answer is drawn from: numbered as they are first cited, marked in its text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sessions_app.agent import references

from .web import address


@dataclass(frozen=True, slots=True)
class Source:
    number: int
    url: str
    title: str
    cited: str


@dataclass(slots=True)
class Sources:
    """Of one message, read without trust: they may have come from a file."""

    found: dict[str, Source] = field(default_factory=dict)

    def add(self, citations: Any) -> str:
        """Takes what a text cites. Gives the Markdown that stands behind that text: [1][2], each a link."""
        rows = citations if isinstance(citations, list) else []
        numbers: dict[int, str] = {}
        for each in rows:
            source = _elsewhere(each, len(self.found) + 1) or _page(each, len(self.found) + 1)
            if source is not None:
                source = self.found.setdefault(source.url or source.title, source)
                numbers[source.number] = source.url
        return "".join(
            f" [\\[{number}\\]](<{url}>)" if url else f" \\[{number}\\]" for number, url in numbers.items()
        )

    @property
    def listed(self) -> list[Source]:
        return list(self.found.values())

    def told(self) -> str:
        """All of them as Markdown, for formats that have nothing else."""
        rows = [f"{each.number}. {_told(each)}" for each in self.listed]
        return "\n".join(["**Sources**", "", *rows])


def _page(cited: Any, number: int) -> Source | None:
    if not isinstance(cited, Mapping) or not (url := address(cited.get("url"))):
        return None
    title, words = str(cited.get("title") or url)[:200], str(cited.get("cited") or "")[:300]
    return Source(number, url, title, words)


def _elsewhere(cited: Any, number: int) -> Source | None:
    """A moment of a video that is not here: title and time, and the address outside where it has one."""
    found = references.read(cited)
    return Source(number, found.url, found.name, found.cited) if found and found.elsewhere else None


def _told(source: Source) -> str:
    title = _plain(source.title)
    return f"[{title}](<{source.url}>)" if source.url else title


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
