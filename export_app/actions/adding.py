"""What is new in a session that was imported before, put where it belongs; see `building.update_session`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from export_app.document import Entry, File
from export_app.models import ImportedSession
from sessions_app.actions.changes import entries_follow, messages_changed
from sessions_app.actions.errors import NotNow
from sessions_app.actions.paths import batches, locked, raise_version, tell_pages
from sessions_app.models import ForeignUsage, Message, Reply, ToolCall
from sessions_app.rendering import RENDERER_VERSION
from sessions_app.transactions import write

from .compared import Here, here_of, loses, same, with_results
from .filing import Filing
from .nodes import Node, choose, lead_on, origin_of
from .planted import Rows, insert, part_of, renamed
from .planting import ROWS, Planting, deletion_of
from .watching import NOBODY, Watch

SEEN = ("content", "revisions", "deleted_at", "version")


class Meanwhile(NotNow):
    sentence = "The session changed while it was imported. Nothing was added; import it again."


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A message that is another one at its source now. `seen` is what it was when that was found; `rows` has what hangs
    on it: of an `answer` in place of what does."""

    key: UUID
    seen: tuple[Any, ...]
    changes: dict[str, Any]
    rows: Rows
    answer: bool


class Adding(Planting):
    """Planting into a session that is here: its nodes are known by what they were imported from."""

    def __init__(
        self, imported: ImportedSession, watch: Watch = NOBODY, filing: Filing | None = None
    ) -> None:
        super().__init__(
            imported.session, imported.owner, imported.source, hidden=True, watch=watch, filing=filing
        )
        self.imported, self.since = imported, imported.at
        self._note_since(timezone.now())
        self.rewritten: list[Rewritten] = []
        self.changed_here = self.as_they_were = 0
        self._waiting: list[Entry] = []
        self._weight = 0
        self._filed: list[str] = []  # files of messages that are rewritten: stored, and in no row yet
        self.take_out(left_in(self.chat.pk))  # of an import that broke off
        told = list(self._copies().order_by("-pk").values_list("origin_key", "pk", "position", "deleted_at"))
        self._there = {origin: (key, at, gone is not None) for origin, key, at, gone in told}
        self._count = len(told)

    def _copies(self) -> QuerySet[Message]:
        """What was imported or copied into the session, but for what is being added now."""
        rows = Message.objects.filter(session=self.chat).copies()
        return rows.filter(Q(deletion=None) | ~Q(deletion=self.deletion))

    def known(self, entry: Entry) -> bool:
        found = self._there.get(origin_of(self.chat.pk, self.source, entry.id))
        if found is None:
            return False
        key, position, gone = found
        self.nodes[entry.id] = Node(key, position, entry.parent, gone=gone, new=False)
        return True

    # ------------------------------------------------------------ what is another one now

    def compare(self, entry: Entry | None) -> None:
        """Look whether an entry that is here is another one now; in lots, so that the last call is without one."""
        if entry is not None and not self.nodes[entry.id].gone:
            self._waiting.append(entry)
            self._weight += 1 + len(entry.tool_calls)
        if self._weight < ROWS and entry is not None:
            return
        waiting, self._waiting, self._weight = self._waiting, [], 0
        there = here_of([self.nodes[each.id].key for each in waiting])
        with self.files_kept():
            for each in waiting:
                here = there.get(self.nodes[each.id].key)
                if here is not None:
                    self._compare(each, here)
            self._filed += self.filing.kept

    def _compare(self, entry: Entry, here: Here) -> None:
        row, entry = here.row, with_results(entry, here)
        words = row.content != entry.content and not self.edited(row)
        there = here.matched(entry.files)
        new = [file for file in entry.files if file.id not in there]
        if row.role == Message.Role.USER:
            new = list(self.fitting(new, here))
            if words or new:
                self.rewritten.append(self._question(entry, here, new, words=words))
        elif self.edited(row) or not (words or self._fits(new, here) or not same(entry, here)):
            return
        elif not words and loses(entry, here):
            self.as_they_were += 1
        else:
            self.rewritten.append(self._answer(entry, here, words=words))

    @staticmethod
    def _fits(new: Sequence[File], here: Here) -> bool:
        return bool(new) and len(here.files) < settings.MAX_ATTACHMENTS

    def edited(self, row: Message) -> bool:
        """Whether somebody changed it here: such a revision names its person by a key, and is younger than the import."""
        return any(
            isinstance(each.get("by"), int)
            and each.get("at")
            and datetime.fromisoformat(each["at"]) > self.since
            for each in row.revisions
        )

    def _question(self, entry: Entry, here: Here, new: Sequence[File], *, words: bool) -> Rewritten:
        """The files it has stay, as its text does where that was changed here."""
        row, rows = here.row, Rows()
        keys = self.files(rows, row.pk, new, len(here.files))
        others = [part for part in row.parts if part["kind"] != "text"]
        others += [renamed(part_of(file), keys) for file in new]
        texts = [dict(part) for part in (entry.parts if words else row.parts) if part["kind"] == "text"]
        changes = self._changes(entry, row) if words else {}
        seen = tuple(getattr(row, name) for name in SEEN)
        row.parts, row.content = [*others, *texts], entry.content if words else row.content
        changes |= {"parts": row.parts, "html": self.html(row, ())}
        return Rewritten(row.pk, seen, changes | {"renderer_version": RENDERER_VERSION}, rows, answer=False)

    def _answer(self, entry: Entry, here: Here, *, words: bool) -> Rewritten:
        row, rows = here.row, Rows()
        self.add(rows, entry, here)
        new = rows.messages[0]
        changes = self._changes(entry, row) if words else {}
        changes |= {"parts": new.parts, "html": new.html, "renderer_version": RENDERER_VERSION}
        return Rewritten(row.pk, tuple(getattr(row, name) for name in SEEN), changes, rows, answer=True)

    def _changes(self, entry: Entry, row: Message) -> dict[str, Any]:
        """Other words. Among the former ones is what stood there; when and by whom it was replaced where the source
        tells, else now."""
        last = entry.revisions[-1] if entry.revisions and entry.revisions[-1].content == row.content else None
        at = last.at if last and last.at else timezone.now()
        former = {
            "parts": row.parts,
            "content": row.content,
            "at": at.isoformat(),
            "by": (last.by if last else "") or entry.author,
        }
        return {"content": entry.content, "revisions": [*row.revisions, former]}

    # ------------------------------------------------------------ shown at once

    def show(self, *, last: datetime) -> int:
        """Within the caller's transaction: everything new where it belongs. How many messages that are."""
        chat = locked(self.chat.pk)
        new = [node for node in self.nodes.values() if node.new]
        self._leave_what_changed()
        if not new and not self.rewritten:
            return 0
        self._refuse_changed(new)
        end = Message.objects.filter(session=chat).shown().last()
        path = self._continued(end)
        more = {"message_count": (end.position if end else 0) + len(path)} if path else {}
        at = max(chat.last_activity_at, min(last, timezone.now()))
        version = raise_version(
            chat.pk, active=False, structure=True, known=chat.version, last_activity_at=at, **more
        )
        self._bring(new, path, version)
        self._rewrite(version)
        tell_pages(chat)
        return len(new)

    def _refuse_changed(self, new: list[Node]) -> None:
        """Another import may have taken these away or brought the same, a person may have deleted what they hang below."""
        there = Message.objects.filter(session=self.chat, deletion=self.deletion).count()
        parents = {self.nodes[node.parent].key for node in new if node.parent is not None}
        parents -= {node.key for node in new}
        kept = sum(Message.objects.filter(pk__in=keys).kept().count() for keys in batches(parents))
        if there != len(new) or kept != len(parents) or self._copies().count() != self._count:
            raise Meanwhile

    def _continued(self, end: Message | None) -> list[UUID]:
        """The new messages that follow the end of the shown path."""
        if end is None:
            return lead_on(self.nodes, None)
        name = next((name for name, node in self.nodes.items() if node.key == end.pk), None)
        return lead_on(self.nodes, name) if name is not None else []

    def _bring(self, new: list[Node], path: list[UUID], version: int) -> None:
        """In few statements, also where they are many: everyone who writes waits."""
        rows, shown = Message.objects.filter(session=self.chat, deletion=self.deletion), set(path)
        back = {"deleted_at": None, "deletion": None, "version": version, "born": version}
        if path:
            for keys in batches(node.key for node in new if node.key not in shown):
                rows.filter(pk__in=keys).update(**back)
        rows.update(active=bool(path), **back)  # those that are left: the path, or all
        for keys in batches(node.key for node in new if node.marked):
            Message.objects.filter(pk__in=keys).update(
                born=version - 1
            )  # marks are looked for where these differ
        self._keep_choices(new, shown)
        choose(self.nodes)
        entries_follow(messages=[node.key for node in new])

    def _keep_choices(self, new: list[Node], path: set[UUID]) -> None:
        """A new version beside a shown one is the newest, but not what is shown."""
        parents = {
            self.nodes[node.parent].key for node in new if node.parent is not None and node.key not in path
        }
        for keys in batches(parents):
            shown = Message.objects.filter(parent__in=keys, active=True)
            for key in list(shown.values_list("pk", flat=True)):
                Message.objects.filter(children=key, chosen_child=None).update(chosen_child=key)

    def _leave_what_changed(self) -> None:
        """What somebody wrote, marked or deleted since it was compared stays as it is."""
        now: dict[UUID, tuple[Any, ...]] = {}
        for keys in batches(each.key for each in self.rewritten):
            rows = Message.objects.filter(pk__in=keys).values_list("pk", *SEEN)
            now |= {row[0]: row[1:] for row in rows}
        kept = [each for each in self.rewritten if now.get(each.key) == each.seen]
        self.changed_here = len(self.rewritten) - len(kept)
        self.rewritten = kept

    def _rewrite(self, version: int) -> None:
        for each in self.rewritten:
            Message.objects.filter(pk=each.key).update(version=version, **each.changes)
            if each.answer:
                self._replace(each.key, each.rows)
            else:
                insert(each.rows)
        keys = [each.key for each in self.rewritten]
        if keys:
            messages_changed(messages=keys, rewritten=True)

    def _replace(self, key: UUID, rows: Rows) -> None:
        """The tool calls and figures of an answer that went on at its source."""
        gone, _ = ToolCall.objects.filter(message=key).delete()
        ForeignUsage.objects.filter(message_key=rows.messages[0].origin_key).delete()
        for reply in rows.replies:
            names = [field.attname for field in Reply._meta.concrete_fields if field.attname in ANSWERED]
            Reply.objects.filter(pk=key).update(**{name: getattr(reply, name) for name in names})
        insert(Rows(calls=rows.calls, usage=rows.usage, files=rows.files))
        self.count(len(rows.calls) - gone)

    def notes(self) -> list[str]:
        counted = (
            (self.changed_here, "was changed here meanwhile, and stays so", "were changed here meanwhile, and stay so"),
            (self.as_they_were, "has less at its source now, and stays", "have less at their source now, and stay"),
        )  # fmt: skip
        told = [
            f"{number:,} message{'' if number == 1 else 's'} {one if number == 1 else more}."
            for number, one, more in counted
            if number
        ]
        return [*super().notes(), *told]

    def discard(self) -> None:
        self.filing.kept += self._filed
        self.filing.forget()
        self.take_out(node.key for node in reversed(list(self.nodes.values())) if node.new)
        self._note_since(None)

    @write()
    def _note_since(self, at: datetime | None) -> None:
        """What a kill leaves is found by this."""
        ImportedSession.objects.filter(pk=self.imported.pk).update(adding_since=at)


def left_in(chat: UUID) -> list[UUID]:
    """Messages that were being added to a session when that broke off, the last of the tree first."""
    rows = Message.objects.filter(session=chat, deletion=deletion_of(chat), deleted_at__isnull=False)
    return list(rows.order_by("-position").values_list("pk", flat=True))


ANSWERED = (
    *("status", "stop_reason", "error_type", "error_message", "turns", "earlier_ms"),
    *("started_at", "first_token_at", "finished_at", "model_config"),
)
