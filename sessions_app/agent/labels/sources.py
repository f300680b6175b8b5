"""The pages an answer is drawn from: numbered as they are first cited, marked in its text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
        cited = [each for each in rows if isinstance(each, Mapping) and address(each.get("url"))]
        numbers: dict[int, str] = {}
        for each in cited:
            url = each["url"]
            if url not in self.found:
                title, words = str(each.get("title") or url)[:200], str(each.get("cited") or "")[:300]
                self.found[url] = Source(len(self.found) + 1, url, title, words)
            numbers[self.found[url].number] = url
        return "".join(f" [\\[{number}\\]](<{url}>)" for number, url in numbers.items())

    @property
    def listed(self) -> list[Source]:
        return list(self.found.values())

    def told(self) -> str:
        """All of them as Markdown, for formats that have nothing else."""
        rows = [f"{each.number}. [{_plain(each.title)}](<{each.url}>)" for each in self.listed]
        return "\n".join(["**Sources**", "", *rows])


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
