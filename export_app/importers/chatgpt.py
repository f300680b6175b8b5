"""Conversations of ChatGPT's data export, as documents.

The format is not published; it is known from exports (https://help.openai.com/en/articles/7260999). A conversation is a
tree of nodes (`mapping`) with the leaf that is shown (`current_node`). What a person does not see there is passed over,
and what follows it hangs on what came before it. Between two questions the model and its tools wrote any number of nodes:
they are one answer here, and each way through them a version of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from export_app.document import Entry, File, Head

from . import chatgpt_content as content
from .base import CIRCLE, BadFile, Parsed
from .foreign import Assembly, LeftOut, attachment_parts, each, finished, text_of, title_of, when, within

PROVIDER = "openai"
MOST_STEPS = 400_000
"""Nodes read for one conversation, those that several versions share each time."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The nodes of an answer so far, the last first."""

    node: str
    before: Chain | None

    def nodes(self) -> list[str]:
        found: list[str] = []
        at: Chain | None = self
        while at is not None:
            found.append(at.node)
            at = at.before
        return found[::-1]


def looks_so(data: Any) -> bool:
    return isinstance(data, Mapping) and isinstance(data.get("mapping"), Mapping)


def key_of(data: Mapping[str, Any]) -> str:
    return (text_of(data.get("conversation_id")) or text_of(data.get("id")))[:120]


def parse(data: Mapping[str, Any], asset: content.Assets = lambda key: None) -> Parsed:
    """One conversation. Raises BadFile where it has no key or nothing that can be shown."""
    key = key_of(data)
    if not key:
        raise BadFile("It has no id: “conversation_id” is missing.")
    reading = _Reading(data, asset)
    entries = reading.entries()
    return Parsed(reading.head(key), entries, key, reading.left.notes())


