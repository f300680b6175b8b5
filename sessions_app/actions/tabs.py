"""The tabs of a person's workspace: which of their sessions stand open, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from sessions_app.models import ChatSession, OpenTab, User
from sessions_app.realtime import feed
from sessions_app.transactions import write

OPEN_AT_MOST = 20


@write()
def open_tab(*, person: Any, chat: ChatSession) -> OpenTab:
    """This chat as a tab, at the end if it was none. Opened beyond twenty, the one not looked at for longest closes."""
    shown = open_tabs(person)
    known = next((tab for tab in shown if tab.session_id == chat.pk), None)
    if known is not None:
        known.opened_at = timezone.now()
        known.save(update_fields=["opened_at"])
        return known
    values = {
        "position": shown[-1].position + 1 if shown else 0,
        "opened_at": timezone.now(),
        "closed_at": None,
    }
    tab, _ = OpenTab.objects.update_or_create(user=person, session=chat, defaults=values)
    make_room(shown)
    publish(person)
    return tab


def make_room(shown: Sequence[OpenTab]) -> None:
    """Close those of the tabs not looked at for longest that leave no room for one more."""
    surplus = sorted(shown, key=lambda tab: tab.opened_at)[: max(0, len(shown) + 1 - OPEN_AT_MOST)]
    OpenTab.objects.filter(pk__in=[tab.pk for tab in surplus]).update(closed_at=timezone.now())


@write()
def close_tab(*, person: Any, chat: ChatSession) -> ChatSession | None:
    """Close it; the chat of the tab that stands there now, else of the one before, or None where it was the last.
    What a page shows without a tab stood at the end."""
    shown = open_tabs(person)
    keys = [tab.session_id for tab in shown]
    place = keys.index(chat.pk) if chat.pk in keys else len(keys)
    if place < len(keys):
        shown[place].closed_at = timezone.now()
        shown[place].save(update_fields=["closed_at"])
        publish(person)
    left = shown[:place] + shown[place + 1 :]
    return left[min(place, len(left) - 1)].session if left else None


@write()
def reopen_tab(*, person: Any) -> ChatSession | None:
    """The tab that was closed last, where it stood; None where none was."""
    shown = open_tabs(person)
    closed = OpenTab.objects.for_user(person).filter(closed_at__isnull=False)
    tab = closed.select_related("session").order_by("-closed_at", "-pk").first()
    if tab is None:
        return None
    make_room(shown)
    tab.closed_at, tab.opened_at = None, timezone.now()
    tab.save(update_fields=["closed_at", "opened_at"])
    publish(person)
    return tab.session


@write()
def move_tab(*, person: Any, chat: ChatSession, place: int) -> None:
    """Put an open tab at a place counted from 0; the others keep their order. A place beyond the end is the end."""
    shown = open_tabs(person)
    moved = next((tab for tab in shown if tab.session_id == chat.pk), None)
    if moved is None:
        return
    rest = [tab for tab in shown if tab is not moved]
    rest.insert(max(0, place), moved)
    number(rest)
    publish(person)


def number(tabs: Sequence[OpenTab]) -> None:
    """Write the positions that changed."""
    changed = [tab for position, tab in enumerate(tabs) if tab.position != position]
    for position, tab in enumerate(tabs):
        tab.position = position
    OpenTab.objects.bulk_update(changed, ["position"])


def open_tabs(person: Any) -> list[OpenTab]:
    """This person's open tabs in their order. Two changes at once wait for each other here."""
    User.objects.select_for_update().only("pk").get(pk=person.pk)
    return list(OpenTab.objects.for_user(person).filter(closed_at__isnull=True).select_related("session"))


def publish(person: Any) -> None:
    transaction.on_commit(lambda: feed.list_changed(person.pk))
