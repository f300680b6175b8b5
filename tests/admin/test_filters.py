"""The list of sessions, narrowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.actions.marks import rate_message
from sessions_app.models import ChatSession, Message, Reply, User

from .test_who_sees_what import index, queries, text

CHATS = index("chatsession")


@pytest.fixture
def three(told: Message, make_chat: Callable[..., Any], bob: User) -> dict[str, ChatSession]:
    """Alice's rated one with a tool; an archived branch of bob, who is premium; an old, deleted one without a price."""
    ChatSession.objects.update(cost=Decimal("0.05"))
    User.objects.filter(pk=bob.pk).update(plan="premium")
    now = timezone.now()
    branch = make_chat(
        owner=bob, parent=told.session, archived_at=now, cost=Decimal(11), model="claude-opus-5-5"
    )
    old = make_chat(deleted_at=now, last_activity_at=now - timedelta(days=9), unpriced_calls=2)
    Reply.objects.filter(pk=told.pk).update(status="failed")
    return {"rated": ChatSession.objects.get(pk=told.session_id), "branch": branch, "old": old}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("person=alice", "rated old"),
        ("person=BOB@example.org", "branch"),
        ("person=nobody", ""),
        ("person=%00", "rated branch old"),
        ("of_model=claude-opus-5-5", "branch"),
        ("cost=0", "old"),
        ("cost=0.1", "rated"),
        ("cost=more", "branch"),
        ("cost=unknown", "old"),
        ("cost=lots", "rated branch old"),
        ("rating=bad", "rated"),
        ("rating=good", ""),
        ("rating=any", "rated"),
        ("rating=none", "branch old"),
        ("failed=yes", "rated"),
        ("failed=no", "branch old"),
        ("tools=yes", "rated"),
        ("branch=yes", "branch"),
        ("branch=no", "rated old"),
        ("archived=yes", "branch"),
        ("deleted=no", "rated branch"),
        ("owner__plan__exact=premium", "branch"),
        ("deleted=no&person=alice&failed=yes&rating=bad", "rated"),
        ("q=bob", "branch"),
    ],
)
def test_the_list_is_narrowed(
    three: dict[str, ChatSession], as_staff: Client, query: str, names: str
) -> None:
    shown = text(as_staff, f"{CHATS}?{query}")
    found = {name for name, chat in three.items() if f'value="{chat.pk}"' in shown}
    assert found == set(names.split())


def test_what_was_typed_stays_in_its_field_and_other_filters_with_it(
    three: dict[str, ChatSession], as_staff: Client
) -> None:
    shown = text(as_staff, f"{CHATS}?person=%22%3E%3Cscript%3E&deleted=no")
    assert 'value="&quot;&gt;&lt;script&gt;"' in shown
    assert '<input type="hidden" name="deleted" value="no">' in shown


def test_a_filter_takes_no_query_for_each_row(
    three: dict[str, ChatSession], bob: User, as_staff: Client
) -> None:
    asked = f"{CHATS}?rating=none&failed=no"
    before = queries(as_staff, asked)
    for _ in range(5):
        ChatSession.objects.create(owner=bob, model="offline", provider="offline")
    assert queries(as_staff, asked) == before


def test_a_good_rating_is_found_too(
    three: dict[str, ChatSession], alice: User, as_staff: Client, told: Message
) -> None:
    rate_message(message=told, user=alice, value=1)
    assert str(three["rated"].pk) in text(as_staff, f"{CHATS}?rating=good")
