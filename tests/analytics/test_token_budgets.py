"""Limits of tokens: what is used with one counts in it, whoever pays, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.actions import budgets
from analytics_app.models import Budget, BudgetSpan, Reservation
from sessions_app import gates, waiting
from sessions_app.actions import ledger, pending
from sessions_app.actions.errors import BudgetUsedUp, TokenDead
from sessions_app.actions.messages import send_next_pending
from sessions_app.actions.replies import answer_question, continue_reply, regenerate_reply, retry_reply
from sessions_app.actions.tokens import BadToken, change_token, make_token, revoke_token
from sessions_app.actions.versions import send_again
from sessions_app.agent import context
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken, ChatSession, PendingMessage, Reply, TokenUsage, User
from sessions_app.realtime.planning import call_of as call_of_reply
from sessions_app.realtime.taking import take
from tests.actions.steps import OWNER, begin, end, send

from .test_budgets import CALL, MODEL, all_at_once, call_of, findings, month, settle

MakeChat = Callable[..., ChatSession]


def limited(user: User, amount: Any, measure: str = "money", period: str = "month", **more: Any) -> ApiToken:
    return make_token(user=user, limit=TokenLimit(measure, period, amount), **more)[0]


def used(token: ApiToken) -> Decimal | int:
    return gates.token_limits([token])[token.public_id].used


def spend(user: User, token: ApiToken | None, chat: Any = None) -> None:
    call = call_of(user, chat, token=token.public_id if token else None)
    assert ledger.begin_call(call) is None
    settle(call)


# ---------------------------------------------------------------- what counts


def test_only_what_is_caused_with_it_counts_and_the_persons_own_limit_holds_besides(alice: User) -> None:
    month(CALL * 5, user=alice)
    token, other = limited(alice, CALL * 2), make_token(user=alice)[0]
    for each in (token, other, None):
        spend(alice, each)
    assert used(token) == CALL
    spend(alice, token)
    refused = ledger.begin_call(call_of(alice, token=token.public_id))
    assert refused is not None
    assert refused.sentence.startswith("The API token's budget for this month is used up.")
    spend(alice, other)
    refused = ledger.begin_call(call_of(alice, token=other.public_id))
    assert refused is not None
    assert refused.sentence.startswith("This month's budget of the person who asked is used up.")
    assert findings() == []
    assert set(TokenUsage.objects.values_list("api_token", flat=True)) == {
        token.public_id,
        other.public_id,
        None,
    }


def test_what_a_running_call_reserves_is_given_back_when_it_ends(alice: User) -> None:
    token = limited(alice, CALL + 1)
    call = call_of(alice, token=token.public_id)
    assert ledger.begin_call(call) is None
    assert Reservation.objects.get().token == token.public_id
    settle(call, output=1)
    assert not Reservation.objects.exists()
    assert 0 < used(token) < CALL
    assert findings() == []


def test_a_limit_set_later_counts_what_was_before_and_in_all_is_in_all(alice: User) -> None:
    token, _ = make_token(user=alice)
    long_ago = call_of(alice, token=token.public_id, at=timezone.now() - timedelta(days=400))
    assert ledger.begin_call(long_ago) is None
    settle(long_ago)
    spend(alice, token)
    change_token(token=token, limit=TokenLimit("money", "ever", CALL * 2))
    assert used(token) == CALL * 2
    refused = ledger.begin_call(call_of(alice, token=token.public_id))
    assert refused is not None
    assert refused.sentence == "The API token's cost limit is used up. Whose token it is can raise it."
    change_token(token=token, limit=TokenLimit("tokens", "day", 10**6))
    assert used(token) == 20_000
    assert Budget.objects.count() == 1
    assert findings() == []


def test_what_is_used_by_a_title_counts_too(alice: User, chat: ChatSession) -> None:
    token = limited(alice, 10, "requests")
    reply = send(chat, "One", token=token).reply
    assert reply is not None
    (taken,) = take(owner=OWNER)
    assert taken.plan is not None
    assert call_of_reply(taken.reply, taken.plan, OWNER, OWNER).token == token.public_id
    assert TokenUsage.objects.get().api_token == token.public_id


# ---------------------------------------------------------------- every way to ask


def test_every_way_to_ask_counts_and_each_reply_knows_its_token(alice: User, chat: ChatSession) -> None:
    token = limited(alice, 6, "requests", "ever")
    first = send(chat, "One", token=token)
    assert first.message is not None
    end(first.reply, "failed", "Some text", "error")
    keys: list[UUID | None] = []
    for ask in (retry_reply, regenerate_reply, continue_reply):
        answer = Reply.objects.order_by("-created_at")[0].message
        reply = ask(message=answer, by=alice, token=token)
        keys.append(reply.api_token)
        end(reply, "stopped", "Some text", "stopped")
        if ask is retry_reply:
            Reply.objects.filter(pk=reply.pk).update(status="failed")
    again = send_again(message=first.message, author=alice, content="Two", token=token)
    assert again.reply is not None
    keys.append(again.reply.api_token)
    end(again.reply)
    assert set(keys) == {token.public_id}
    assert used(token) == 5
    last = regenerate_reply(message=again.reply.message, by=alice)  # pressed in a browser
    assert (last.api_token, used(token)) == (None, 5)
    end(last)
    send(chat, "Three", token=token)
    with pytest.raises(BudgetUsedUp, match="raise it among your API tokens"):
        send(chat, "Four", token=token)
    send(chat, "Four")
    assert findings() == []


def test_a_question_without_an_answer_is_answered_with_it(alice: User, chat: ChatSession) -> None:
    sent = send(chat, "One")
    assert sent.reply is not None
    assert sent.message is not None
    end(sent.reply)
    sent.reply.message.delete()
    token = limited(alice, 1, "requests")
    assert answer_question(message=sent.message, by=alice, token=token).api_token == token.public_id
    assert used(token) == 1


def test_a_refused_send_counts_nothing_and_leaves_nothing(alice: User, make_chat: MakeChat) -> None:
    token = limited(alice, 1, "requests")
    send(make_chat(), "One", token=token)
    chat = make_chat()
    for _ in range(2):
        with pytest.raises(BudgetUsedUp) as refused:
            send(chat, "Two", token=token)
        assert refused.value.facts()["used"] == 1
    assert not chat.messages.exists()
    assert used(token) == 1


# ---------------------------------------------------------------- what waits


def held(chat: ChatSession) -> str:
    return waiting.why_held(chat, list(chat.pending.all()), running=False)


def test_what_waits_is_counted_once_and_goes_out_with_its_token(alice: User, chat: ChatSession) -> None:
    token = limited(alice, 2, "requests")
    first = send(chat, "One", token=token).reply
    begin(first)
    send(chat, "Two", token=token)
    assert used(token) == 2
    end(first)
    assert Reply.objects.exclude(pk=first.pk if first else None).get().api_token == token.public_id
    assert used(token) == 2
    assert findings() == []


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_what_waits_is_not_sent_by_a_dead_token_until_its_author_sends_it(
    alice: User, bob: User, chat: ChatSession, how: str
) -> None:
    token = limited(alice, 5, "requests")
    first = send(chat, "One").reply
    begin(first)
    send(chat, "Two", token=token)
    if how == "revoked":
        revoke_token(token=token)
        assert not Budget.objects.exists()
    else:
        ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    end(first)
    waits = PendingMessage.objects.get()
    assert held(chat) == TokenDead.sentence
    assert send_next_pending(chat=chat) is None
    with pytest.raises(TokenDead):
        pending.hurry_pending(pending=waits, by=bob)
    pending.hurry_pending(pending=waits, by=alice)
    assert Reply.objects.order_by("-created_at")[0].api_token is None
    assert not PendingMessage.objects.exists()


def test_what_a_used_up_token_holds_back_goes_out_when_its_limit_is_raised(
    alice: User, chat: ChatSession, django_capture_on_commit_callbacks: Any
) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(model=MODEL, provider="anthropic")
    token = limited(alice, 20_000, "tokens")
    first = send(chat, "One", token=token).reply
    begin(first)
    send(chat, "Two", token=token)
    spend(alice, token)
    end(first)
    assert held(chat).startswith("The API token's limit of tokens for this month is used up.")
    with django_capture_on_commit_callbacks(execute=True):
        change_token(token=token, limit=TokenLimit("tokens", "month", 30_000))
    assert not PendingMessage.objects.exists()


# ---------------------------------------------------------------- the rights of tools


def test_tools_of_a_reply_have_staffs_rights_only_where_its_token_has(
    staff: User, make_chat: MakeChat
) -> None:
    def plain(token: ApiToken | None) -> bool:
        reply = send(make_chat(owner=staff), "One", token=token).reply
        assert reply is not None
        return context.is_plain(reply, staff)

    admin = make_token(user=staff, scopes=["chat", "admin"])[0]
    assert [plain(None), plain(make_token(user=staff)[0]), plain(admin)] == [False, True, False]
    reply = send(make_chat(owner=staff), "One", token=admin).reply
    assert reply is not None
    revoke_token(token=admin)
    assert context.is_plain(reply, staff)


# ---------------------------------------------------------------- keeping


def test_a_limit_goes_with_its_token_and_its_counters_later(alice: User) -> None:
    token = limited(alice, CALL * 9, period="ever")
    spend(alice, token)
    budgets.sweep()
    assert BudgetSpan.objects.filter(scope=f"token:{token.public_id}").exists()
    revoke_token(token=token)
    assert not Budget.objects.exists()
    budgets.sweep()
    assert not BudgetSpan.objects.exists()
    assert TokenUsage.objects.get().api_token == token.public_id


def test_the_doctor_finds_a_wrong_counter_of_a_token(alice: User, chat: ChatSession) -> None:
    token = limited(alice, CALL * 9)
    spend(alice, token)
    messages = limited(alice, 9, "requests")
    send(chat, "One", token=messages)
    assert findings() == []
    BudgetSpan.objects.update(money=CALL * 2, requests=0)
    assert len(findings()) == 2


@pytest.mark.parametrize(
    "wrong", [("money", "month", Decimal(0)), ("tokens", "day", Decimal("1.5")), ("money", "minute", 1)]
)
def test_what_cannot_be_a_limit_makes_no_token(alice: User, wrong: tuple[str, str, Any]) -> None:
    with pytest.raises(BadToken):
        limited(alice, wrong[2], wrong[0], wrong[1])
    assert not ApiToken.objects.exists()


def test_staff_see_limits_of_tokens_and_may_take_one_away(alice: User, db: None) -> None:
    root = User.objects.create_superuser("root")
    limited(alice, Decimal(5), name="Nightly report")
    client, budget = Client(), Budget.objects.get()
    client.force_login(root)
    assert "token Nightly report of alice" in client.get("/admin/analytics_app/budget/").content.decode()
    page = f"/admin/analytics_app/budget/{budget.pk}"
    assert "Nightly report of alice" in client.get(f"{page}/change/").content.decode()
    assert client.post(f"{page}/change/", {"amount": "50"}).status_code == 403
    assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 302
    assert not Budget.objects.exists()


# ---------------------------------------------------------------- many at once


@pytest.mark.django_db(transaction=True)
def test_twenty_sends_at_once_pass_as_often_as_the_limit_says(alice: User, make_chat: MakeChat) -> None:
    token = limited(alice, 3, "requests", "day")
    chats = [make_chat() for _ in range(20)]
    sent = all_at_once([lambda chat=chat: send(chat, "Hello", token=token) for chat in chats])  # type: ignore[misc]
    assert sum(isinstance(each, BudgetUsedUp) for each in sent) == 17
    assert (Reply.objects.count(), used(token)) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_twenty_calls_at_once_overspend_a_token_by_one_at_the_most(alice: User) -> None:
    token = limited(alice, CALL * 3 - Decimal("0.01"))
    calls = [call_of(alice, token=token.public_id) for _ in range(20)]
    refused = all_at_once([lambda call=call: ledger.begin_call(call) for call in calls])  # type: ignore[misc]
    begun = [call for call, problem in zip(calls, refused, strict=True) if problem is None]
    assert len(begun) == 3
    all_at_once([lambda call=call: settle(call) for call in begun])  # type: ignore[misc]
    assert used(token) == CALL * 3
    assert not Reservation.objects.exists()
    assert findings() == []
