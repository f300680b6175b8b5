"""The path of a chat's tree that is shown, and the version every committed change raises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import F, PositiveBigIntegerField
from django.utils import timezone

from sessions_app.models import ChatSession, Message
from sessions_app.prepared import Insert, Rows, Select, Update, given

_this = ChatSession.objects.filter
_locked = Select(lambda: _this(pk=given("chat")).select_for_update())
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
    """The chat, locked to the end of the transaction: what changes its path takes its turn here."""
    row = _locked.first(chat=chat)
    if row is None:
        raise ChatSession.DoesNotExist
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


@cache
def _raising(structure: bool, names: tuple[str, ...]) -> Update:
    ran = F("runtime_ms") + given("ran_ms", PositiveBigIntegerField())
    more = {"structure_version": F("version") + 1} if structure else {}
    return Update(lambda: _this(pk=given("chat")), *names, version=F("version") + 1, runtime_ms=ran, **more)


def cut_after(chat: ChatSession, parent: Place) -> bool:
    """Take everything below `parent` off the shown path (it stays in the tree). True if anything was."""
    return _cut(chat=chat.pk, position=parent.position) > 0


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
) -> tuple[Message, Message]:
    """A person's message below `parent` and the empty answer below it."""
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
