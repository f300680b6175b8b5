"""Chats made of other chats' messages: branches, duplicates, merged ones."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.utils import timezone

from sessions_app.models import ChatSession, Message, SessionTag
from sessions_app.transactions import write

from .changes import entries_follow
from .copying import Copying, Origin
from .errors import NotNow, NotPossible
from .messages import reply_runs
from .organising import archive
from .paths import Place, locked, path_to, raise_version, tell_pages
from .summaries import copy_summaries
from .versions import delete_message

UNMADE = timedelta(days=1)
COPIED = ("model", "provider", "settings", "title_source", "template_id")


class Changed(NotNow):
    sentence = "The session changed meanwhile. Nothing was merged; do it again."


def branch_session(*, message: Message, owner: Any) -> ChatSession:
    """A new chat of `owner` with copies of the path to this message, which it was branched from."""
    source = message.session
    row = Message.objects.filter(pk=message.pk).kept().first()
    if row is None:
        raise NotPossible("This message was deleted meanwhile.")
    path = path_to(row)
    refuse_unfinished(source, path)
    chat = unmade(source, owner, "branch", parent=source, branched_from=message)
    copying = Copying(chat)
    copying.copy_all(map(Origin, path))
    return made(copying, source)


def duplicate_session(*, chat: ChatSession, owner: Any) -> ChatSession:
    """A new chat of `owner` with copies of all messages that are kept, in all their versions."""
    rows = Message.objects.filter(session=chat).kept().order_by("position", "created_at", "pk")
    origins = [Origin(*row) for row in rows.values_list("pk", "active", "chosen_child")]
    refuse_unfinished(chat, [origin.key for origin in origins])
    new = unmade(chat, owner, "copy")
    copying = Copying(new)
    copying.copy_all(origins)
    copying.choose_as(origin for origin in origins if origin.chosen)
    tags = chat.tags.values_list("name", flat=True)
    SessionTag.objects.bulk_create(SessionTag(session=new, owner=owner, name=name) for name in tags)
    return made(copying, chat)


def merge_session(*, source: ChatSession, target: ChatSession, person: Any) -> UUID | None:
    """Copies of the shown path of `source` at the end of `target`; `source` is archived and knows where it went.

    Returns the key of the first copy, None where `source` shows nothing; `unmerge_session` takes it back. The copies
    are made in lots, hidden, and shown at once: others write meanwhile.
    """
    if source.pk == target.pk:
        raise NotPossible("A session cannot be merged into itself.")
    if person.pk not in (source.owner_id, target.owner_id) or source.owner_id != target.owner_id:
        raise NotPossible("Only your own sessions can be merged.")
    with write():
        source, target = mergeable(source, target)
    copying = Copying(target, hidden=True)
    path = Message.objects.filter(session=source).shown().values_list("pk", flat=True)
    try:
        copying.copy_all([Origin(key) for key in path])
        return merged(copying, source)
    except BaseException:
        copying.discard()
        raise


def mergeable(source: ChatSession, target: ChatSession) -> tuple[ChatSession, ChatSession]:
    """Both as they are now, locked; refuses what cannot be merged now."""
    chats = {key: locked(key) for key in sorted((source.pk, target.pk))}
    source, target = chats[source.pk], chats[target.pk]
    if reply_runs(source) or reply_runs(target):
        raise NotNow
    if source.merged_into_id and source.archived_at:
        raise NotPossible("This session was merged already. Take it out of the archive to merge it again.")
    if source.pending.exists():
        raise NotNow("Messages of this session wait to be sent. Send or remove them first.")
    return source, target


def merged(copying: Copying, before: ChatSession) -> UUID | None:
    """Show the copies of `before` at the end of their chat and put it away, unless it changed since."""
    with write():
        source, target = mergeable(before, copying.chat)
        if source.version != before.version:
            raise Changed
        first, count = copying.first, len(copying.keys)
        end = Message.objects.filter(session=target).shown().last()
        shown = (end.position if end else 0) + count
        version = raise_version(target.pk, active=bool(first), known=target.version, message_count=shown)
        if first:
            copying.show(first, end=Place.of(end) if end else None, version=version)
            say_where_from(first, source)
            entries_follow(messages=list(copying.keys.values()))
        raise_version(source.pk, active=False, archived_at=timezone.now(), merged_into_id=target.pk)
        for chat in (source, target):
            tell_pages(chat)
        return first


def unmerge_session(*, source: ChatSession, first: UUID | None) -> None:
    """Take a merge back: its copies are deleted as one, `source` is in the list again. `first` is what the merge gave.
    Refuses where the talk went on below the copies: that would go with them."""
    with write():
        copy = copied_from(source, first) if first else None
        if copy is not None:
            delete_message(message=copy)
        archive(chats=[source], on=False)


def copied_from(source: ChatSession, first: UUID) -> Message | None:
    """The first of the copies of `source`, where they can still be deleted; None where they are gone."""
    rows = Message.objects.filter(pk=first, session__merged=source, session__deleted_at__isnull=True)
    row = rows.kept().first()
    if row is None or not came_from(row, source):
        return None
    below = Message.objects.filter(session=row.session_id, position__gt=row.position, born__gt=row.born)
    if below.kept().exists():
        raise NotPossible("The session went on after the merge. Delete what was merged by hand.")
    return row


def say_where_from(first: UUID, source: ChatSession) -> None:
    row = Message.objects.get(pk=first)
    card = {"kind": "card", "turn": 0, "card": "merged", "session": str(source.pk), "title": str(source)}
    Message.objects.filter(pk=first).update(parts=[card, *row.parts])


def came_from(row: Message, source: ChatSession) -> bool:
    return any(part.get("card") == "merged" and part["session"] == str(source.pk) for part in row.parts)


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


def made(copying: Copying, source: ChatSession) -> ChatSession:
    """The chat of these copies, for everyone to see; its context begins where that of `source` does, if it has that
    message."""
    chat, line = copying.chat, source.context_from_id
    begins = copying.keys.get(line) if line else None
    with write():
        copy_summaries(source=source, chat=chat, keys=copying.keys)
        raise_version(
            chat.pk, structure=True, deleted_at=None, message_count=copying.shown, context_from_id=begins
        )
        tell_pages(chat)
    chat.refresh_from_db()
    return chat
