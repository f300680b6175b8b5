"""Many events in few words: alike ones together, the most severe and newest first, within so many tokens. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import indent
from typing import Any

from sessions_app.agent.cards import Card
from sessions_app.providers.base import estimate_tokens

from .values import INFO, WORDS, fingerprint

TOKENS = 2_000
BODY_LINES, BODY_LETTERS = 4, 300  # of one group
BODY_WHOLE, DATA_WHOLE = 5_000, 2_500  # letters, where one event is told alone
KEYS = 20  # events of a group that its message names


@dataclass(frozen=True, slots=True)
class Seen:
    """A kept event, as far as a digest tells of it."""

    key: str
    source: str
    kind: str
    severity: int
    title: str
    body: str
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Events of one source, kind and title. `events` are keys, the newest first."""

    key: str
    source: str
    kind: str
    severity: int
    title: str
    body: str
    count: int
    at: datetime
    events: tuple[str, ...]

    @property
    def word(self) -> str:
        return WORDS[self.severity]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told: the text, and the groups in it."""

    text: str
    groups: tuple[Group, ...]

    @property
    def events(self) -> list[str]:
        return [key for group in self.groups for key in group.events]

    @property
    def severity(self) -> int:
        return max((group.severity for group in self.groups), default=INFO)


def grouped(seen: Iterable[Seen]) -> list[Group]:
    """The most severe first, of those the newest."""
    alike: dict[tuple[str, str, str], list[Seen]] = {}
    for each in seen:
        alike.setdefault((each.source, each.kind, each.title), []).append(each)
    groups = [
        _group(sorted(each, key=lambda one: (one.at, one.key), reverse=True)) for each in alike.values()
    ]
    return sorted(groups, key=lambda group: (-group.severity, -group.at.timestamp(), group.key))


def _group(newest: list[Seen]) -> Group:
    first = newest[0]
    return Group(
        key=fingerprint(first.source, first.kind, first.title)[:16],
        source=first.source,
        kind=first.kind,
        severity=max(each.severity for each in newest),
        title=first.title,
        body=next((each.body for each in newest if each.body), ""),
        count=sum(each.count for each in newest),
        at=first.at,
        events=tuple(each.key for each in newest[:KEYS]),
    )


def digest(groups: Sequence[Group], *, heading: str = "", tokens: int = TOKENS) -> Digest:
    """As many of the groups, in their order, as so many tokens hold, and how many were left out. A group's own words
    never begin a line: none can pass for another group."""
    lines = [heading] if heading else []
    room = tokens - estimate_tokens([*lines, "And 10000 more that are not told here."]) - 1
    told: list[Group] = []
    for group in groups:
        entry = next((text for text in (entry_of(group), head_of(group)) if cost(text) <= room), None)
        if entry is None:
            break
        room -= cost(entry)
        lines.append(entry)
        told.append(group)
    left = len(groups) - len(told)
    if left:
        lines.append(f"And {left} more that are not told here.")
    return Digest("\n".join(lines), tuple(told))


def cost(text: str) -> int:
    """Tokens of an entry with its line end."""
    return estimate_tokens([text + "\n"])


def head_of(group: Group) -> str:
    times = f", {group.count} times" if group.count > 1 else ""
    at = f"{group.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    last = "last " if group.count > 1 else ""
    return f"- [{group.word}] {group.source}, {group.kind}{times}, {last}{at}: {group.title}"


def entry_of(group: Group) -> str:
    body = group.body[:BODY_LETTERS] + ("…" if len(group.body) > BODY_LETTERS else "")
    kept = body.splitlines()[:BODY_LINES]
    return "\n".join([head_of(group), *(f"    {each}" for each in kept if each.strip())])


def card_of(found: Digest, *, title: str, source: str = "", now: datetime) -> Card:
    """A digest as a card of a message."""
    return Card(
        kind="activity",
        source=source,
        title=title,
        text=found.text,
        severity=WORDS[found.severity],
        events=found.events,
        at=round(now.timestamp() * 1000),
    )


def counted(counts: dict[int, int]) -> str:
    """How many of each severity, in words: "2 errors, 1 warning"."""
    names = {
        number: (word if word in ("debug", "info", "critical") else f"{word}s")
        for number, word in WORDS.items()
    }
    return ", ".join(
        f"{count:,} {WORDS[number] if count == 1 else names[number]}"
        for number, count in sorted(counts.items(), reverse=True)
        if count
    )


def whole(seen: Seen, data: Mapping[str, Any], link: str) -> tuple[str, Group]:
    """One event with all that fits of its body and data."""
    group = _group([seen])
    parts = [head_of(group)]
    if link:
        parts.append(f"    {link}")
    if seen.body:
        parts.append(indent(seen.body[:BODY_WHOLE], "    "))
    if data:
        text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
        parts.append(indent(text[:DATA_WHOLE], "    "))
    return "\n".join(parts), group
