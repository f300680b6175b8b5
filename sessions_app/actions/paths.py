"""The path of a chat's tree that is shown, and the version every committed change raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, PositiveBigIntegerField
from django.utils import timezone

from sessions_app.models import ChatSession, Message
from sessions_app.prepared import Insert, Rows, Select, Update, given
from sessions_app.realtime import feed

from .errors import SessionDeleted

_this = ChatSession.objects.filter
_locked = Select(
    lambda: _this(pk=given("chat")).select_for_update(no_key=True)
)  # who refers to it need not wait
_version = Rows(lambda: _this(pk=given("chat")).values_list("version"))
_cut = Update(
    lambda: Message.objects.filter(session=given("chat"), active=True, position__gt=given("position")),
    active=False,
)
_insert = Insert(Message)


@dataclass(frozen=True, slots=True)
class Place:
    """A message of a chat's tree: its key and position."""

    key: UUID
    position: int

    @classmethod
    def of(cls, message: Message) -> Place:
        return cls(message.pk, message.position)


def locked(chat: UUID) -> ChatSession:
    """The chat, locked to the end of the transaction: what people change in it takes its turn here. Refuses one that
    was deleted meanwhile."""
    row = _locked.first(chat=chat)
    if row is None:
        raise ChatSession.DoesNotExist
    if row.deleted_at is not None:
        raise SessionDeleted
    return row


def raise_version(
    chat_id: UUID,
    *,
    structure: bool = False,
    active: bool = True,
    known: int | None = None,
    ran_ms: int = 0,
    **changes: Any,
) -> int:
    """Raise the chat's version within the caller's transaction; returns the new one. `known` is the version of a
    row the caller has locked: it need not be asked again.

    `structure` says that messages vanished or moved: open pages then fetch the shown page whole.
    """
    if active:
        changes["last_activity_at"] = timezone.now()
    _raising(structure, tuple(changes))(chat=chat_id, ran_ms=ran_ms, **changes)
    if known is not None:
        return known + 1
    found = _version.first(chat=chat_id)
    if found is None:
        raise ChatSession.DoesNotExist
    return int(found[0])


def tell_pages(chat: ChatSession) -> None:
    """After the commit: what shows this chat, and its owner's lists, look at the database."""
    transaction.on_commit(lambda: feed.session_changed(chat.pk, chat.owner_id))


@cache
def _raising(structure: bool, names: tuple[str, ...]) -> Update:
    ran = F("runtime_ms") + given("ran_ms", PositiveBigIntegerField())
    more = {"structure_version": F("version") + 1} if structure else {}
    return Update(lambda: _this(pk=given("chat")), *names, version=F("version") + 1, runtime_ms=ran, **more)


def cut_after(chat: ChatSession, parent: Place) -> bool:
    """Take everything below `parent` off the shown path (it stays in the tree). True if anything was."""
    return _cut(chat=chat.pk, position=parent.position) > 0


def path_through(chat: UUID, message: UUID) -> list[UUID]:
    """Keys from the root to a leaf: the path that would be shown if this message were switched to. Empty where it was
    deleted or is not of this chat."""
    rows = Message.objects.filter(session=chat)
    if rows.filter(pk=message, active=True).exists():
        return list(rows.shown().values_list("pk", flat=True))
    tree = Tree.of(chat)
    return tree.through(message) if message in tree.nodes else []


def path_to(message: Message) -> list[UUID]:
    """Keys from the root to this message, both with them."""
    if message.active:
        above = Message.objects.filter(session=message.session_id, position__lte=message.position)
        return list(above.shown().values_list("pk", flat=True))
    return Tree.of(message.session_id).above(message.pk)


def show_below(chat: ChatSession, top: int, path: Sequence[UUID]) -> None:
    """Show these messages from position `top` on and no others; `chat` is locked by the caller, who raises the
    version. What is shown above stays."""
    rows = Message.objects.filter(session=chat)
    active = set(rows.filter(active=True, position__gte=top).order_by().values_list("pk", flat=True))
    wanted = set(path)
    for keys in batches(active - wanted):
        rows.filter(pk__in=keys).update(active=False)
    for keys in batches(wanted - active):
        rows.filter(pk__in=keys).update(active=True)


