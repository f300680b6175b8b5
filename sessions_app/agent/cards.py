"""Cards of a message: what stands beside a person's words, or alone, and how a model is told of it. Pure.

A card is a part of its message: `{"kind": "card", "turn": 0, "card": KIND, "source", "title", "text", "severity", "link",
"events", "at", "topic"}`. Kinds: `activity` (a digest of events), `notification` (somebody's program posted it), `context`
(a plugin added it, or passages of videos were: then it has `passages` as `agent.passages` keeps them, and `videos`, those
that were looked into). Its words are of others than the person: the model is told them as data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from .passages import CITE, GONE, Passage, kept_in

Kind = Literal["activity", "notification", "context"]
Part = Mapping[str, Any]

KINDS: tuple[Kind, ...] = ("activity", "notification", "context")
NAMES: Mapping[Kind, str] = {
    "activity": "Activity",
    "notification": "Notification",
    "context": "Context",
}
LONGEST_TEXT = 20_000  # characters of one card
LONGEST_TITLE, LONGEST_SOURCE, LONGEST_TOPIC, LONGEST_LINK = 200, 60, 40, 2000
MOST_EVENTS = 1000
MOST_PASSAGES, MOST_VIDEOS = 50, 50
SEVERITIES = ("debug", "info", "warning", "error", "critical")
LAST_MOMENT = 2**53 - 1  # what every reader of JSON keeps
_CLOSING = re.compile(r"</?(workspace-data)", re.IGNORECASE)
_HIDDEN = re.compile(r'[\x00-\x20\x7f-\xa0\u2028\u2029"<>\\^`{|}]')


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `text` is what the model is told, `events` are keys of activity events, `at` epoch milliseconds; `topic`
    is a word for what it is about, as its sender calls it."""

    kind: Kind
    source: str
    title: str
    text: str = ""
    severity: str = "info"
    link: str = ""
    events: Sequence[str] = field(default=())
    at: int = 0
    topic: str = ""
    passages: Sequence[Passage] = ()
    videos: Sequence[str] = ()

    @property
    def part(self) -> dict[str, Any]:
        """As it is stored."""
        found = {
            "passages": [each.kept for each in self.passages],
            "videos": list(self.videos),
        }
        return {
            "kind": "card",
            "turn": 0,
            "card": self.kind,
            "source": self.source[:LONGEST_SOURCE],
            "title": self.title[:LONGEST_TITLE],
            "text": self.text[:LONGEST_TEXT],
            "severity": self.severity,
            "link": self.link,
            "events": list(self.events),
            "at": self.at,
            "topic": self.topic[:LONGEST_TOPIC],
            **(found if self.passages else {}),
        }

    @property
    def heading(self) -> str:
        """ "Notification from CI"."""
        return f"{NAMES[self.kind]} from {self.source}" if self.source else NAMES[self.kind]

    @property
    def words(self) -> str:
        """All it says: title, text, link."""
        return "\n\n".join(each for each in (self.title, self.text, self.link) if each)


def is_card(part: Part) -> bool:
    """Whether a part is a card the model is told of (where a merged session came from is none)."""
    return part.get("kind") == "card" and part.get("card") in KINDS


def read(part: Part) -> Card:
    """A card as it was stored, read without trust: it may have come from a file."""
    severity, at, events = part.get("severity"), part.get("at"), part.get("events")
    return Card(
        cast(Kind, part["card"]),
        " ".join(_text(part, "source").split())[:LONGEST_SOURCE],
        " ".join(_text(part, "title").split())[:LONGEST_TITLE],
        _text(part, "text")[:LONGEST_TEXT],
        severity if severity in SEVERITIES else "info",
        web_link(_text(part, "link")),
        tuple(each for each in events if isinstance(each, str))[:MOST_EVENTS]
        if isinstance(events, list | tuple)
        else (),
        at if isinstance(at, int) and not isinstance(at, bool) and 0 <= at <= LAST_MOMENT else 0,
        " ".join(_text(part, "topic").split())[:LONGEST_TOPIC],
        tuple(kept_in(part)[:MOST_PASSAGES]),
        tuple(videos_in(part)[:MOST_VIDEOS]),
    )


def videos_in(part: Part) -> list[str]:
    """The keys of videos that were looked into for a card."""
    found = part.get("videos")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list | tuple) else []


def cards_in(parts: Iterable[Part]) -> list[Card]:
    return [read(part) for part in parts if is_card(part)]


def posted(parts: Sequence[Part]) -> Card | None:
    """The notification that a message is, where it is one: nobody wrote anything beside it, though other cards may have
    been added."""
    if not all(is_card(part) for part in parts):
        return None
    return next((read(part) for part in parts if part["card"] == "notification"), None)


def web_link(text: str) -> str:
    """An address that may be opened: http or https with a host, nothing hidden in it. Empty for any other."""
    if len(text) > LONGEST_LINK or _HIDDEN.search(text):
        return ""
    try:
        found = urlsplit(text)
        host = found.hostname
    except ValueError:
        return ""
    return text if found.scheme in ("http", "https") and host and "@" not in found.netloc else ""


def told(part: Part, texts: Mapping[str, str] | None = None) -> str:
    """A stored card in the words of a request: between marks, which its own text cannot close. Of a notification it is
    told how serious it is, what it is about and where it leads; of passages their words, where `texts` are given, and
    behind the marks how they are cited."""
    lines, marks, behind = [str(part.get("title", "")), str(part.get("text", ""))], "", ""
    if texts is not None and (passages := kept_in(part)):
        lines, behind = lines[:1] + [_words(each, texts) for each in passages], f"\n{CITE}"
    if part.get("card") == "notification":
        card = read(part)
        lines.append(card.link)
        marks = f' severity="{card.severity}"' + (f' topic="{_plain(card.topic)}"' if card.topic else "")
    inside = _CLOSING.sub(r"‹\1", "\n".join(line for line in lines if line))
    source = _plain(str(part.get("source", "")))
    head = f'<workspace-data kind="{part.get("card")}" source="{source}"{marks}>'
    return f"{head}\n{inside}\n</workspace-data>{behind}"


def _words(passage: Passage, texts: Mapping[str, str]) -> str:
    told = texts.get(passage.key, GONE)
    return f"\n{passage.key} ({passage.title}, {passage.times}):\n{told}"


def _plain(text: str) -> str:
    return re.sub(r"[^\w .:/@-]", "", text)[:LONGEST_SOURCE]


def _text(part: Part, name: str) -> str:
    found = part.get(name)
    return found if isinstance(found, str) else ""
