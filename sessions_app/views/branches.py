"""Where a session comes from and what came of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from sessions_app.models import ChatSession
from sessions_app.prepared import Rows, given

BRANCHES_SHOWN, BRANCHES_MOST = 10, 200

_came_of = Rows(
    lambda: (
        ChatSession.objects.filter(Q(parent=given("chat")) | Q(merged_into=given("chat")))
        .order_by()
        .values_list("pk")[:1]
    )
)


def branches(chat: ChatSession, person: Any, *, all_of_them: bool = False) -> dict[str, Any]:
    """Where the chat comes from and what came of it, as far as this person may open it."""
    mine = ChatSession.objects.for_user(person)
    origin = mine.filter(pk=chat.parent_id).first() if chat.parent_id else None
    deleted = ChatSession.objects.deleted_by(person)
    gone = deleted.filter(pk=chat.parent_id).first() if chat.parent_id and not origin else None
    into = mine.filter(pk=chat.merged_into_id).first() if chat.merged_into_id else None
    most = BRANCHES_MOST if all_of_them else BRANCHES_SHOWN
    newest = mine.order_by("-created_at", "-pk") if _came_of.any(chat=chat.pk) else mine.none()
    made = list(newest.filter(parent=chat)[: most + 1])
    merged = list(newest.filter(merged_into=chat)[:BRANCHES_SHOWN])
    more = f"{chat.get_absolute_url()}?branches=all#branches" if len(made) > most and not all_of_them else ""
    return {
        "origin": origin and linked(origin, chat) | {"url": place(origin, chat.branched_from_id)},
        "deleted": gone and {"title": title(gone), "url": f"{reverse('sessions')}?deleted=1"},
        "hidden": bool(chat.parent_id and not (origin or gone)),
        "made": [linked(each, chat, after=True) for each in made[:most]],
        "more_url": more,
        "merged_into": into and linked(into, chat, after=True),
        "merged": [linked(each, chat) for each in merged],
        "any": bool(chat.parent_id or made or into or merged),
    }


def title(chat: ChatSession) -> str:
    return chat.title or _("New session")


def linked(row: ChatSession, chat: ChatSession, *, after: bool = False) -> dict[str, str]:
    """A session beside `chat`; side by side with it the one that came `after` stands on the right."""
    sides = (chat.pk, row.pk) if after else (row.pk, chat.pk)
    return {
        "title": title(row),
        "url": row.get_absolute_url(),
        "compare_url": f"{reverse('compare')}?{urlencode(dict(zip(('left', 'right'), sides, strict=True)))}",
    }


def place(chat: ChatSession, message: UUID | None) -> str:
    """The chat at a message of it, where that is still there."""
    address = reverse("session", args=[chat.pk])
    return f"{address}?message={message}#message-{message}" if message else address