def batches(keys: Iterable[UUID], size: int = 500) -> Iterator[list[UUID]]:
    """Keys in lots that every database takes in one statement."""
    rest = iter(keys)
    while lot := list(islice(rest, size)):
        yield lot


def choose_newest(parent: UUID | None) -> None:
    """A new child of this message came: it is shown from now on, whatever was chosen before."""
    if parent is not None:
        Message.objects.filter(pk=parent, chosen_child__isnull=False).update(chosen_child=None)


@dataclass(frozen=True, slots=True)
class Node:
    """What walking needs to know of a message that is kept."""

    key: UUID
    parent: UUID | None
    chosen: UUID | None
    position: int
    born: tuple[datetime, UUID]


HIDDEN = 2**31 - 1
NODE = ("pk", "parent", "chosen_child", "position", "created_at")


@dataclass(frozen=True, slots=True)
class Tree:
    """The messages of a chat that are kept, as far as walking needs them; children oldest first. Of those that are shown
    only the ones from a position on: what stands above is not looked at. With HIDDEN none of them."""

    nodes: dict[UUID, Node]
    children: dict[UUID | None, list[UUID]]

    @classmethod
    def of(cls, chat: UUID, top: int = 1) -> Tree:
        rows = Message.objects.filter(session=chat).kept().order_by()
        found = [*rows.filter(active=True, position__gte=top).values_list(*NODE)]
        found += rows.filter(active=False).values_list(*NODE)
        nodes = [Node(key, parent, chosen, place, (at, key)) for key, parent, chosen, place, at in found]
        children: dict[UUID | None, list[UUID]] = {}
        for node in sorted(nodes, key=lambda node: node.born):
            children.setdefault(node.parent, []).append(node.key)
        return cls({node.key: node for node in nodes}, children)

    def above(self, key: UUID) -> list[UUID]:
        """From the highest one known to `key`, both with it."""
        path = [key]
        while (parent := self.nodes[path[-1]].parent) in self.nodes:
            assert parent is not None
            path.append(parent)
        return path[::-1]

    def below(self, key: UUID | None) -> list[UUID]:
        """From the child of `key` (None: the root) that is shown to its leaf: what was chosen at each level, else the
        newest."""
        path: list[UUID] = []
        while (child := self.shown_child(key)) is not None:
            path.append(child)
            key = child
        return path

    def shown_child(self, key: UUID | None) -> UUID | None:
        found = self.children.get(key)
        if not found:
            return None
        chosen = self.nodes[key].chosen if key in self.nodes else None
        return chosen if chosen in found else found[-1]

    def through(self, key: UUID) -> list[UUID]:
        return [*self.above(key), *self.below(key)]

    def subtree(self, key: UUID) -> list[UUID]:
        """`key` and everything below it."""
        found, waiting = [], [key]
        while waiting:
            found.append(waiting.pop())
            waiting.extend(self.children.get(found[-1], ()))
        return found


def add_pair(
    *,
    chat: ChatSession,
    author: Any,
    content: str,
    parts: list[Any],
    html: str,
    client_id: str,
    parent: Place | None,
    version: int,
    model: str,
    renderer_version: int,
    posted: bool = False,
) -> tuple[Message, Message]:
    """A person's message below `parent` and the empty answer below it; `posted` says that it is a notification."""
    asked = Message(
        session=chat,
        author=author,
        parent_id=parent.key if parent else None,
        role=Message.Role.USER,
        parts=parts,
        content=content,
        html=html,
        renderer_version=renderer_version,
        position=parent.position + 1 if parent else 1,
        version=version,
        born=version,
        client_id=client_id or None,
    )
    asked.origin_key = asked.pk if posted else None
    answer = empty_answer(chat, asked, version, model)
    _insert(asked, answer)
    return asked, answer


def add_answer(*, chat: ChatSession, parent: Message, version: int, model: str) -> Message:
    """An empty answer below a question that is there already."""
    answer = empty_answer(chat, parent, version, model)
    _insert(answer)
    return answer


def empty_answer(chat: ChatSession, parent: Message, version: int, model: str) -> Message:
    return Message(
        session=chat,
        parent=parent,
        role=Message.Role.ASSISTANT,
        position=parent.position + 1,
        version=version,
        born=version,
        model=model,
    )
