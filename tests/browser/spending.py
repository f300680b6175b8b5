"""`python -m tests.browser.spending`: budgets for a newcomer, and calls that used some of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    from analytics_app.actions.budgets import limit_session, set_budget
    from analytics_app.models import BudgetSpan
    from analytics_app.spans import span_of
    from sessions_app.models import ChatSession, TokenUsage, User

    person = User.objects.get(username="newcomer")
    for measure, period, amount in (
        ("money", "month", 100),
        ("tokens", "day", 500_000),
        ("requests", "minute", 20),
    ):
        set_budget(actor=None, user=person, measure=measure, period=period, amount=Decimal(amount))
    set_budget(actor=None, workspace=True, measure="money", period="month", amount=Decimal(900))
    chat = ChatSession.objects.create(owner=person, title="Weekly cost review", model="claude-sonnet-5-5")
    limit_session(person=person, chat=chat, money=Decimal(75))
    amounts: tuple[tuple[Any, int], ...] = ((Decimal("80.4"), 120_000), (None, 3_000))
    for cost, tokens in amounts:
        TokenUsage.objects.create(
            user=person, session=chat, session_key=chat.pk, provider="anthropic", model=chat.model, ok=True,
            output=tokens, cost=cost, settled_at=timezone.now(),
        )  # fmt: skip
    begins = timezone.now()
    money: Any
    for money in (Decimal("96.2"), Decimal("41.05")):
        begins, ends = span_of("month", span_of("month", begins).begins - timedelta(days=1))
        BudgetSpan.objects.create(
            kind="calls",
            scope=f"user:{person.pk}",
            period="month",
            begins=begins,
            ends=ends,
            money=money,
        )


if __name__ == "__main__":
    main()
