"""Messages of a document become rows of a session: in lots, each read, rendered and stored in its own transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from export_app.document import Call, Entry, File, Part, Remark, Revision, Spent
from export_app.importers.cleaned import entry_of
from export_app.importers.referred import referred
from sessions_app.actions.errors import NotNow
from sessions_app.actions.paths import batches
from sessions_app.actions.searching import note_messages
from sessions_app.models import Attachment, ChatSession, ForeignUsage, Mark, Message, Reply, ToolCall, uuid7
from sessions_app.rendering import RENDERER_VERSION, render_person
from sessions_app.rendering.article import tool_data
from sessions_app.rendering.body import finished_body
from sessions_app.transactions import write

from .compared import Here
from .filing import Filing
from .nodes import Keys, Node, origin_of
from .planted import Rows, insert, renamed, without_parts
from .watching import NOBODY, Watch

LOT = 100  # messages in one transaction
HEAVY = 4_000_000  # characters of a lot that gets no more messages
ROWS = 300  # messages and tool calls in one
STEP = 50  # when they are taken out again
MOST_MARKS = 200  # on one message


class Gone(NotNow):
    sentence = "The session was deleted for good while it was imported."


class Planting:
    """Puts entries into `chat`, parents before their children. `hidden` ones are deleted until they are shown all at
    once. `nodes` are those that are in it, by their id in the source; what is there already is not made again."""

    def __init__(
        self,
        chat: ChatSession,
        owner: Any,
        source: str,
        *,
        hidden: bool = False,
        watch: Watch = NOBODY,
        filing: Filing | None = None,
    ) -> None:
        self.chat, self.owner, self.source, self.watch = chat, owner, source, watch
        self.deletion = deletion_of(chat.pk) if hidden else None
        self.nodes: dict[str, Node] = {}
        self.keys = Keys()
        self.filing = filing or Filing(owner)
        self.below_deleted = self.homeless = self.files_left = 0
        self._shown_below: set[str | None] = set()  # of these one child is shown: more cannot be

    # ------------------------------------------------------------ in lots

    def plant_all(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Stores what is not there yet; gives what is there already, one by one, as it comes."""
        rest, count = answers_below_questions(self._checked(entries)), 0
        while lot := list(a_lot(rest)):
            if count:
                self.watch.look(count)
            count += len(lot)
            fresh = []
            for entry in referred(lot, self.owner.pk):
                if self.known(entry):
                    yield entry
                elif self._place(entry):
                    fresh.append(entry)
            self._store(fresh)

    def known(self, entry: Entry) -> bool:
        """Whether it is in the session already."""
        return False

    def _checked(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Each id once, put right."""
        seen: set[str] = set()
        for entry in entries:
            if entry.id not in seen:
                seen.add(entry.id)
                yield entry_of(entry)

    def _place(self, entry: Entry) -> bool:
        """Its node; false where it has no place to hang."""
        above = self.nodes.get(entry.parent) if entry.parent is not None else None
        if entry.parent is not None and (above is None or above.gone):
            gone = above is not None
            self.below_deleted, self.homeless = self.below_deleted + gone, self.homeless + (not gone)
            if gone:  # what hangs below it has no place either
                self.nodes[entry.id] = Node(uuid7(), 0, gone=True, new=False)
            return False
        free = (above is None or above.active) and entry.parent not in self._shown_below
        position = above.position + 1 if above else 1
        key = self.keys.at(entry.created_at)
        self.nodes[entry.id] = Node(
            key,
            position,
            entry.parent,
            entry.shown,
            entry.shown and free,
            entry.chosen,
            marked=bool(entry.marks),
        )
        if entry.shown and free:
            self._shown_below.add(entry.parent)
        return True

    def _store(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        rows = Rows()
        with self.files_kept():
            for entry in entries:
                self.add(rows, entry)
            with write():
                if not ChatSession.objects.filter(pk=self.chat.pk).exists():
                    raise Gone
                insert(rows)
                self.count(len(rows.calls))
                if self.deletion is None:
                    note_messages(messages=[row.pk for row in rows.messages])

    @contextmanager
    def files_kept(self) -> Iterator[None]:
        """What was stored for rows that are not made is taken away again."""
        try:
            yield
        except BaseException:
            self.filing.forget()
            raise
        self.filing.settle()

    def count(self, calls: int) -> None:
        count_calls(self.chat.pk, calls)

    def keep(self, calls: Iterable[Spent]) -> None:
        """Calls of the session itself."""
        ForeignUsage.objects.bulk_create(self.foreign(None, calls))

    # ------------------------------------------------------------ one message

    def add(self, rows: Rows, entry: Entry, here: Here | None = None) -> None:
        """`here` is the same message as it is in the session: its files stay."""
        node = self.nodes[entry.id]
        there = here.matched(entry.files) if here else {}
        new = [file for file in entry.files if file.id not in there]
        kept = self.fitting(new, here)
        left = {file.id for file in new} - {file.id for file in kept}
        files = there | self.files(rows, node.key, kept, len(here.files) if here else 0)
        others = here.others(there.values()) if here else []
        files |= {part["id"]: part["id"] for part in others}
        calls = [self._call(node.key, call) for call in entry.tool_calls]
        keys = {call.id: str(row.pk) for call, row in zip(entry.tool_calls, calls, strict=True)}
        told = [*others, *without_parts(entry, files), *entry.parts]
        parts = [renamed(part, files | keys) for part in told if part.get("id") not in left]
        row = self._message(node, entry, parts)
        row.revisions = [self.revision(each, files | keys) for each in entry.revisions]
        row.html = self.html(row, calls)
        rows.messages.append(row)
        rows.calls += calls
        rows.marks += self._marks(node.key, entry.marks)
        rows.usage += self.foreign(row.origin_key, entry.calls)
        if entry.reply is not None:
            plain = {name: getattr(entry.reply, name) for name in type(entry.reply).__slots__}
            rows.replies.append(Reply(message_id=node.key, session=self.chat, copied=True, **plain))

    def _message(self, node: Node, entry: Entry, parts: Sequence[Part]) -> Message:
        own = entry.author == self.owner.get_username()
        above = self.nodes[entry.parent].key if entry.parent is not None else None
        return Message(
            pk=node.key,
            session=self.chat,
            parent_id=above,
            role=entry.role,
            author=self.owner if own else None,
            written_by=None if own else entry.author or None,
            parts=list(parts),
            content=entry.content,
            renderer_version=RENDERER_VERSION,
            active=node.active and self.deletion is None,
            position=node.position,
            version=2 if node.marked else 1,
            born=1,
            model=entry.model,
            created_at=entry.created_at,
            deleted_at=timezone.now() if self.deletion else None,
            deletion=self.deletion,
            origin_key=origin_of(self.chat.pk, self.source, entry.id),
        )

    def html(self, row: Message, calls: Sequence[ToolCall]) -> str:
        if row.role == Message.Role.USER:
            return render_person(row.content)
        return finished_body(row.pk, row.parts, {str(call.pk): tool_data(call) for call in calls})

    def fitting(self, files: Sequence[File], here: Here | None = None) -> Sequence[File]:
        """As many as the message may have yet."""
        kept = files[: max(0, settings.MAX_ATTACHMENTS - (len(here.files) if here else 0))]
        self.files_left += len(files) - len(kept)
        return kept

    def files(self, rows: Rows, message: UUID, files: Sequence[File], after: int = 0) -> dict[str, str]:
        """Rows of its files, behind those that it has; new keys by the old ones."""
        made: dict[str, str] = {}
        for position, file in enumerate(files, after):
            values = self.filing.values(file) | {"owner": self.owner, "session": self.chat}
            row = Attachment(message_id=message, position=position, **values)
            made[file.id] = str(row.pk)
            rows.files.append(row)
        return made

    def _call(self, message: UUID, call: Call) -> ToolCall:
        return ToolCall(
            pk=self.keys.at(call.created_at),
            message_id=message,
            turn=call.turn,
            tool_name=call.name,
            tool_use_id=call.use_id,
            input=call.input,
            result=call.result,
            status=call.status,
            duration_ms=call.duration_ms,
            error_message=call.error,
            created_at=call.created_at,
        )

    def revision(self, former: Revision, keys: Mapping[str, str]) -> dict[str, Any]:
        own = former.by == self.owner.get_username()
        return {
            "parts": [renamed(part, keys) for part in former.parts],
            "content": former.content,
            "at": former.at.isoformat() if former.at else None,
            "by": self.owner.pk if own else former.by,
        }

    def _marks(self, message: UUID, marks: Sequence[Remark]) -> list[Mark]:
        """Own ones are one's own again, as many as one person may have; the others keep the name of who made them."""
        made: list[Mark] = []
        seen: set[tuple[str, str]] = set()
        for each in marks[:MOST_MARKS]:
            own = each.by == self.owner.get_username() and (each.kind, each.emoji) not in seen
            if own and each.kind != Mark.Kind.ANNOTATION:
                seen.add((each.kind, each.emoji))
            plain = {name: getattr(each, name) for name in Remark.__slots__ if name != "by"}
            user, key = self.owner if own else None, self.keys.at(each.created_at)
            made.append(Mark(pk=key, message_id=message, user=user, made_by=each.by, **plain))
        return made

    def foreign(self, message: UUID | None, calls: Iterable[Spent]) -> list[ForeignUsage]:
        return [
            ForeignUsage(
                pk=self.keys.at(call.at),
                session=self.chat,
                message_key=message,
                **{name: getattr(call, name) for name in Spent.__slots__},
            )
            for call in calls
        ]

    # ------------------------------------------------------------ all of it

    def notes(self) -> list[str]:
        """What was left out or put in, a sentence each."""
        counted = (
            (self.below_deleted, "hang below messages that were deleted here, and were left out"),
            (self.homeless, "hang below messages that are not in the file, and were left out"),
        )
        told = [
            f"{number:,} message{'' if number == 1 else 's'} {words}." for number, words in counted if number
        ]
        if self.files_left:
            most = settings.MAX_ATTACHMENTS
            told.append(f"{self.files_left:,} files were left out: a message has {most} at most.")
        return [*told, *self.filing.missing()]

    def take_out(self, keys: Iterable[UUID]) -> None:
        """Messages of an import go again, in short transactions."""
        take_out(self.chat.pk, keys)


# ---------------------------------------------------------------- what these share


def deletion_of(chat: UUID) -> UUID:
    """With what messages are deleted that are not shown yet: no message's key, so nobody lists them or brings them back.
    Always the same one, so that what a crash left is found."""
    return origin_of(chat, "", "importing")


def take_out(chat: UUID, keys: Iterable[UUID]) -> None:
    for lot in batches(keys, STEP):
        with write():
            rows = Message.objects.filter(pk__in=lot, session=chat)
            origins = list(rows.values_list("origin_key", flat=True))
            ForeignUsage.objects.filter(message_key__in=origins).delete()
            _, gone = rows.delete()
            count_calls(chat, -gone.get("sessions_app.ToolCall", 0))


def count_calls(chat: UUID, calls: int) -> None:
    if calls:
        ChatSession.objects.filter(pk=chat).update(tool_count=F("tool_count") + calls)


def a_lot(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The next ones, not more than one short transaction stores, or memory has room for."""
    rows = size = 0
    for entry in islice(entries, LOT):
        yield entry
        rows += 1 + len(entry.tool_calls)
        size += weight_of(entry)
        if rows >= ROWS or size > HEAVY:
            return


def weight_of(entry: Entry) -> int:
    """About how many characters it has."""
    values = [(call.input, call.result) for call in entry.tool_calls]
    told = len(json.dumps(values, default=str)) if values else 0
    former = sum(len(each.content) for each in entry.revisions)
    return told + 2 * (len(entry.content) + former) + sum(len(file.text) for file in entry.files)


def answers_below_questions(entries: Iterable[Entry]) -> Iterator[Entry]:
    """An answer stands below a person's message here; one that does not gets an empty one above it."""
    roles: dict[str | None, str] = {}
    for entry in entries:
        if entry.role == "assistant" and roles.get(entry.parent) != "user":
            asked = replace(
                entry, id=f"{entry.id}:question", role="user", author="", model="", content="", parts=(),
                revisions=(), reply=None, tool_calls=(), files=(), calls=(), marks=(), chosen=None,
            )  # fmt: skip
            entry = replace(entry, parent=asked.id)
            roles[asked.id] = "user"
            yield asked
        roles[entry.id] = entry.role
        yield entry
