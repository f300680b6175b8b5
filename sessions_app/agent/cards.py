"""Cards of a message: what stands beside a person's words, and how a model is told of it. Pure.

A card is a part of its message: `{"kind": "card", "turn": 0, "card": KIND, "source", "title", "text", "severity", "link",
"events", "at"}`. Kinds: `activity` (a digest of events), `notification` (somebody's program posted it), `context` (a
plugin added it). Its words are of others than the person: the model is told them as data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["activity", "notification", "context"]

KINDS: tuple[Kind, ...] = ("activity", "notification", "context")
LONGEST_TEXT = 20_000  # characters of one card
LONGEST_TITLE = 200
SEVERITIES = ("debug", "info", "warning", "error", "critical")
_CLOSING = re.compile(r"</?(workspace-data)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `text` is what the model is told, `events` are keys of activity events, `at` epoch milliseconds."""

    kind: Kind
    source: str
    title: str
    text: str = ""
    severity: str = "info"
    link: str = ""
    events: Sequence[str] = field(default=())
    at: int = 0

    @property
    def part(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "kind": "card",
            "turn": 0,
            "card": self.kind,
            "source": self.source[:60],
            "title": self.title[:LONGEST_TITLE],
            "text": self.text[:LONGEST_TEXT],
            "severity": self.severity,
            "link": self.link,
            "events": list(self.events),
            "at": self.at,
        }


def is_card(part: Mapping[str, Any]) -> bool:
    """Whether a part is a card the model is told of (where a merged session came from is none)."""
    return part.get("kind") == "card" and part.get("card") in KINDS


def told(part: Mapping[str, Any]) -> str:
    """A stored card in the words of a request: between marks, which its own text cannot close."""
    lines = [str(part.get("title", "")), str(part.get("text", ""))]
    inside = _CLOSING.sub(r"‹\1", "\n".join(line for line in lines if line))
    source = re.sub(r"[^\w .:/@-]", "", str(part.get("source", "")))[:60]
    return f'<workspace-data kind="{part.get("card")}" source="{source}">\n{inside}\n</workspace-data>'
