"""The dearest figures over a long ledger are told from indexes that hold them, and look nothing up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics_app.dashboard.question import question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import contents
from sessions_app.models import TokenUsage, User

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
EVERYONE = {"scope": "everyone"}


def plan(key: str, asker: User, **given: str) -> str:
    """How SQLite answers the statements of a panel."""
    wanted = question(asker, given)
    reads = Reads(wanted)
    assert reads.sums.calls == 1
    with CaptureQueriesContext(connection) as asked:
        assert contents(key, wanted, reads).sheet.rows
    with connection.cursor() as cursor:
        steps = []
        for each in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {each['sql']}")
            steps += [row[3] for row in cursor.fetchall()]
    return "\n".join(steps)


@pytest.fixture
def call(alice: User, make_chat: Callable[..., Any]) -> TokenUsage:
    """One that failed, and whose price is not known."""
    from django.utils import timezone

    chat, now = make_chat(owner=alice), timezone.now()
    return TokenUsage.objects.create(
        user=alice, session=chat, session_key=chat.pk, provider="anthropic", model="claude-next", ok=False,
        error_type="overloaded", input=7, at=now, settled_at=now,
    )  # fmt: skip


@pytest.mark.parametrize("span", ["all", "month"])
@pytest.mark.parametrize(("key", "index"), [("errors", "usage_failed"), ("unpriced", "usage_unpriced")])
def test_failed_and_unpriced_calls_are_told_from_an_index(
    call: TokenUsage, alice: User, staff: User, key: str, index: str, span: str
) -> None:
    assert f"USING COVERING INDEX {index}" in plan(key, staff, time_range=span, **EVERYONE)
    assert f"USING COVERING INDEX {index}_of_user" in plan(key, alice, time_range=span)


def test_all_time_of_people_is_added_up_in_the_order_of_an_index(call: TokenUsage, staff: User) -> None:
    steps = plan("cost_by_user", staff, time_range="all", **EVERYONE)
    assert "analytics_app_dailyusage USING COVERING INDEX daily_people (zone=?)" in steps
