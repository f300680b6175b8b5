"""What the sessions of rows are called, for the person who asks: titles are read only by those who may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from sessions_app.actions import audit
from sessions_app.models import ChatSession, TokenUsage

from .kind import Column, Row
from .wish import Wish


@dataclass(frozen=True, slots=True)
class Name:
    """Words for a session and where it is opened; no address for one that is gone."""

    words: str
    link: str = ""


def names(asked: Wish, keys: Iterable[UUID | None]) -> dict[UUID | None, Name]:
    """Of these sessions, and of none. Titles of others' are for those who read others', and that they were read is written
    down for each session before they are shown. Other staff see keys, and so does everyone of sessions that are gone."""
    wanted, asker = {key for key in keys if key is not None}, asked.question.asker
    readable = ChatSession.objects.for_user(asker).filter(pk__in=wanted).only("title")
    found = {chat.pk: Name(str(chat), chat.get_absolute_url()) for chat in readable}
    if asked.question.everyone:
        others = ChatSession.objects.filter(pk__in=wanted - set(found), deleted_at__isnull=True)
        found |= _of_others(asker, list(others.only("title")))
    of_none: dict[UUID | None, Name] = {None: Name(_("None"))}
    return of_none | dict(found) | dict(_closed(wanted - set(found)))


def opened(asked: Wish, columns: Iterable[Column], rows: Sequence[Row]) -> list[Row]:
    """Rows with the texts this person may read, of others written down before they are shown; the rest without."""
    for column in columns:
        if column.read_as and asked.question.everyone:
            rows = _read(asked.question.asker, column, rows)
    return list(rows)


def _read(asker: Any, column: Column, rows: Sequence[Row]) -> list[Row]:
    held = {row.session for row in rows if row.values[column.key] and row.session}
    own = set(ChatSession.objects.for_user(asker).filter(pk__in=held).values_list("pk", flat=True))
    if asker.reads_others:
        audit.record_read(actor=asker, action=column.read_as, sessions=held - own, look=True)
        return list(rows)
    return [
        row if row.session in own else replace(row, values={**row.values, column.key: None}) for row in rows
    ]


def _closed(keys: set[UUID]) -> dict[UUID, Name]:
    """Deleted, or there but not this person's any more."""
    there = (
        ChatSession.objects.filter(pk__in=keys, deleted_at__isnull=True)
        if keys
        else ChatSession.objects.none()
    )
    kept = set(there.values_list("pk", flat=True))
    words = (_("%(key)s, deleted"), _("%(key)s, no longer shared with you"))
    return {key: Name(words[key in kept] % {"key": key}) for key in keys}


def _of_others(asker: Any, chats: list[ChatSession]) -> dict[UUID, Name]:
    if not asker.reads_others:
        return {chat.pk: Name(str(chat.pk), _admin("change", chat.pk)) for chat in chats}
    audit.record_read(actor=asker, action="read title", sessions=[chat.pk for chat in chats], look=True)
    return {chat.pk: Name(str(chat), _admin("transcript", chat.pk)) for chat in chats}


def _admin(page: str, key: UUID) -> str:
    return reverse(f"admin:sessions_app_chatsession_{page}", args=[key])


def look_for(asked: Wish) -> None:
    """Raises Http404 where the wish names a session that is not for this person, or is none."""
    key, asker = asked.session, asked.question.asker
    if key is None or ChatSession.objects.for_user(asker).filter(pk=key).exists():
        return
    calls = TokenUsage.objects.filter(session_key=key)
    if asked.question.everyone and (calls.exists() or ChatSession.objects.filter(pk=key).exists()):
        return
    if not calls.filter(user=asker.pk).exists():
        raise Http404
