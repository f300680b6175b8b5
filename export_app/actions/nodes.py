"""The tree of an imported session while it is made: keys, places, and which path is shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sessions_app.models import Message


def origin_of(chat: UUID, source: str, message: str) -> UUID:
    """The `origin_key` of an imported message: made of where it came from, so that the same message is known again.

    It is never the key of a message of this workspace: those are of version 7, this one is of version 5, whatever a
    file names as id. So a receipt, which shows the ledger rows of `origin_key`, shows nobody else's, and figures take
    it for what it is, a copy that cost nothing here. Two imports of one file have keys of their own.
    """
    return uuid5(chat, f"{source}:{message}")


@dataclass(slots=True)
class Node:
    """One message as walking needs it. `shown` in the document, `active` here. `gone`: deleted here, or without a place.
    `new`: of this import."""

    key: UUID
    position: int
    parent: str | None = None
    shown: bool = False
    active: bool = False
    chosen: str | None = None
    gone: bool = False
    new: bool = True
    marked: bool = False


class Keys:
    """Keys that sort by a time, and among those of one time in the order in which they were made: as if the rows had
    been made then. What is ordered by time and key stays in the order of its document."""

    def __init__(self) -> None:
        self._made = 0

    def at(self, moment: datetime) -> UUID:
        self._made += 1
        stamp = max(0, int(moment.timestamp() * 1000))
        rest = (self._made << 42) | int.from_bytes(os.urandom(6), "big") >> 6  # 74 bits
        return UUID(int=(stamp << 80) | 7 << 76 | (rest >> 62) << 64 | 2 << 62 | rest & (1 << 62) - 1)


def end_of(nodes: Mapping[str, Node]) -> str | None:
    """The last message that is shown, None where none is."""
    shown = (name for name, node in nodes.items() if node.active)
    return max(shown, key=lambda name: nodes[name].position, default=None)


def lead_on(nodes: Mapping[str, Node], end: str | None) -> list[UUID]:
    """What follows `end` to an end of the tree: at each fork what its document shows, else what was chosen, else the last
    one. A document whose shown messages lead to an end has nothing here."""
    below: dict[str | None, list[str]] = {}
    for name, node in nodes.items():
        if node.new:
            below.setdefault(node.parent, []).append(name)
    path: list[UUID] = []
    while found := below.get(end):
        chosen = nodes[end].chosen if end is not None else None
        shown = next((name for name in found if nodes[name].shown), None)
        end = shown or (chosen if chosen in found else found[-1])
        path.append(nodes[end].key)
    return path


def choose(nodes: Mapping[str, Node]) -> None:
    """Remember what was chosen among versions."""
    for name, node in nodes.items():
        child = nodes.get(node.chosen) if node.chosen is not None else None
        if node.new and child is not None and child.parent == name and not child.gone:
            Message.objects.filter(pk=node.key).update(chosen_child=child.key)
