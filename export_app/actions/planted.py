"""The rows of imported messages, and how their parts name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from export_app.document import Entry, Part
from sessions_app.models import Attachment, ForeignUsage, Mark, Message, Reply, ToolCall, uuid7


@dataclass(slots=True)
class Rows:
    """What one lot brings."""

    messages: list[Message] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    usage: list[ForeignUsage] = field(default_factory=list)


def insert(rows: Rows) -> None:
    """Within the caller's transaction. Tool calls and marks keep their times: a new row would take that of now."""
    Message.objects.bulk_create(rows.messages)
    Attachment.objects.bulk_create(rows.files)
    Reply.objects.bulk_create(rows.replies)
    ForeignUsage.objects.bulk_create(rows.usage)
    _insert_dated(ToolCall.objects.all(), rows.calls)
    _insert_dated(Mark.objects.all(), rows.marks)


def _insert_dated(table: Any, made: Sequence[Any]) -> None:
    times = [row.created_at for row in made]
    table.bulk_create(made)
    for row, at in zip(made, times, strict=True):
        row.created_at = at
    table.bulk_update(made, ["created_at"], batch_size=100)


def without_parts(entry: Entry, files: Mapping[str, str]) -> list[Part]:
    """Parts for files that no part names."""
    named = {part.get("id") for part in entry.parts}
    return [
        {"kind": "attachment", "turn": 0, "id": file.id, "name": file.name, "media": file.kind}
        for file in entry.files
        if file.id in files and file.id not in named
    ]


def renamed(part: Part, keys: Mapping[str, str]) -> dict[str, Any]:
    """A part that names the file or call that was made for it. A key that is not of this message is no key here: a part
    could else name somebody's file, which would go to the model with it."""
    if part["kind"] in ("tool_call", "attachment"):
        return {**part, "id": keys.get(part["id"]) or str(uuid7())}
    return dict(part)
