"""Keeping one's sessions in order: star, archive, delete and bring back, tag. Only for chats of the person who asks:
whoever calls has looked that up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from sessions_app.models import ChatSession, Reply, SessionTag, Visit
from sessions_app.realtime import feed
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import Refused
from .replies import request_stop

TAG_LENGTH = 40
TAGS_A_SESSION = 20
Chats = Sequence[ChatSession]


class BadTag(Refused):
    kind = "bad_tag"
    sentence = f"A tag has 1 to {TAG_LENGTH} characters and no comma."


class TooManyTags(Refused):
    kind = "too_many_tags"
    sentence = f"A session has at most {TAGS_A_SESSION} tags. Remove one first."


@write()
def star(*, chats: Chats, on: bool) -> None:
    _change(chats, _rows(chats), starred=on)


@write()
def archive(*, chats: Chats, on: bool) -> datetime:
    """Out of the list, or back into it. What is archived at once has one moment, returned, by which it is found again;
    those that are archived already keep theirs. Back in the list, a merged one is a session of its own again."""
    moment = timezone.now()
    rows = _rows(chats).filter(archived_at__isnull=on)
    if on:
        _change(chats, rows, archived_at=moment)
    else:
        _change(chats, rows, archived_at=None, merged_into=None)
    return moment


@write()
def delete_sessions(*, chats: Chats) -> datetime:
    """Out of sight at once, for good after 30 days. Replies that run are asked to stop, so that their calls end and are
    booked; what waits behind them is kept and not sent. A thread becomes a session as any other, so that a new one may
    begin. Returns the moment by which they are found again."""
    moment = timezone.now()
    rows = _rows(chats).filter(deleted_at__isnull=True)
    _change(chats, rows, deleted_at=moment, kind=ChatSession.Kind.CHAT)
    for reply in Reply.objects.filter(session__in=_keys(chats)).unfinished().select_related("session"):
        request_stop(chat=reply.session)
    return moment


@write()
def restore_sessions(*, chats: Chats) -> None:
    """Back to where they were."""
    _change(chats, _rows(chats), deleted_at=None)


def tag(*, chat: ChatSession, name: str) -> str:
    """Put a tag on a chat; the same twice is one. Returns it as it is kept."""
    name = checked_tag(name)
    tag_sessions(chats=[chat], name=name)
    return name


@write()
def tag_sessions(*, chats: Chats, name: str) -> list[ChatSession]:
    """One tag on many chats, on all or on none. Returns those that did not have it before."""
    name = checked_tag(name)
    list(_rows(chats).select_for_update())  # two at once must not add one too many
    had = set(
        SessionTag.objects.filter(session__in=_keys(chats), name=name).values_list("session", flat=True)
    )
    new = [chat for chat in chats if chat.pk not in had]
    for chat in new:
        if chat.tags.count() >= TAGS_A_SESSION:
            raise TooManyTags
    SessionTag.objects.bulk_create(
        [SessionTag(session=chat, owner_id=chat.owner_id, name=name) for chat in new]
    )
    _change(new, _rows(new))
    return new


@write()
def set_tags(*, chat: ChatSession, names: Iterable[str]) -> None:
    """These tags and no others; the same twice is one. One bad name refuses all."""
    wanted = {checked_tag(name) for name in names}
    if len(wanted) > TAGS_A_SESSION:
        raise TooManyTags
    list(_rows([chat]).select_for_update())
    rows = SessionTag.objects.filter(session=chat)
    had = set(rows.values_list("name", flat=True))
    if had == wanted:
        return
    rows.exclude(name__in=wanted).delete()
    new = sorted(wanted - had)
    SessionTag.objects.bulk_create(
        SessionTag(session=chat, owner_id=chat.owner_id, name=name) for name in new
    )
    _change([chat], _rows([chat]))


def untag(*, chat: ChatSession, name: str) -> None:
    untag_sessions(chats=[chat], name=name)


@write()
def untag_sessions(*, chats: Chats, name: str) -> None:
    if SessionTag.objects.filter(session__in=_keys(chats), name=as_tag(name)).delete()[0]:
        _change(chats, _rows(chats))


def as_tag(name: str) -> str:
    """A name as tags are kept."""
    return " ".join(clean_text(name).split()).lower()


def checked_tag(name: str) -> str:
    name = as_tag(name)
    if not 1 <= len(name) <= TAG_LENGTH or "," in name:
        raise BadTag
    return name


def note_visit(*, chat: ChatSession, user: Any) -> bool:
    """This person looks at the chat now: nothing of it is unread. False if nothing was; then nothing is written."""
    if Visit.objects.filter(user=user, session=chat, at__gte=chat.last_activity_at).exists():
        return False
    with write():
        Visit.objects.update_or_create(user=user, session=chat, defaults={"at": timezone.now()})
        transaction.on_commit(lambda: feed.session_changed(chat.pk, user.pk))
    return True


def _keys(chats: Chats) -> list[Any]:
    return [chat.pk for chat in chats]


def _rows(chats: Chats) -> QuerySet[ChatSession]:
    return ChatSession.objects.filter(pk__in=_keys(chats))


def _change(chats: Chats, rows: QuerySet[ChatSession], **changes: Any) -> None:
    """Change these rows of `chats` in one statement, as `paths.raise_version` does for one, and tell of it."""
    rows.update(version=F("version") + 1, **changes)
    told = [(chat.pk, chat.owner_id) for chat in chats]
    transaction.on_commit(lambda: _tell(told))


def _tell(changed: Sequence[tuple[UUID, int]]) -> None:
    for chat, person in changed:
        feed.session_changed(chat, person)
