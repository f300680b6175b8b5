"""Tabs: what stands open, in which order, and what closing leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_app.actions.tabs import OPEN_AT_MOST, close_tab, move_tab, open_tab, reopen_tab
from sessions_app.models import ChatSession, OpenTab, User
from sessions_app.realtime import feed

pytestmark = pytest.mark.django_db


@pytest.fixture
def chats(make_chat: Callable[..., ChatSession], alice: User) -> list[ChatSession]:
    """Four of Alice's, open in this order."""
    made = [make_chat(title=title) for title in "abcd"]
    for chat in made:
        open_tab(person=alice, chat=chat)
    return made


def shown(person: User) -> str:
    tabs = OpenTab.objects.for_user(person).filter(closed_at__isnull=True)
    return "".join(tabs.values_list("session__title", flat=True))


def test_what_is_opened_stands_at_the_end_and_only_once(alice: User, chats: list[ChatSession]) -> None:
    open_tab(person=alice, chat=chats[1])
    assert shown(alice) == "abcd"


def test_people_have_their_own_tabs(alice: User, bob: User, chats: list[ChatSession]) -> None:
    assert shown(bob) == ""
    close_tab(person=bob, chat=chats[0])
    assert shown(alice) == "abcd"


@pytest.mark.parametrize(("closed", "next_one"), [(0, "b"), (2, "d"), (3, "c")])
def test_closing_leads_to_the_neighbour(
    alice: User, chats: list[ChatSession], closed: int, next_one: str
) -> None:
    beside = close_tab(person=alice, chat=chats[closed])
    assert beside is not None
    assert beside.title == next_one
    assert shown(alice) == "abcd".replace("abcd"[closed], "")


def test_closing_the_last_one_leads_nowhere(alice: User, chat: ChatSession) -> None:
    open_tab(person=alice, chat=chat)
    assert close_tab(person=alice, chat=chat) is None


def test_closing_what_is_no_tab_leads_to_the_last_one(
    alice: User, chats: list[ChatSession], make_chat: Callable[..., ChatSession]
) -> None:
    assert close_tab(person=alice, chat=make_chat(title="e")) == chats[3]


def test_the_last_closed_one_comes_back_to_its_place(alice: User, chats: list[ChatSession]) -> None:
    close_tab(person=alice, chat=chats[3])
    close_tab(person=alice, chat=chats[1])
    assert reopen_tab(person=alice) == chats[1]
    assert shown(alice) == "abc"
    assert reopen_tab(person=alice) == chats[3]
    assert reopen_tab(person=alice) is None


@pytest.mark.parametrize(
    ("moved", "place", "order"), [(0, 2, "bcad"), (3, 0, "dabc"), (1, 1, "abcd"), (0, 99, "bcda")]
)
def test_a_tab_moves_and_the_others_keep_their_order(
    alice: User, chats: list[ChatSession], moved: int, place: int, order: str
) -> None:
    move_tab(person=alice, chat=chats[moved], place=place)
    assert shown(alice) == order


def test_what_is_not_open_cannot_be_moved(alice: User, chats: list[ChatSession]) -> None:
    close_tab(person=alice, chat=chats[0])
    move_tab(person=alice, chat=chats[0], place=0)
    assert shown(alice) == "bcd"


def test_the_one_not_looked_at_for_longest_makes_room(
    alice: User, chats: list[ChatSession], make_chat: Callable[..., ChatSession]
) -> None:
    for number in range(OPEN_AT_MOST - len(chats)):
        open_tab(person=alice, chat=make_chat(title=str(number)))
    OpenTab.objects.filter(session=chats[2]).update(opened_at=timezone.now() - timedelta(days=2))
    OpenTab.objects.filter(session=chats[0]).update(opened_at=timezone.now() - timedelta(days=3))
    open_tab(person=alice, chat=chats[0])
    open_tab(person=alice, chat=make_chat(title="new"))
    assert shown(alice).startswith("abd0")
    assert OpenTab.objects.filter(user=alice, closed_at__isnull=True).count() == OPEN_AT_MOST
    reopen_tab(person=alice)
    assert OpenTab.objects.filter(user=alice, closed_at__isnull=True).count() == OPEN_AT_MOST


def test_tabs_of_deleted_sessions_are_not_there(alice: User, chats: list[ChatSession]) -> None:
    ChatSession.objects.filter(pk=chats[1].pk).update(deleted_at=timezone.now())
    assert shown(alice) == "acd"
    close_tab(person=alice, chat=chats[0])
    ChatSession.objects.filter(pk=chats[0].pk).update(deleted_at=timezone.now())
    assert reopen_tab(person=alice) is None


@pytest.mark.django_db(transaction=True)
def test_a_persons_pages_are_told(alice: User, chat: ChatSession, monkeypatch: Any) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(feed, "tell", told.append)
    open_tab(person=alice, chat=chat)
    open_tab(person=alice, chat=chat)
    close_tab(person=alice, chat=chat)
    assert told == [{"kind": "list", "person": alice.pk}] * 2
