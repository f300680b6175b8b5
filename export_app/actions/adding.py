"""What is new in a session that was imported before, put where it belongs; see `building.update_session`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from export_app.document import Entry
from export_app.models import ImportedSession
from sessions_app.actions.changes import entries_follow, messages_changed
from sessions_app.actions.errors import NotNow
from sessions_app.actions.paths import batches, locked, raise_version, tell_pages
from sessions_app.models import ForeignUsage, Message, Reply, ToolCall
from sessions_app.rendering import RENDERER_VERSION

from .filing import Filing
from .nodes import Node, choose, lead_on, origin_of
from .planted import Rows, insert
from .planting import LOT, Planting


class Meanwhile(NotNow):
    sentence = "The session changed while it was imported. Nothing was added; import it again."


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A message whose words at the source are others now. `rows` has what hangs on an answer."""

    key: UUID
    changes: dict[str, Any]
    rows: Rows | None = None


class Adding(Planting):
    """Planting into a session that is here: its nodes are known by what they were imported from."""

    def __init__(self, imported: ImportedSession, filing: Filing | None = None) -> None:
        super().__init__(imported.session, imported.owner, imported.source, hidden=True, filing=filing)
        self.since = imported.at
        self.rewritten: list[Rewritten] = []
        self._waiting: list[Entry] = []
        left = Message.objects.filter(session=self.chat, deletion=self.deletion).order_by("-position")
        self.take_out(list(left.values_list("pk", flat=True)))  # of an import that broke off
        told = list(self._copies().order_by("-pk").values_list("origin_key", "pk", "position", "deleted_at"))
        self._there = {origin: (key, at, gone is not None) for origin, key, at, gone in told}
        self._count = len(told)

    def _copies(self) -> QuerySet[Message]:
        """What was imported or copied into the session, but for what is being added now."""
        rows = Message.objects.filter(session=self.chat, origin_key__isnull=False)
        return rows.filter(Q(deletion=None) | ~Q(deletion=self.deletion))

    def known(self, entry: Entry) -> bool:
        found = self._there.get(origin_of(self.chat.pk, self.source, entry.id))
        if found is None:
            return False
        key, position, gone = found
        self.nodes[entry.id] = Node(key, position, entry.parent, gone=gone, new=False)
        return True

    # ------------------------------------------------------------ other words

    def compare(self, entry: Entry | None) -> None:
        """Look whether an entry that is here has other words now; in lots, so that the last call is without one."""
        if entry is not None and not self.nodes[entry.id].gone:
            self._waiting.append(entry)
        if len(self._waiting) < LOT and entry is not None:
            return
        waiting, self._waiting = self._waiting, []
        rows = Message.objects.in_bulk([self.nodes[each.id].key for each in waiting])
        for each in waiting:
            row = rows.get(self.nodes[each.id].key)
            if row is not None and row.content != each.content and not self.edited(row):
                self.rewritten.append(self._rewritten(row, each))

    def edited(self, row: Message) -> bool:
        """Whether somebody changed it here: such a revision names its person by a key, and is younger than the import."""
        return any(
            isinstance(each.get("by"), int)
            and each.get("at")
            and datetime.fromisoformat(each["at"]) > self.since
            for each in row.revisions
        )

    def _rewritten(self, row: Message, entry: Entry) -> Rewritten:
        changes: dict[str, Any] = {"content": entry.content, "renderer_version": RENDERER_VERSION}
        changes["revisions"] = [*row.revisions, self._former(row, entry)]
        if row.role == Message.Role.USER:
            others = [part for part in row.parts if part["kind"] != "text"]
            row.parts = [*others, *(dict(part) for part in entry.parts if part["kind"] == "text")]
            row.content = entry.content
            return Rewritten(row.pk, changes | {"parts": row.parts, "html": self.html(row, ())})
        made = Rows()
        self.add(made, replace(entry, files=()))
        new = made.messages[0]
        return Rewritten(row.pk, changes | {"parts": new.parts, "html": new.html}, made)

    def _former(self, row: Message, entry: Entry) -> dict[str, Any]:
        """What stood there; when and by whom it was replaced where the source tells, else now."""
        last = entry.revisions[-1] if entry.revisions and entry.revisions[-1].content == row.content else None
        at = last.at if last and last.at else timezone.now()
        return {
            "parts": row.parts,
            "content": row.content,
            "at": at.isoformat(),
            "by": (last.by if last else "") or entry.author,
        }

    # ------------------------------------------------------------ shown at once

    def show(self, *, last: datetime) -> int:
        """Within the caller's transaction: everything new where it belongs. How many messages that are."""
        chat = locked(self.chat.pk)
        new = [node for node in self.nodes.values() if node.new]
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
        rows = Message.objects.filter(session=self.chat, deletion=self.deletion)
        there = sum(rows.filter(pk__in=keys).count() for keys in batches(node.key for node in new))
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
        rows = Message.objects.filter(session=self.chat, deletion=self.deletion)
        back = {"deleted_at": None, "deletion": None, "version": version}
        for born, wanted in (
            (version, False),
            (version - 1, True),
        ):  # marks are looked for where these differ
            for keys in batches(node.key for node in new if node.marked == wanted):
                rows.filter(pk__in=keys).update(born=born, **back)
        for keys in batches(path):
            Message.objects.filter(pk__in=keys).update(active=True)
        self._keep_choices(new, set(path))
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

    def _rewrite(self, version: int) -> None:
        for each in self.rewritten:
            Message.objects.filter(pk=each.key).update(version=version, **each.changes)
            if each.rows is not None:
                self._replace(each.key, each.rows)
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
        insert(Rows(calls=rows.calls, usage=rows.usage))
        self.count(len(rows.calls) - gone)

    def discard(self) -> None:
        self.take_out(node.key for node in reversed(list(self.nodes.values())) if node.new)


ANSWERED = (
    *("status", "stop_reason", "error_type", "error_message", "turns", "earlier_ms"),
    *("started_at", "first_token_at", "finished_at", "model_config"),
)