class _Reading:
    def __init__(self, data: Mapping[str, Any], asset: content.Assets) -> None:
        self.data = data
        self.asset = asset
        self.left = LeftOut()
        self.mapping: dict[str, Mapping[str, Any]] = {
            key: node for key, node in data["mapping"].items() if isinstance(node, Mapping)
        }
        self.began = when(data.get("create_time"))
        self.kids: dict[str | None, list[str]] = {}
        self.model = text_of(data.get("default_model_slug"))
        self.steps = 0
        self.last: datetime | None = None

    def head(self, key: str) -> Head:
        data, title = self.data, title_of(self.data.get("title"))
        began = self.began or self.last or timezone.now()
        ended = when(data.get("update_time")) or self.last or began
        made_for = text_of(data.get("gizmo_id"))
        if made_for.startswith("g-") and not made_for.startswith("g-p-"):  # g-p- is a project
            self.left.said.append("It was held with a custom GPT, whose instructions are not in the export.")
        return Head(
            id=key,
            title=title,
            owner="",
            kind="chat",
            title_source="model" if title else "none",
            provider=PROVIDER,
            model=self.model[:120],
            settings={},
            tags=(),
            starred=data.get("is_starred") is True,
            created_at=min(began, ended),
            last_activity_at=ended,
            archived_at=ended if data.get("is_archived") is True else None,
        )

    # ------------------------------------------------ the tree

    def entries(self) -> list[Entry]:
        path = self._shown(self._link())
        found: list[Entry] = []
        waiting: list[tuple[str, str | None, Chain | None, datetime | None]] = [
            (key, None, None, self.began) for key in reversed(self.kids.get(None, []))
        ]
        while waiting:
            key, parent, chain, at = waiting.pop()
            message = self.mapping[key]["message"]
            at = when(message.get("create_time")) or at or timezone.now()
            self.last = max(self.last or at, at)
            below = self.kids.get(key, [])
            if content.role(message) == "user":
                found.append(self._question(key, message, parent, at, key in path))
                waiting += [(kid, key, None, at) for kid in reversed(below)]
                continue
            chain = Chain(key, chain)
            goes_on = {kid for kid in below if content.role(self.mapping[kid]["message"]) != "user"}
            if len(goes_on) < len(below) or not below:
                shown = key in path and goes_on.isdisjoint(path)
                found.append(self._answer(chain, parent, at, shown))
            waiting += [
                (kid, parent, chain, at) if kid in goes_on else (kid, key, None, at)
                for kid in reversed(below)
            ]
        return found

    def _link(self) -> dict[str, str | None]:
        """Hang each node that is kept on the nearest kept one above it. Gives all that is reached, with what each is
        below; what is in a circle is counted."""
        below = self._below()
        nearest: dict[str, str | None] = {}
        waiting: list[tuple[str, str | None]] = [(key, None) for key in reversed(below.get(None, []))]
        while waiting:
            key, above = waiting.pop()
            nearest[key] = above
            message = self.mapping[key].get("message")
            if isinstance(message, Mapping) and content.is_shown(message, self.left):
                self.kids.setdefault(above, []).append(key)
                above = key
            waiting += [(kid, above) for kid in reversed(below.get(key, []))]
        self.left.circles = len(self.mapping) - len(nearest)
        if self.mapping and not nearest:
            raise BadFile(CIRCLE)
        return nearest

    def _below(self) -> dict[str | None, list[str]]:
        """Children by parent. A node says what it answers; one that does not is where another names it as a child."""
        named = {kid: key for key, node in self.mapping.items() for kid in each(node.get("children"), str)}
        order = {kid: place for place, kid in enumerate(named)}
        below: dict[str | None, list[str]] = {}
        for key, node in self.mapping.items():
            parent = node.get("parent")
            if not isinstance(parent, str) or parent not in self.mapping:
                self.left.lost += isinstance(parent, str) and key not in named
                parent = named.get(key)
            below.setdefault(parent, []).append(key)
        for kids in below.values():
            kids.sort(key=lambda kid: order.get(kid, 0))
        return below

    def _shown(self, nearest: Mapping[str, str | None]) -> set[str]:
        """Kept nodes of the path that is shown: to `current_node`, and on to the newest leaf below it."""
        at = self.data.get("current_node")
        at = at if isinstance(at, str) and at in nearest else None
        if at is not None and at not in {kid for kids in self.kids.values() for kid in kids}:
            at = nearest[at]
        path: set[str] = set()
        down = at
        while down is not None or at is None:
            kids = self.kids.get(down)
            if not kids:
                break
            down = at = kids[-1]
            path.add(down)
        up = at
        while up is not None:
            path.add(up)
            up = nearest[up]
        return path

    # ------------------------------------------------ messages

    def _question(
        self, key: str, message: Mapping[str, Any], parent: str | None, at: datetime, shown: bool
    ) -> Entry:
        self._count(1)
        text = content.text(message, self.left)
        files = content.files(message, self.asset, self.left)
        parts = attachment_parts(files) + ([{"kind": "text", "turn": 0, "text": text}] if text else [])
        return Entry(
            id=key,
            parent=parent,
            role="user",
            author="",
            model="",
            created_at=at,
            shown=shown,
            chosen=None,
            content=text,
            parts=tuple(parts),
            files=tuple(files),
        )

    def _answer(self, chain: Chain, parent: str | None, at: datetime, shown: bool) -> Entry:
        nodes = chain.nodes()
        self._count(len(nodes))
        made, files, model, began = Assembly(), list[File](), "", None
        for key in nodes:
            message = self.mapping[key]["message"]
            said = when(message.get("create_time")) or at
            began = began or said
            model = text_of(within(message.get("metadata")).get("model_slug")) or model
            content.add(made, key, message, said, self.left)
            files += content.files(message, self.asset, self.left)
        files = list({file.id: file for file in files}.values())
        self.model = model or self.model
        reply = finished(at, made.turn, PROVIDER, model or self.model)
        return Entry(
            id=chain.node,
            parent=parent,
            role="assistant",
            author="",
            model=(model or self.model)[:120],
            created_at=began or at,
            shown=shown,
            chosen=None,
            content=made.content,
            parts=(*attachment_parts(files), *made.parts),
            reply=reply,
            tool_calls=made.tool_calls(),
            files=tuple(files),
        )

    def _count(self, nodes: int) -> None:
        self.steps += nodes
        if self.steps > MOST_STEPS:
            raise BadFile("It has more versions of answers than can be told apart.")
