"""Copies of messages in another chat: new rows with the time, author, model and versions of their origins.

A copy costs nothing: its receipt shows its origin's calls, and figures leave it out. Marks stay where they were put.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any
from uuid import UUID

from django.db.models import F

from sessions_app.models import ChatSession, Message, Reply, ToolCall, uuid7
from sessions_app.transactions import write

from .attachments import copy_attachments
from .paths import batches
from .searching import note_messages

LOT = 200  # messages in one transaction


class Copying:
    """Copies messages into `chat`, parents before their children. `above` is where those without a parent go."""

    def __init__(self, chat: ChatSession, above: UUID | None = None, depth: int = 0) -> None:
        self.chat, self.above, self.depth = chat, above, depth
        self.keys: dict[UUID, UUID] = {}

    def copy_all(self, rows: Iterable[UUID], *, version: int, all_shown: bool) -> None:
        """Copies of these messages, in lots of their own transactions; within a transaction they join it. `all_shown`
        says that together they are one path, which is shown."""
        for keys in batches(rows, LOT):
            with write():
                self._copy_lot(keys, version, all_shown)

    def _copy_lot(self, keys: Sequence[UUID], version: int, all_shown: bool) -> None:
        found = Message.objects.filter(pk__in=keys).select_related("reply").in_bulk()
        rows = [found[key] for key in keys]
        self.keys |= {row.pk: uuid7() for row in rows}
        calls = {call.pk: uuid7() for call in ToolCall.objects.filter(message__in=keys)}
        copies = [self._copied(row, calls, version, all_shown) for row in rows]
        Message.objects.bulk_create(copies)
        copy_attachments(pairs=dict(zip(keys, copies, strict=True)))
        Reply.objects.bulk_create(self._reply(row) for row in rows if row.role == Message.Role.ASSISTANT)
        self._copy_calls(calls)
        note_messages(messages=[each.pk for each in copies])

    def _copied(self, row: Message, calls: Mapping[UUID, UUID], version: int, all_shown: bool) -> Message:
        key = self.keys[row.pk]
        new = copy(row)
        new._state = copy(row._state)
        new._state.fields_cache = {}
        new.pk = key
        new.session = self.chat
        new.parent_id = self.keys.get(row.parent_id, self.above) if row.parent_id else self.above
        new.parts = [renamed(part, calls) for part in row.parts]
        new.html = row.html.replace(f"message-{row.pk}", f"message-{key}")
        new.origin_key = row.origin_key or row.pk
        new.client_id, new.chosen_child_id = None, None
        new.position = row.position + self.depth
        new.active = all_shown or row.active
        new.version = new.born = version
        return new

    def _reply(self, row: Message) -> Reply:
        new = copy(row.reply)
        new._state = copy(row.reply._state)
        new._state.fields_cache = {}
        new.pk = self.keys[row.pk]
        new.session = self.chat
        new.copied, new.parts_seq, new.owner, new.stop_requested_at = True, 0, None, None
        return new

    def _copy_calls(self, calls: Mapping[UUID, UUID]) -> None:
        rows = list(ToolCall.objects.filter(pk__in=calls))
        for row in rows:
            row.pk, row.message_id = calls[row.pk], self.keys[row.message_id]
        ToolCall.objects.bulk_create(rows)
        ChatSession.objects.filter(pk=self.chat.pk).update(tool_count=F("tool_count") + len(rows))

    def choose_as(self, origins: Iterable[tuple[UUID, UUID | None]]) -> None:
        """Remember in the copies what was chosen among their origins' versions: parents and children."""
        for parent, child in origins:
            if child in self.keys:
                Message.objects.filter(pk=self.keys[parent]).update(chosen_child=self.keys[child])


def renamed(part: Mapping[str, Any], calls: Mapping[UUID, UUID]) -> dict[str, Any]:
    """A part that names the copies of its tool call."""
    if part["kind"] == "tool_call" and UUID(part["id"]) in calls:
        return {**part, "id": str(calls[UUID(part["id"])])}
    return dict(part)
