"""Conversations of Claude's data export, as documents.

The format is not published; it is known from exports (https://support.claude.com/en/articles/9450526). A conversation is a
list of messages; newer exports say which message each one answers, older ones are a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from export_app.document import Entry, File, Head
from sessions_app.agent.parts import text_of as parts_text

from .base import CIRCLE, BadFile, Parsed
from .foreign import (
    Assembly,
    LeftOut,
    attachment_parts,
    each,
    file,
    finished,
    text_of,
    title_of,
    when,
    whole,
    within,
)

PROVIDER = "anthropic"
ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
SILENT = ("token_budget", "flag")
NOT_SHOWN = "This block is not supported on your current device yet."
TAG = 40


def looks_so(data: Any) -> bool:
    return isinstance(data, Mapping) and isinstance(data.get("chat_messages"), list)


def key_of(data: Mapping[str, Any]) -> str:
    return text_of(data.get("uuid"))[:120]


def parse(data: Mapping[str, Any]) -> Parsed:
    """One conversation. Raises BadFile where it has no key; one that is empty has no entries."""
    key = key_of(data)
    if not key:
        raise BadFile("It has no id: “uuid” is missing.")
    reading = _Reading(data)
    entries = reading.entries()
    return Parsed(reading.head(key), entries, key, reading.left.notes())


class _Reading:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.left = LeftOut()
        self.model = text_of(data.get("model"))[:120]
        self.began = when(data.get("created_at"))
        self.last: datetime | None = None

    def head(self, key: str) -> Head:
        title = title_of(self.data.get("name"))
        began = self.began or self.last or timezone.now()
        ended = when(self.data.get("updated_at")) or self.last or began
        project = title_of(within(self.data.get("project")).get("name"))[:TAG]
        return Head(
            id=key,
            title=title,
            owner="",
            kind="chat",
            title_source="model" if title else "none",
            provider=PROVIDER,
            model=self.model,
            settings={},
            tags=(project,) if project else (),
            starred=self.data.get("is_starred") is True,
            created_at=min(began, ended),
            last_activity_at=ended,
        )

    def entries(self) -> list[Entry]:
        """Parents before their children."""
        rows = self._rows()
        parents = self._parents(rows)
        path = self._path(rows, parents)
        below: dict[str | None, list[str]] = {}
        for key in rows:
            below.setdefault(parents[key], []).append(key)
        found: list[Entry] = []
        waiting = [(key, self.began) for key in reversed(below.get(None, []))]
        while waiting:
            key, before = waiting.pop()
            at = when(rows[key].get("created_at")) or before or timezone.now()
            self.last = max(self.last or at, at)
            found.append(self._entry(key, rows[key], parents[key], at, key in path))
            waiting += [(kid, at) for kid in reversed(below.get(key, []))]
        self.left.circles = len(rows) - len(found)
        if rows and not found:
            raise BadFile(CIRCLE)
        return found

    # ------------------------------------------------ the tree

    def _rows(self) -> dict[str, Mapping[str, Any]]:
        """Its messages by their keys, in their order; where one has no key, its place is one."""
        found: dict[str, Mapping[str, Any]] = {}
        for place, row in enumerate(each(self.data["chat_messages"])):
            if text_of(row.get("sender")) not in ROLES:
                self.left.parts[text_of(row.get("sender")) or "unnamed"] += 1
            else:
                found.setdefault(text_of(row.get("uuid")) or f"message-{place}", row)
        return found

    def _parents(self, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
        """What each one answers: the message it names, else the one before it."""
        tree = any(text_of(row.get("parent_message_uuid")) in rows for row in rows.values())
        found: dict[str, str | None] = {}
        before: str | None = None
        for key, row in rows.items():
            named = text_of(row.get("parent_message_uuid"))
            if named in rows:
                found[key] = named
            else:
                found[key] = None if tree and named else before
                self.left.lost += bool(tree and named and not _is_root(named))
            before = key
        return found

    def _path(self, rows: dict[str, Mapping[str, Any]], parents: Mapping[str, str | None]) -> set[str]:
        """The messages above the shown leaf; the last message is one where none is named."""
        named = text_of(self.data.get("current_leaf_message_uuid"))
        at: str | None = named if named in rows else next(reversed(rows), None)
        path: set[str] = set()
        while at is not None and at not in path:
            path.add(at)
            at = parents[at]
        return path

    # ------------------------------------------------ messages

    def _entry(
        self, key: str, row: Mapping[str, Any], parent: str | None, at: datetime, shown: bool
    ) -> Entry:
        files = self._files(key, row)
        made = Assembly()
        for number, block in enumerate(each(row.get("content"))):
            self._add(made, f"{key}-{number}", block, at)
        if not made.parts:
            made.say("text", text_of(row.get("text")).replace(f"```\n{NOT_SHOWN}\n```", ""))
        asked = ROLES[text_of(row.get("sender"))] == "user"
        self.model = (not asked and text_of(row.get("model"))[:120]) or self.model
        said = [{**part, "turn": 0} for part in made.parts if part["kind"] == "text"] if asked else made.parts
        ended = max(at, when(row.get("updated_at")) or at)
        return Entry(
            id=key,
            parent=parent,
            role="user" if asked else "assistant",
            author="",
            model="" if asked else self.model,
            created_at=at,
            shown=shown,
            chosen=None,
            content=parts_text(said),
            parts=(*attachment_parts(files), *said),
            reply=None if asked else finished(ended, made.turn, PROVIDER, self.model),
            tool_calls=() if asked else made.tool_calls(),
            files=tuple(files),
        )

    def _add(self, made: Assembly, key: str, block: Mapping[str, Any], at: datetime) -> None:
        kind = text_of(block.get("type"))
        at = when(block.get("start_timestamp")) or at
        if kind in ("text", "voice_note"):
            made.say("text", text_of(block.get("text")))
        elif kind == "thinking":
            made.say("thinking", text_of(block.get("thinking")) or text_of(block.get("text")))
        elif kind in ("tool_use", "server_tool_use"):
            made.call(text_of(block.get("id")) or key, text_of(block.get("name")), block.get("input"), at)
        elif kind.endswith("tool_result"):
            given = _given(block.get("content"))
            error = _words(given) or "It failed." if block.get("is_error") is True else ""
            asked = text_of(block.get("tool_use_id")) or key
            made.result(asked, text_of(block.get("name")), given, at, error)
        elif kind not in SILENT:
            self.left.parts[kind or "unnamed"] += 1

    def _files(self, key: str, row: Mapping[str, Any]) -> list[File]:
        """Attachments come as the text that was read out of them, files by their names alone."""
        found: list[File] = []
        for number, one in enumerate(each(row.get("attachments"))):
            words, name = text_of(one.get("extracted_content")), text_of(one.get("file_name"))
            if words:
                name = name if name.endswith((".txt", ".md", ".csv")) else f"{name or 'Pasted text'}.txt"
            size = whole(one.get("file_size"))
            found.append(file(text_of(one.get("id")) or f"{key}-file-{number}", name, size=size, text=words))
        held = {one.name for one in found}
        for number, one in enumerate(each(row.get("files"))):
            name = text_of(one.get("file_name"))
            picture = "image/png" if one.get("file_kind") == "image" else ""
            if name and name not in held:
                own = text_of(one.get("file_uuid")) or f"{key}-named-{number}"
                found.append(file(own, name, media_type=picture, size=whole(one.get("file_size"))))
        self.left.files += sum(one.read is None for one in found)
        return found


def _is_root(key: str) -> bool:
    """Newer exports name a root that is no message: 00000000-0000-4000-8000-000000000000."""
    return set(key) <= set("0-48")


def _given(value: Any) -> Any:
    """What a tool gave: its texts as one, anything else as it is."""
    blocks = each(value)
    if blocks and all(text_of(block.get("type")) == "text" for block in blocks):
        return {"text": "\n\n".join(text_of(block.get("text")) for block in blocks)}
    return {"text": value} if isinstance(value, str) else value


def _words(given: Any) -> str:
    return text_of(within(given).get("text"))[:500]
