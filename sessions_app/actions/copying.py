"""Copies of messages in another chat: new rows with the time, author, model and versions of their origins.

A copy costs nothing: its receipt shows its origin's calls, and figures leave it out. Marks stay where they were put.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from sessions_app.models import ChatSession, Message, Reply, ToolCall, uuid7
from sessions_app.transactions import write

from .attachments import copy_attachments
from .carrying import carry, events_in
from .paths import Place, batches
from .searching import note_messages

LOT = 200  # messages in one transaction
STEP = 50  # when they are taken out again


@dataclass(frozen=True, slots=True)
class Origin:
    """What is copied of a message as it stood when the copying was asked for: whatever becomes of it meanwhile."""

    key: UUID
    shown: bool = True
    chosen: UUID | None = None


class Copying:
    """Copies messages into `chat`, parents before their children. `hidden` ones are deleted until they are shown all at
    once: no page, path or search knows of them before."""

    def __init__(self, chat: ChatSession, *, hidden: bool = False) -> None:
        self.chat = chat
        self.deletion = uuid7() if hidden else None  # no message's key: nobody lists it or brings it back
        self.keys: dict[UUID, UUID] = {}
        self.shown = 0
        self.calls = 0

    @property
    def first(self) -> UUID | None:
        return next(iter(self.keys.values()), None)

    def copy_all(self, origins: Iterable[Origin]) -> None:
        """Copies of these messages, in lots of their own transactions. Those that are gone for good meanwhile are left
        out, and what hung below them."""
        rest = iter(origins)
        while lot := list(islice(rest, LOT)):
            with write():
                self._copy_lot({origin.key: origin for origin in lot})

    def _copy_lot(self, lot: Mapping[UUID, Origin]) -> None:
        found = Message.objects.filter(pk__in=list(lot)).select_related("reply").in_bulk()
        rows = []
        for key in lot:
            row = found.get(key)
            if row is not None and (row.parent_id is None or row.parent_id in self.keys):
                self.keys[key] = uuid7()
                rows.append(row)
        keys = [row.pk for row in rows]
        calls = {call.pk: uuid7() for call in ToolCall.objects.filter(message__in=keys)}
        copies = [self._copied(row, calls, lot[row.pk]) for row in rows]
        Message.objects.bulk_create(copies)
        for each in copies:
            carry(message=each, events=events_in(each.parts))
        copy_attachments(pairs=dict(zip(keys, copies, strict=True)))
        Reply.objects.bulk_create(self._reply(row) for row in rows if row.role == Message.Role.ASSISTANT)
        self._copy_calls(calls)
        self.shown += sum(each.active for each in copies)
        if self.deletion is None:
            note_messages(messages=[each.pk for each in copies])

    def _copied(self, row: Message, calls: Mapping[UUID, UUID], origin: Origin) -> Message:
        key = self.keys[row.pk]
        new = copy(row)
        new._state = copy(row._state)
        new._state.fields_cache = {}
        new.pk = key
        new.session = self.chat
        new.parent_id = self.keys[row.parent_id] if row.parent_id else None
        new.parts = [renamed(part, calls) for part in row.parts]
        new.html = row.html.replace(f"message-{row.pk}", f"message-{key}")
        new.origin_key = row.origin_key or row.pk
        new.client_id, new.chosen_child_id = None, None
        new.active = origin.shown and self.deletion is None
        new.deleted_at, new.deletion = timezone.now() if self.deletion else None, self.deletion
        new.version = new.born = 1
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
        self.calls += len(rows)
        ChatSession.objects.filter(pk=self.chat.pk).update(tool_count=F("tool_count") + len(rows))

    def choose_as(self, origins: Iterable[Origin]) -> None:
        """Remember in the copies what was chosen among their origins' versions."""
        for origin in origins:
            if origin.key in self.keys and origin.chosen in self.keys:
                copied = Message.objects.filter(pk=self.keys[origin.key])
                copied.update(chosen_child=self.keys[origin.chosen])

    def show(self, first: UUID, *, end: Place | None, version: int) -> None:
        """The hidden copies, which are one path, stand below `end` from now on; within the caller's transaction."""
        rows = Message.objects.filter(session=self.chat, active=False, deletion=self.deletion)
        rows.update(
            position=F("position") + (end.position if end else 0),
            active=True,
            deleted_at=None,
            deletion=None,
            version=version,
            born=version,
        )
        Message.objects.filter(pk=first).update(parent=end.key if end else None)

    def discard(self) -> None:
        """Take the copies out again, the last ones first, in short transactions."""
        for keys in batches(reversed(self.keys.values()), STEP):
            with write():
                Message.objects.filter(pk__in=keys).delete()
        with write():
            rows = ChatSession.objects.filter(pk=self.chat.pk)
            rows.update(tool_count=F("tool_count") - self.calls)


def renamed(part: Mapping[str, Any], calls: Mapping[UUID, UUID]) -> dict[str, Any]:
    """A part that names the copies of its tool call."""
    if part["kind"] == "tool_call" and UUID(part["id"]) in calls:
        return {**part, "id": str(calls[UUID(part["id"])])}
    return dict(part)
