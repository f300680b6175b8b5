"""The open tabs as the page shows them; what the page itself shows is always among them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.models import ChatSession, OpenTab, Reply, Visit
from sessions_app.prepared import Select, given

FRESH = timedelta(minutes=5)  # a tab opened as lately need not be opened again


class _Anyone:
    """Stands for the person until they are known."""

    pk = given("person")


def _told() -> QuerySet[OpenTab]:
    """Open tabs, with whether a reply runs there and when this person last looked."""
    running = Reply.objects.filter(session=OuterRef("session")).unfinished().order_by()
    seen = Visit.objects.filter(session=OuterRef("session"), user=_Anyone.pk).values("at")
    tabs = OpenTab.objects.for_user(_Anyone).filter(closed_at__isnull=True).select_related("session")
    return tabs.annotate(running=Exists(running), seen=Subquery(seen[:1]))


_open_tabs = Select(_told)  # asked for every page


def strip(user: Any, current: str) -> list[dict[str, Any]]:
    """A row for each open tab in its order; then one for the session that `current` names if it is none of them, or
    for the session that is not made yet where none is named."""
    tabs = _open_tabs.all(person=user.pk)
    rows = [tab_row(tab, current) for tab in tabs]
    if any(row["current"] for row in rows):
        return rows
    chat = ChatSession.objects.for_user(user).filter(pk=current).first() if current else None
    return [*rows, shown_row(chat)]


def tab_row(tab: Any, current: str) -> dict[str, Any]:
    """`unread`: something happened since this person last looked. `fresh`: it need not be opened again yet."""
    chat, here = tab.session, str(tab.session_id) == current
    news = tab.seen < chat.last_activity_at if tab.seen else chat.message_count > 0
    return shown_row(chat) | {
        "current": here,
        "running": tab.running,
        "unread": news and not here and not tab.running,
        "kept": True,
        "fresh": timezone.now() - tab.opened_at < FRESH,
    }


def shown_row(chat: ChatSession | None) -> dict[str, Any]:
    """What a page shows that is no tab (yet)."""
    return {
        "id": str(chat.pk) if chat else "",
        "title": (chat.title if chat else "") or _("New session"),
        "named": bool(chat and chat.title),
        "url": chat.get_absolute_url() if chat else "",
        "current": True,
        "running": False,
        "unread": False,
        "kept": False,
        "fresh": False,
    }
