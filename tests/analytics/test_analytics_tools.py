from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from sessions_app.agent.tools import Outcome, ToolContext, load_tools
from sessions_app.models import ChatSession, TokenUsage, User

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits

write = sync_to_async(thread_sensitive=True)


async def ask(user: User, tool: str, chat: ChatSession | None = None, **given: Any) -> Outcome:
    context = ToolContext(user.pk, chat.pk if chat else "")
    return await load_tools(settings.AGENT_TOOLS).bound(context).call(tool, given)


@pytest.fixture
def spend() -> Callable[..., None]:
    def make(user: User, chat: ChatSession, **values: Any) -> None:
        given = {"provider": "anthropic", "model": "claude", "settled_at": timezone.now(), **values}
        TokenUsage.objects.create(user=user, session=chat, session_key=chat.pk, **given)

    return make


async def test_token_usage_holds_period_sums_and_rows(
    alice: User, chat: ChatSession, spend: Callable[..., None]
) -> None:
    await write(spend)(alice, chat, input=10, cache_read=5, output=2, cost=Decimal("0.0500000000"))
    await write(spend)(alice, chat, input=9, cost=Decimal("1"), at=timezone.now() - timedelta(days=40))
    outcome = await ask(alice, "analyze_token_usage", time_range="week")
    assert outcome.error == ""
    expected = {
        "period": "last 7 days",
        "time_range": "week",
        "group_by": "model",
        "total_sessions": 1,
        "active_sessions": 1,
        "input_tokens": 10,
        "cache_read_tokens": 5,
        "cache_write_tokens": 0,
        "output_tokens": 2,
        "total_tokens": 17,
        "total_cost": "0.05",
        "calls": 1,
        "unpriced_calls": 0,
    }
    assert {key: outcome.result[key] for key in expected} == expected
    assert [(row["name"], row["total_tokens"]) for row in outcome.result["rows"]] == [("claude", 17)]
    everything = await ask(alice, "analyze_token_usage", timeRange="all", group_by="day")
    assert (everything.result["total_cost"], len(everything.result["rows"])) == ("1.05", 2)


@pytest.mark.parametrize("time_range", ["today", "week", "month", "all"])
@pytest.mark.parametrize("group_by", ["model", "provider", "purpose", "day"])
async def test_a_member_never_counts_anothers_calls(
    alice: User, bob: User, chat: ChatSession, spend: Callable[..., None], time_range: str, group_by: str
) -> None:
    await write(spend)(alice, chat, input=10, cost=Decimal(1))
    outcome = await ask(bob, "analyze_token_usage", time_range=time_range, group_by=group_by)
    assert (outcome.result["calls"], outcome.result["total_sessions"], outcome.result["rows"]) == (0, 0, [])
