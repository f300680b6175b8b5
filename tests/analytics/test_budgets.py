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
from sessions_app.models import (
    AuditEntry,
    ChatSession,
    ModelPrice,
    TokenUsage,
    User,
    uuid7,
)
from sessions_app.providers.base import Counts

MODEL = "claude-sonnet-4-5"
CALL = Decimal("0.3")  # its price for 20,000 tokens out


def month(amount: Any = 1, measure: str = "money", **subject: Any) -> Budget:
    return set_budget(actor=None, measure=measure, period="month", amount=amount, **subject)


def call_of(user: User, chat: Any = None, most: int = 20_000, **more: Any) -> ledger.Call:
    values = {"provider": "anthropic", "model": MODEL, "most": most, **more}
    chat = chat or ChatSession.objects.get_or_create(owner=user, title="Aside")[0]
    return ledger.Call(uuid7(), user.pk, chat.pk, None, **values)


def settle(call: ledger.Call, output: int = 20_000, written: int = 0, *, ok: bool = True) -> None:
    counts = Counts(cache_write_5m=written, output=output)
    assert ledger.settle_call(ledger.Settlement(call.usage, counts, ok=ok))


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
        "Other replies have reserved the rest of this month's budget of the person who asked."
    )
    assert not TokenUsage.objects.filter(pk=third.usage).exists()
    settle(first, output=10)
    assert ledger.begin_call(third) is None


def test_a_call_alone_is_not_refused_for_what_it_might_take(alice: User) -> None:
    month(Decimal("0.01"), user=alice)
    spend(alice)
    refused = ledger.begin_call(call_of(alice))
    assert refused is not None
    assert refused.reason.startswith(
        "This month's budget of the person who asked is used up. It starts again on 1"
    )


def test_a_begin_whose_answer_was_lost_may_be_repeated(alice: User) -> None:
    month(CALL, user=alice)
    call = call_of(alice)
    assert [ledger.begin_call(call), ledger.begin_call(call)] == [None, None]
    assert Reservation.objects.count() == TokenUsage.objects.count() == 1
    settle(call)
    assert standings(alice)[0].spent == CALL


@pytest.mark.parametrize(("written", "dearest"), [("1", "2"), ("9", "9")])
def test_the_dearest_way_to_bill_the_input_is_set_aside(alice: User, written: str, dearest: str) -> None:
    month(1000, user=alice)
    prices = {"input": 2, "cache_read": 1, "cache_write_5m": written, "cache_write_1h": 99, "output": 10}
    ModelPrice.objects.create(
        provider="anthropic", model=MODEL, valid_from=timezone.now() - timedelta(days=1), **prices
    )
    assert ledger.begin_call(call_of(alice, most=10**6, estimate=10**6)) is None
    assert standings(alice)[0].reserved == 2 * Decimal(dearest) + 10


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
        most = CALL + Decimal("0.0075")  # with twice the estimated input, written to the cache
        running: list[ledger.Call] = []
        for step, output in steps:
            if step and running:
                call = running.pop(output % len(running))
                settle(call, min(output, 20_000), min(output, 2_000), ok=step == 1)
            else:
                call = call_of(user, estimate=1_000)
                if ledger.begin_call(call) is None:
                    running.append(call)
                else:
                    standing = standings(user)[0]
                    assert standing.spent + standing.reserved >= standing.limit
            standing = standings(user)[0]
            assert standing.spent + standing.reserved < standing.limit + most
            assert standing.reserved == most * len(running)
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
def test_twenty_calls_with_far_more_input_than_estimated_overspend_by_one_at_the_most(alice: User) -> None:
    """Late turns: nearly all is input, twice what was estimated, and billed as written to the cache."""
    month(CALL * 3, user=alice)
    calls = [call_of(alice, most=500, estimate=45_000) for _ in range(20)]
    refused = all_at_once([lambda call=call: ledger.begin_call(call) for call in calls])  # type: ignore[misc]
    begun = [call for call, problem in zip(calls, refused, strict=True) if problem is None]
    all_at_once([lambda call=call: settle(call, 500, 90_000) for call in begun])  # type: ignore[misc]
    one = Decimal("0.345")
    assert len(begun) == 3
    assert standings(alice)[0].spent == one * 3 < CALL * 3 + one


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
def test_calls_of_two_days_that_end_together_stand_in_nobodys_way(alice: User) -> None:
    """Two on both sides of a midnight end in one transaction, while others begin on the second day."""
    month(CALL * 1000, user=alice)
    set_budget(actor=None, measure="money", period="day", amount=CALL * 1000, user=alice)
    first = span_of("month", timezone.now()).begins + timedelta(days=10)
    pairs = [
        (call_of(alice, at=first - timedelta(minutes=1)), call_of(alice, at=first + timedelta(minutes=1)))
        for _ in range(8)
    ]
    for pair in pairs:
        ledger.begin_calls(*pair)
    ends = [[ledger.Settlement(call.usage, Counts(output=9), ok=True) for call in pair] for pair in pairs]
    later = [call_of(alice, at=first + timedelta(minutes=2)) for _ in pairs]
    jobs: list[Callable[[], Any]] = []
    for end_of, call in zip(ends, later, strict=True):
        jobs += [lambda these=end_of: ledger.settle_calls(*these), lambda it=call: ledger.begin_call(it)]  # type: ignore[misc]
    assert all_at_once(jobs) == [2, None] * len(pairs)
    assert findings() == []


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
