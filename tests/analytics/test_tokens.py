from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from analytics_app.queries.tokens import sums, sums_by
from sessions_app.models import ChatSession, TokenUsage, User

Spend = Callable[..., TokenUsage]


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
    total = sums(TokenUsage.objects.for_user(alice))
    assert (total.input, total.cache_read, total.cache_write, total.output, total.total) == (
        17,
        20,
        70,
        50,
        157,
    )
    assert (total.cost, total.calls, total.unpriced_calls) == (Decimal("0.000000001"), 11, 1)


def test_no_calls_cost_nothing_but_unpriced_ones_are_unknown(alice: User, spend: Spend) -> None:
    usage = TokenUsage.objects.for_user(alice)
    assert sums(usage).known_cost == 0
    spend(cost=None)
    assert sums(usage).known_cost is None


def test_a_call_that_still_runs_is_not_counted(alice: User, spend: Spend) -> None:
    spend(settled_at=None, input=5)
    assert sums(TokenUsage.objects.for_user(alice)).calls == 0


def test_groups_come_from_most_tokens_down_and_add_up(alice: User, spend: Spend) -> None:
    spend(model="small", output=1, cost=Decimal("0.5"))
    spend(model="big", output=9, cost=Decimal("0.25"))
    spend(model="big", output=1, cost=None)
    usage = TokenUsage.objects.for_user(alice)
    rows = sums_by(usage, "model", UTC)
    assert [(row.name, row.total, row.calls, row.unpriced_calls) for row in rows] == [
        ("big", 10, 2, 1),
        ("small", 1, 1, 0),
    ]
    assert sum(row.cost for row in rows) == sums(usage).cost == Decimal("0.75")


def test_days_are_those_of_the_persons_zone_and_in_order(alice: User, spend: Spend) -> None:
    spend(at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC), output=1)
    spend(at=datetime(2026, 11, 1, 12, 0, tzinfo=UTC), output=2)
    usage = TokenUsage.objects.for_user(alice)
    assert [(row.name, row.output) for row in sums_by(usage, "day", UTC)] == [("2026-11-01", 3)]
    assert [(row.name, row.output) for row in sums_by(usage, "day", ZoneInfo("Asia/Tokyo"))] == [
        ("2026-11-01", 2),
        ("2026-11-02", 1),
    ]
