"""Budgets: what is admitted, what counts, who may set them; many at once overspend by one call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.actions import budgets
from analytics_app.actions.budgets import BadBudget, NotOwner, limit_session, set_budget
from analytics_app.models import Budget, BudgetSpan, Reservation
from analytics_app.queries.budgets import money_limit, standings, workspace_limit
from analytics_app.spans import span_of
from sessions_app import doctor
from sessions_app.actions import ledger
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.actions.messages import send_message
from sessions_app.models import AuditEntry, ChatSession, PendingMessage, Reply, TokenUsage, User, uuid7
from sessions_app.providers.base import Counts
from tests.actions.steps import begin, end, send

MODEL = "claude-sonnet-4-5"
CALL = Decimal("0.3")  # its price for 20,000 tokens out


def month(amount: Any = 1, measure: str = "money", **subject: Any) -> Budget:
    return set_budget(actor=None, measure=measure, period="month", amount=amount, **subject)


def call_of(user: User, chat: Any = None, most: int = 20_000, **more: Any) -> ledger.Call:
    values = {"provider": "anthropic", "model": MODEL, "most": most, **more}
    chat = chat or ChatSession.objects.get_or_create(owner=user, title="Aside")[0]
    return ledger.Call(uuid7(), user.pk, chat.pk, None, **values)


def settle(call: ledger.Call, output: int = 20_000, *, ok: bool = True) -> None:
    assert ledger.settle_call(ledger.Settlement(call.usage, Counts(output=output), ok=ok))


def spend(user: User, chat: Any = None, output: int = 20_000, **more: Any) -> None:
    call = call_of(user, chat, **more)
    assert ledger.begin_call(call) is None
    settle(call, output)


def findings() -> list[str]:
    return [
        found.detail for found in doctor.examine() if found.check == "budgets count what the ledger holds"
    ]


# ---------------------------------------------------------------- what is admitted


def test_calls_are_admitted_as_long_as_anything_is_left(alice: User) -> None:
    month(CALL * 2, user=alice)
    first, second, third = (call_of(alice) for _ in range(3))
    assert ledger.begin_call(first) is None
    assert ledger.begin_call(second) is None
    refused = ledger.begin_call(third)
    assert refused is not None
    assert refused.reason.startswith(
        "Other replies of yours have reserved the rest of this month's budget of $0.60."
    )
    assert not TokenUsage.objects.filter(pk=third.usage).exists()
    settle(first, output=10)
    assert ledger.begin_call(third) is None


def test_a_call_alone_is_not_refused_for_what_it_might_take(alice: User) -> None:
    month(Decimal("0.01"), user=alice)
    spend(alice)
    refused = ledger.begin_call(call_of(alice))
    assert refused is not None
    assert refused.reason.startswith("This month's budget of $0.01 is used up. It starts again on 1")


def test_a_begin_whose_answer_was_lost_may_be_repeated(alice: User) -> None:
    month(CALL, user=alice)
    call = call_of(alice)
    assert [ledger.begin_call(call), ledger.begin_call(call)] == [None, None]
    assert Reservation.objects.count() == TokenUsage.objects.count() == 1
    settle(call)
    assert standings(alice)[0].spent == CALL


def test_what_costs_nothing_is_not_stopped_by_a_budget_of_money(alice: User) -> None:
    month(Decimal("0.01"), user=alice)
    spend(alice)
    assert ledger.begin_call(call_of(alice, provider="offline", model="offline")) is None


def test_what_has_no_price_is_not_counted_as_money_and_that_is_known(alice: User) -> None:
    month(Decimal(5), user=alice)
    month(1000, "tokens", user=alice)
    spend(alice, output=500, most=500, model="claude-next-9")
    money = next(each for each in standings(alice) if each.budget.measure == "money")
    assert (money.spent, money.reserved, money.unpriced) == (0, 0, 1)
    assert findings() == []


def test_several_that_leave_together_count_for_each_other(alice: User, bob: User) -> None:
    month(CALL * 2, workspace=True)
    calls = [call_of(alice), call_of(bob), call_of(alice), call_of(bob)]
    refused = ledger.begin_calls(*calls)
    assert list(refused) == [calls[2].usage, calls[3].usage]
    assert refused[calls[3].usage].reason.startswith(
        "Other replies have reserved the rest of the workspace's budget for this month."
    )


def test_ones_own_limit_takes_the_place_of_the_plans_and_others_apply_besides(
    alice: User, bob: User, chat: ChatSession
) -> None:
    month(CALL, plan="free")
    month(CALL * 2, user=alice)
    limit_session(person=alice, chat=chat, money=CALL * 3)
    set_budget(actor=None, measure="money", period="ever", amount=CALL, session=chat)
    assert [each.limit for each in standings(bob)] == [CALL]
    assert sorted(each.limit for each in standings(alice, chat)) == [CALL, CALL * 2, CALL * 3]
    spend(alice, chat)
    assert ledger.begin_call(call_of(alice, chat)) is not None  # the lower of the session's
    assert ledger.begin_call(call_of(alice)) is None
    User.objects.filter(pk=bob.pk).update(plan="premium")
    assert standings(User.objects.get(pk=bob.pk)) == []


def test_a_budget_set_in_the_middle_counts_what_was_before(alice: User, bob: User) -> None:
    spend(alice)
    spend(bob)
    month(CALL * 5, user=alice)
    month(10**6, "tokens", workspace=True)
    spend(alice)
    assert [(each.spent, each.reserved) for each in standings(alice)] == [(CALL * 2, 0), (60_000, 0)]
    now = timezone.now()
    mine = money_limit(alice, now)
    assert mine is not None
    assert (mine.limit, mine.spent) == (CALL * 5, CALL * 2)
    assert workspace_limit(now) is None
    assert findings() == []


def test_a_call_that_ends_in_the_next_month_counts_in_that_of_its_beginning(alice: User) -> None:
    month(CALL * 5, user=alice)
    before = span_of("month", timezone.now()).begins - timedelta(minutes=1)
    late = call_of(alice, at=before)
    assert ledger.begin_call(late) is None
    assert standings(alice)[0].reserved == 0
    assert standings(alice, now=before)[0].reserved == CALL
    settle(late)
    spend(alice)
    assert [standings(alice, now=at)[0].spent for at in (before, None)] == [CALL, CALL]
    assert findings() == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30_000)), max_size=25), st.integers(1, 8))
@hypothesis.settings(max_examples=15)
@pytest.mark.django_db
def test_whatever_the_order_at_most_one_call_is_overspent(steps: list[tuple[int, int]], limit: int) -> None:
    with transaction.atomic():
        user = User.objects.create_user("carla")
        month(CALL * limit, user=user)
        running: list[ledger.Call] = []
        for step, output in steps:
            if step and running:
                settle(running.pop(output % len(running)), min(output, 20_000), ok=step == 1)
            else:
                call = call_of(user)
                if ledger.begin_call(call) is None:
                    running.append(call)
                else:
                    standing = standings(user)[0]
                    assert standing.spent + standing.reserved >= standing.limit
            standing = standings(user)[0]
            assert standing.spent + standing.reserved < standing.limit + CALL
            assert standing.reserved == CALL * len(running)
        assert findings() == []
        transaction.set_rollback(True)


# ---------------------------------------------------------------- many at once


def all_at_once(jobs: list[Callable[[], Any]], workers: int = 10) -> list[Any]:
    def run(job: Callable[[], Any]) -> Any:
        try:
            return job()
        except BudgetUsedUp as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_twenty_calls_at_once_overspend_by_one_at_the_most(alice: User) -> None:
    month(CALL * 3 - Decimal("0.01"), user=alice)
    month(10**9, "tokens", workspace=True)
    calls = [call_of(alice) for _ in range(20)]
    refused = all_at_once([lambda call=call: ledger.begin_call(call) for call in calls])  # type: ignore[misc]
    begun = [call for call, problem in zip(calls, refused, strict=True) if problem is None]
    assert len(begun) == TokenUsage.objects.count() == 3
    all_at_once([lambda call=call: settle(call) for call in begun])  # type: ignore[misc]
    assert [each.spent for each in standings(alice)] == [CALL * 3, 60_000]
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_calls_that_end_while_the_first_counter_is_made_are_counted_once(alice: User) -> None:
    calls = [call_of(alice) for _ in range(20)]
    ledger.begin_calls(*calls)
    month(CALL * 100, user=alice)
    jobs: list[Callable[[], Any]] = [lambda call=call: settle(call) for call in calls]  # type: ignore[misc]
    jobs[10:10] = [lambda: ledger.begin_call(call_of(alice)) for _ in range(3)]
    all_at_once(jobs)
    assert standings(alice)[0].spent == CALL * 20
    assert findings() == []


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
        "20\u00a0messages a minute. You can send again in 40\u00a0s. Your draft is kept."
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


# ---------------------------------------------------------------- setting, keeping


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"measure": "money", "period": "minute"}, "Only messages"),
        ({"measure": "tokens", "period": "ever"}, "Only a session"),
        ({"measure": "money", "period": "month", "amount": Decimal(0)}, "lies between"),
        ({"measure": "money", "period": "month", "amount": Decimal("NaN")}, "lies between"),
        ({"measure": "tokens", "period": "day", "amount": 0}, "whole number"),
        ({"measure": "tokens", "period": "day", "amount": Decimal("1.5")}, "whole number"),
        ({"measure": "wishes", "period": "day"}, "counts money"),
        ({"measure": "money", "period": "day", "plan": "gold", "user": None}, "no such plan"),
        ({"measure": "money", "period": "day", "workspace": True}, "of one person"),
    ],
)
def test_what_cannot_be_a_budget_is_refused_in_words(alice: User, values: dict[str, Any], words: str) -> None:
    with pytest.raises(BadBudget, match=words):
        set_budget(**{"actor": None, "amount": 1, "user": alice, **values})
    assert not Budget.objects.exists()


def test_the_database_refuses_what_no_action_would_write(alice: User, chat: ChatSession) -> None:
    good = {"user": alice, "measure": "money", "period": "month", "money": Decimal(1)}
    Budget.objects.create(**good)
    for bad in (
        good,
        good | {"period": "day", "session": chat},
        good | {"period": "day", "user": None},
        good | {"period": "day", "money": None},
        good | {"period": "day", "count": 5},
        good | {"period": "minute"},
        good | {"period": "ever"},
        good | {"period": "day", "by_owner": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Budget.objects.create(**bad)


def test_setting_one_again_replaces_it_and_both_are_on_record(alice: User, staff: User) -> None:
    set_budget(actor=staff, user=alice, measure="money", amount=Decimal(10), period="month")
    budget = set_budget(actor=staff, user=alice, measure="money", amount=Decimal(20), period="month")
    budgets.remove_budget(actor=staff, budget=budget)
    assert not Budget.objects.exists()
    record = AuditEntry.objects.order_by("pk").values_list("actor__username", "action", "detail")
    assert list(record) == [
        ("staff", "set budget", "Money a month of alice: none → $10.00"),
        ("staff", "set budget", "Money a month of alice: $10.00 → $20.00"),
        ("staff", "removed budget", "Money a month of alice: $20.00 → none"),
    ]


def test_only_the_owner_limits_a_session(bob: User, chat: ChatSession) -> None:
    with pytest.raises(NotOwner):
        limit_session(person=bob, chat=chat, money=Decimal(1))
    limit_session(person=chat.owner, chat=chat, money=Decimal(1))
    limit_session(person=chat.owner, chat=chat, money=None)
    assert not Budget.objects.exists()


def test_counters_count_anew_after_calls_were_priced_again(alice: User) -> None:
    month(CALL * 5, user=alice)
    spend(alice)
    TokenUsage.objects.update(cost=CALL * 2)
    assert len(findings()) == 1
    assert budgets.forget_spans(moments=TokenUsage.objects.values_list("at", flat=True)) == 1
    spend(alice)
    assert standings(alice)[0].spent == CALL * 3
    assert findings() == []


def test_the_doctor_finds_a_wrong_counter_and_a_reservation_that_was_left(alice: User) -> None:
    month(CALL * 5, user=alice)
    spend(alice)
    assert findings() == []
    BudgetSpan.objects.update(money=CALL)
    Reservation.objects.create(
        usage=TokenUsage.objects.get(), user=alice, session_key=uuid7(), at=timezone.now(), tokens=1
    )
    assert findings() == ["is of a call that is settled"]
    assert budgets.release_settled() == 1
    BudgetSpan.objects.update(tokens=1)
    assert ["is not what its calls add up to" in found for found in findings()] == [True]


def test_counters_long_over_go_and_present_ones_stay(alice: User, chat: ChatSession) -> None:
    month(CALL * 5, user=alice)
    limit_session(person=alice, chat=chat, money=CALL)
    spend(alice, chat)
    old = date.today() - timedelta(days=1200)
    first = span_of("month", datetime(old.year, old.month, 5, tzinfo=UTC))
    BudgetSpan.objects.create(
        kind="calls", scope="workspace", period="month", begins=first.begins, ends=first.ends
    )
    budgets.sweep()
    assert sorted(BudgetSpan.objects.values_list("period", flat=True)) == ["ever", "month"]
    limit_session(person=alice, chat=chat, money=None)
    budgets.sweep()
    assert list(BudgetSpan.objects.values_list("period", flat=True)) == ["month"]
