"""The rows of imported messages, and how their parts name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.sql import InsertQuery

from export_app.document import Entry, File, Part
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
    """Within the caller's transaction."""
    Message.objects.bulk_create(rows.messages)
    Attachment.objects.bulk_create(rows.files)
    Reply.objects.bulk_create(rows.replies)
    ForeignUsage.objects.bulk_create(rows.usage)
    _insert_as_they_are(ToolCall, rows.calls)
    _insert_as_they_are(Mark, rows.marks)


def _insert_as_they_are(table: type[Model], made: Sequence[Any]) -> None:
    """With their times, as fixtures are loaded: `bulk_create` gives new rows the time of now."""
    fields = table._meta.concrete_fields
    size = connection.ops.bulk_batch_size(fields, made) if made else 1
    for at in range(0, len(made), size):
        query = InsertQuery(table)
        query.insert_values(fields, list(made[at : at + size]), raw=True)
        query.get_compiler(connection=connection).execute_sql()


def without_parts(entry: Entry, files: Mapping[str, str]) -> list[Part]:
    """Parts for files that no part names."""
    named = {part.get("id") for part in entry.parts}
    return [part_of(file) for file in entry.files if file.id in files and file.id not in named]


def part_of(file: File) -> dict[str, Any]:
    return {"kind": "attachment", "turn": 0, "id": file.id, "name": file.name, "media": file.kind}


def renamed(part: Part, keys: Mapping[str, str]) -> dict[str, Any]:
    """A part that names the file or call that was made for it. A key that is not of this message is no key here: a part
    could else name somebody's file, which would go to the model with it."""
    if part["kind"] in ("tool_call", "attachment"):
        return {**part, "id": keys.get(part["id"]) or str(uuid7())}
    return dict(part)
