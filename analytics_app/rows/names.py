"""What the sessions of rows are called, for the person who asks: titles are read only by those who may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from sessions_app.actions import audit
from sessions_app.models import ChatSession, TokenUsage

from .wish import Wish


@dataclass(frozen=True, slots=True)
class Name:
    """Words for a session and where it is opened; no address for one that is gone."""

    words: str
    link: str = ""


def names(asked: Wish, keys: Iterable[UUID]) -> dict[UUID, Name]:
    """Of these sessions. Titles of others' are for holders of the permission, and that they were read is written
    down before they are shown. Other staff see keys, and so does everyone of sessions that are gone."""
    wanted, asker = set(keys), asked.question.asker
    readable = ChatSession.objects.for_user(asker).filter(pk__in=wanted).only("title")
    found = {chat.pk: Name(str(chat), chat.get_absolute_url()) for chat in readable}
    if asked.question.everyone:
        others = ChatSession.objects.filter(pk__in=wanted - set(found), deleted_at__isnull=True)
        found |= _of_others(asker, list(others.only("title")))
    gone = {key: Name(_("%(key)s, deleted") % {"key": key}) for key in wanted - set(found)}
    return found | gone


def _of_others(asker: Any, chats: list[ChatSession]) -> dict[UUID, Name]:
    if not asker.has_perm("sessions_app.view_message"):
        return {chat.pk: Name(str(chat.pk), _admin("change", chat.pk)) for chat in chats}
    if chats:
        detail = f"{len(chats)} sessions of others"
        audit.record(actor=asker, action="read titles", subject="rows", detail=detail)
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
