"""The budget of the month stands in the projection: one's own, or the workspace's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from analytics_app.actions.budgets import set_budget
from analytics_app.dashboard.panel import Contents
from analytics_app.dashboard.question import question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import contents
from sessions_app.agent.labels.views import Line
from sessions_app.models import ChatSession, TokenUsage, User

pytestmark = pytest.mark.django_db


def shown(asker: User, **given: str) -> Contents:
    asked = question(asker, given)
    return contents("month_end", asked, Reads(asked))


def limit(found: Contents) -> Any:
    assert isinstance(found.chart, Line)
    return found.chart.limit


@pytest.fixture
def spent(alice: User, chat: ChatSession) -> None:
    now = timezone.now()
    cost: Any = Decimal(3)
    TokenUsage.objects.create(
        user=alice, session=chat, session_key=chat.pk, provider="anthropic", model="claude-opus-5-5",
        output=9, cost=cost, ok=True, at=now, settled_at=now,
    )  # fmt: skip


def test_ones_own_budget_and_when_it_ends(alice: User, staff: User, spent: None) -> None:
    assert limit(shown(alice)) is None
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(1_000_000), user=alice)
    found = shown(alice)
    assert limit(found) == (1_000_000.0, "Budget $1,000,000.00")
    assert "At this rate the budget lasts for this month." in found.said
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(2), user=alice)
    assert "The budget of this month is spent." in shown(alice).said


def test_everyones_is_that_of_the_workspace(alice: User, staff: User, spent: None) -> None:
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(50), user=alice)
    assert limit(shown(staff, scope="everyone")) is None
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(2_000), workspace=True)
    assert limit(shown(staff, scope="everyone")) == (2000.0, "Budget $2,000.00")


def test_a_part_of_the_calls_has_no_budget_of_its_own(alice: User, staff: User, spent: None) -> None:
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(50), user=alice)
    assert limit(shown(alice, model="claude-opus-5-5")) is None
