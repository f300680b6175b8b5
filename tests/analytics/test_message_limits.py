"""Limits of messages: what counts as one, and when what waits goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics_app.actions import budgets
from analytics_app.actions.budgets import set_budget
from analytics_app.models import Budget, BudgetSpan
from analytics_app.queries.budgets import standings
from sessions_app.actions import ledger, pending
from sessions_app.actions.accounts import set_plan
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.actions.messages import send_message
from sessions_app.models import ChatSession, Message, PendingMessage, Reply, User
from tests.actions.steps import begin, end, send

from .test_budgets import MODEL, all_at_once, call_of, findings, month, spend


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_messages_at_once_exactly_as_many_pass_as_the_limit_says(
    alice: User, make_chat: Callable[..., ChatSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(second=20)
    monkeypatch.setattr(timezone, "now", lambda: now)
    set_budget(actor=None, measure="requests", period="minute", amount=20, user=alice)
    chats = [make_chat() for _ in range(100)]
    sent = all_at_once([lambda chat=chat: send(chat, "Hello") for chat in chats])  # type: ignore[misc]
    refused = [each for each in sent if isinstance(each, BudgetUsedUp)]
    assert (len(refused), Reply.objects.count()) == (80, 20)
    assert refused[0].sentence == (
        "This minute's limit of 20\u00a0messages is used up. You can send again in 40\u00a0s."
    )
    assert {each.retry_after for each in refused} == {40}
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=40))
    send(chats[0] if not Reply.objects.filter(session=chats[0]).exists() else make_chat(), "Again")


def test_messages_that_wait_count_when_they_are_sent_and_once(alice: User, chat: ChatSession) -> None:
    set_budget(actor=None, measure="requests", period="day", amount=2, user=alice)
    begin(send(chat, "One").reply)
    send(chat, "Two", client_id="two")
    assert send(chat, "Two", client_id="two").repeated
    with pytest.raises(BudgetUsedUp, match="Today's limit of 2\u00a0messages is used up"):
        send(chat, "Three")
    assert PendingMessage.objects.count() == 1


def test_what_only_others_have_reserved_keeps_no_message_waiting(alice: User, chat: ChatSession) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(model=MODEL, provider="anthropic")
    month(100_000, "tokens", user=alice)
    first = send(chat, "One")
    begin(first.reply)
    assert send(chat, "Two").pending
    other = call_of(alice, most=200_000)
    assert ledger.begin_call(other) is None
    end(first.reply)  # its own call asks again when it leaves
    assert not PendingMessage.objects.exists()


def test_what_was_held_back_goes_out_when_there_is_something_left(
    alice: User, chat: ChatSession, make_chat: Callable[..., ChatSession], settings: Any
) -> None:
    settings.ANTHROPIC_API_KEY = "sk"
    ChatSession.objects.filter(pk=chat.pk).update(model="claude-sonnet-5-5", provider="anthropic")
    chat.refresh_from_db()
    failed = make_chat()
    spend(alice)
    for each in (chat, failed):
        first = send(each, "One")
        begin(first.reply)
        assert send(each, "Two").pending
        month(10, "tokens", user=alice)
        end(first.reply, "complete" if each == chat else "failed")
        Budget.objects.all().delete()
    assert PendingMessage.objects.count() == 2
    month(10, "tokens", user=alice)
    pending.send_held_back()
    assert PendingMessage.objects.count() == 2
    Budget.objects.update(count=10**6)
    pending.send_held_back()
    assert PendingMessage.objects.get().session == failed  # waits for a press, as after any failure
    assert Message.objects.filter(session=chat, role="user").latest("position").content == "Two"


def test_a_limit_of_messages_counts_those_of_today_that_were_before_it(
    alice: User, bob: User, chat: ChatSession
) -> None:
    begin(send(chat, "One").reply)
    send_message(chat=ChatSession.objects.create(owner=bob, model="offline"), author=bob, content="Mine")
    set_budget(actor=None, measure="requests", period="month", amount=1, user=alice)
    with pytest.raises(BudgetUsedUp):
        send(chat, "Two")


def test_a_limit_of_messages_that_was_lifted_meanwhile_counts_those_too(
    alice: User, chat: ChatSession
) -> None:
    first = month(5, "requests", user=alice)
    end(send(chat, "One").reply)
    budgets.remove_budget(actor=None, budget=first)
    end(send(chat, "Two").reply)
    month(5, "requests", user=alice)
    end(send(chat, "Three").reply)
    assert standings(alice)[0].spent == 3


def test_what_was_sent_with_a_plan_without_limit_counts_with_the_next(alice: User, chat: ChatSession) -> None:
    set_budget(actor=None, measure="requests", period="day", amount=3, plan="free")
    end(send(chat, "One").reply)
    for plan in ("premium", "free"):
        set_plan(people=[alice], plan=plan, actor=None)
        chat.owner.refresh_from_db()
        assert findings() == []
        if plan == "premium":
            begin(send(chat, "Two").reply)
            send(chat, "Three")  # waits, and is counted when it is sent on
    assert standings(alice)[0].spent == 2
    end(Reply.objects.get(status="running"))
    assert standings(alice)[0].spent == 3
    with pytest.raises(BudgetUsedUp):
        send(chat, "Four")
    Budget.objects.update(count=9)
    end(Reply.objects.get(status="queued"))
    end(send(chat, "Four").reply)
    assert (standings(alice)[0].spent, findings()) == (4, [])
    BudgetSpan.objects.filter(kind="requests").update(requests=1)
    assert ["counts fewer than were sent" in found for found in findings()] == [True]
