from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from analytics_app.queries.ledger import DELETED, Ledger
from analytics_app.queries.periods import period
from analytics_app.queries.tokens import added, change
from sessions_app.models import ChatSession, TokenUsage, User

Spend = Callable[..., TokenUsage]
ALWAYS = period("all", datetime(2026, 11, 20, tzinfo=UTC), UTC)


@pytest.fixture
def spend(chat: ChatSession) -> Spend:
    def make(**values: Any) -> TokenUsage:
        given = {
            "user": chat.owner,
            "session": chat,
            "session_key": chat.pk,
            "provider": "anthropic",
            "model": "claude",
            "settled_at": timezone.now(),
            "ok": True,
            **values,
        }
        return TokenUsage.objects.create(**given)

    return make


def test_sums_are_exact_and_unknown_prices_are_counted_apart(alice: User, spend: Spend) -> None:
    for _ in range(10):
        spend(
            input=1, cache_read=2, cache_write_5m=3, cache_write_1h=4, output=5, cost=Decimal("0.0000000001")
        )
    spend(input=7, cost=None)
    total = Ledger.for_user(alice, UTC).sums(ALWAYS)
    assert (total.input, total.cache_read, total.cache_write, total.output, total.total) == (
        17,
        20,
        70,
        50,
        157,
    )
    assert (total.cost, total.calls, total.unpriced_calls) == (Decimal("0.000000001"), 11, 1)


def test_no_calls_cost_nothing_but_unpriced_ones_are_unknown(alice: User, spend: Spend) -> None:
    ledger = Ledger.for_user(alice, UTC)
    assert ledger.sums(ALWAYS).known_cost == 0
    spend(cost=None)
    assert ledger.sums(ALWAYS).known_cost is None


def test_a_call_that_still_runs_is_not_counted(alice: User, spend: Spend) -> None:
    spend(settled_at=None, input=5)
    assert Ledger.for_user(alice, UTC).sums(ALWAYS).calls == 0


def test_groups_come_from_most_tokens_down_and_add_up(alice: User, spend: Spend) -> None:
    spend(model="small", output=1, cost=Decimal("0.5"))
    spend(model="big", output=9, cost=Decimal("0.25"))
    spend(model="big", output=1, cost=None)
    ledger = Ledger.for_user(alice, UTC)
    rows = ledger.sums_by(ALWAYS, "model")
    assert [(name, row.total, row.calls, row.unpriced_calls) for name, row in rows] == [
        ("big", 10, 2, 1),
        ("small", 1, 1, 0),
    ]
    assert added(rows) == ledger.sums(ALWAYS)
    assert added(rows).cost == Decimal("0.75")


def test_days_are_those_of_the_persons_zone_and_in_order(alice: User, spend: Spend) -> None:
    spend(at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC), output=1)
    spend(at=datetime(2026, 11, 1, 12, 0, tzinfo=UTC), output=2)
    there = Ledger.for_user(alice, ZoneInfo("Asia/Tokyo")).sums_by(ALWAYS, "day")
    here = Ledger.for_user(alice, UTC).sums_by(ALWAYS, "day")
    assert [(name, row.output) for name, row in here] == [("2026-11-01", 3)]
    assert [(name, row.output) for name, row in there] == [("2026-11-01", 2), ("2026-11-02", 1)]


def test_everyones_calls_are_split_by_name_and_those_of_deleted_accounts_are_one(
    alice: User, bob: User, staff: User, spend: Spend
) -> None:
    spend(output=1)
    spend(user=bob, output=4)
    spend(user=None, output=2)
    rows = Ledger.all_for_staff(staff, UTC).sums_by(ALWAYS, "user")
    assert [(name, row.output) for name, row in rows] == [("bob", 4), (DELETED, 2), ("alice", 1)]
    with pytest.raises(PermissionDenied):
        Ledger.all_for_staff(alice, UTC)


@pytest.mark.parametrize(
    ("now", "before", "fraction"),
    [
        (3, 2, 0.5),
        (Decimal("1"), Decimal("3"), -0.6667),
        (0, 4, -1.0),
        (4, 0, None),
        (None, 4, None),
        (4, None, None),
    ],
)
def test_a_change_is_a_fraction_of_what_was(now: Any, before: Any, fraction: float | None) -> None:
    assert change(now, before) == fraction
