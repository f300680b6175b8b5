"""Chats made of other chats' messages: branches, duplicates, merged ones."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.utils import timezone

from sessions_app.models import ChatSession, Message, SessionTag
from sessions_app.transactions import write

from .copying import Copying
from .errors import NotNow, NotPossible
from .messages import reply_runs
from .paths import locked, path_to, raise_version, tell_pages

UNMADE = timedelta(days=1)
COPIED = ("model", "provider", "settings", "title_source", "template_id")


def branch_session(*, message: Message, owner: Any) -> ChatSession:
    """A new chat of `owner` with copies of the path to this message, which it was branched from."""
    source = message.session
    row = Message.objects.filter(pk=message.pk).kept().first()
    if row is None:
        raise NotPossible("This message was deleted meanwhile.")
    path = path_to(row)
    refuse_unfinished(source, path)
    chat = unmade(source, owner, "branch", parent=source, branched_from=message)
    Copying(chat).copy_all(path, version=1, all_shown=True)
    return made(chat, shown=len(path))


def duplicate_session(*, chat: ChatSession, owner: Any) -> ChatSession:
    """A new chat of `owner` with copies of all messages that are kept, in all their versions."""
    rows = Message.objects.filter(session=chat).kept().order_by("position", "created_at", "pk")
    keys = list(rows.values_list("pk", flat=True))
    refuse_unfinished(chat, keys)
    new = unmade(chat, owner, "copy")
    copying = Copying(new)
    copying.copy_all(keys, version=1, all_shown=False)
    copying.choose_as(
        [(row.pk, row.chosen_child_id) for row in rows.exclude(chosen_child=None).only("chosen_child")]
    )
    tags = chat.tags.values_list("name", flat=True)
    SessionTag.objects.bulk_create(SessionTag(session=new, owner=owner, name=name) for name in tags)
    line = copying.keys.get(chat.context_from_id) if chat.context_from_id else None
    return made(new, shown=rows.filter(active=True).count(), context_from_id=line)


def merge_session(*, source: ChatSession, target: ChatSession, person: Any) -> UUID | None:
    """Copies of the shown path of `source` at the end of `target`; `source` is archived and knows where it went.

    Returns the key of the first copy (deleting it takes the merge back), None where `source` shows nothing.
    """
    if source.pk == target.pk:
        raise NotPossible("A session cannot be merged into itself.")
    if person.pk not in (source.owner_id, target.owner_id) or source.owner_id != target.owner_id:
        raise NotPossible("Only your own sessions can be merged.")
    with write():
        locked(min(source.pk, target.pk))
        locked(max(source.pk, target.pk))
        source, target = (ChatSession.objects.get(pk=each.pk) for each in (source, target))
        if reply_runs(source) or reply_runs(target):
            raise NotNow
        path = list(Message.objects.filter(session=source).shown().values_list("pk", flat=True))
        end = Message.objects.filter(session=target).shown().last()
        depth = end.position if end else 0
        version = raise_version(
            target.pk, active=bool(path), known=target.version, message_count=depth + len(path)
        )
        copying = Copying(target, end.pk if end else None, depth)
        copying.copy_all(path, version=version, all_shown=True)
        first = copying.keys[path[0]] if path else None
        if first:
            say_where_from(first, source)
        raise_version(source.pk, active=False, archived_at=timezone.now(), merged_into_id=target.pk)
        for chat in (source, target):
            tell_pages(chat)
    return first


def say_where_from(first: UUID, source: ChatSession) -> None:
    row = Message.objects.get(pk=first)
    card = {"kind": "card", "turn": 0, "card": "merged", "session": str(source.pk), "title": str(source)}
    Message.objects.filter(pk=first).update(parts=[card, *row.parts])


def refuse_unfinished(chat: ChatSession, path: list[UUID]) -> None:
    """One reply a chat runs at most."""
    running = chat.replies.unfinished().values_list("pk", flat=True).first()
    if running in path:
        raise NotNow


def unmade(source: ChatSession, owner: Any, word: str, **more: Any) -> ChatSession:
    """A chat that nobody sees before all of its messages are there: deleted before it was made. One that is left so by
    a crash is purged with the deleted ones."""
    values = {name: getattr(source, name) for name in COPIED}
    title = free_title(source, owner, word) if source.title else ""
    with write():
        return ChatSession.objects.create(
            owner=owner, title=title, version=1, deleted_at=timezone.now() - UNMADE, **values, **more
        )


def free_title(source: ChatSession, owner: Any, word: str) -> str:
    """What a session made of `source` is called: with a number where the owner has one of that name."""
    begin = f"{source.title[:105]} ({word}"
    taken = set(
        ChatSession.objects.owned_by(owner).filter(title__startswith=begin).values_list("title", flat=True)
    )
    names = (f"{begin})" if number == 1 else f"{begin} {number})" for number in count(1))
    return next(name for name in names if name not in taken)


def made(chat: ChatSession, *, shown: int, **more: Any) -> ChatSession:
    with write():
        raise_version(chat.pk, structure=True, deleted_at=None, message_count=shown, **more)
        tell_pages(chat)
    chat.refresh_from_db()
    return chat
