"""The tools about tokens and money: what they say is what the ledger holds, and whose."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as config
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_app.actions import rollups
from analytics_app.models import DailyUsage, RolledDay
from analytics_app.queries.periods import TimeRange, before, period
from analytics_app.tools.asking import STAFF_ONLY
from sessions_app.agent.tools import Outcome, ToolContext, load_tools
from sessions_app.models import ChatSession, ModelPrice, TokenUsage, User, uuid7

from .books import NOW, SPLITS, ZONES, Call, added_up, calls, counted_in

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits

RANGES = get_args(TimeRange)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def ask(user: User, tool: str, **given: Any) -> Outcome:
    box = load_tools(config.AGENT_TOOLS).bound(ToolContext(user.pk))
    return async_to_sync(box.call)(tool, given)


def result(user: User, tool: str, **given: Any) -> dict[str, Any]:
    outcome = ask(user, tool, **given)
    assert outcome.status == "success", outcome.error
    found: dict[str, Any] = outcome.result
    return found


def spend(user: User | None, cost: str | None, days: float = 0, **values: Any) -> TokenUsage:
    given = {
        "provider": "anthropic",
        "model": "claude-opus-5-5",
        "output": 100,
        "settled_at": NOW,
        "ok": True,
    }
    at = NOW - timedelta(days=days)
    known: Any = None if cost is None else Decimal(cost)
    return TokenUsage.objects.create(user=user, session_key=uuid7(), at=at, cost=known, **{**given, **values})


@pytest.fixture
def three(alice: User, bob: User, staff: User) -> list[User]:
    return [alice, bob, staff]


FIGURES = ("calls", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")


def figures_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in FIGURES)


def expected(rows: list[TokenUsage]) -> tuple[Any, ...]:
    found = added_up(rows, "provider", UTC).values()
    return tuple(sum(column) for column in list(zip(*found, strict=True))[:5]) if found else (0,) * 5


def cost_of(rows: list[TokenUsage]) -> Decimal | None:
    known = [row.cost for row in rows if row.cost is not None]
    return None if rows and not known else sum(known, Decimal(0))


def told_cost(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def check(asker: User, scope: str, time_range: TimeRange, split: str) -> None:
    """Both tools against a plain sum over the calls."""
    zone, everyone = asker.zone, scope == "everyone"
    span = period(time_range, NOW, zone)
    rows = counted_in(span, None if everyone else asker)
    tokens = result(asker, "analyze_token_usage", time_range=time_range, group_by=split, scope=scope)
    costs = result(asker, "analyze_costs", time_range=time_range, scope=scope)
    for found in (tokens, costs):
        assert figures_of(found) == expected(rows)
        assert told_cost(found["total_cost"]) == cost_of(rows)
        assert found["unpriced_calls"] == sum(row.cost is None for row in rows)
    groups = added_up(rows, split, zone)
    assert {row["name"]: figures_of(row) for row in tokens["rows"]} == {
        name: group[:5] for name, group in groups.items()
    }
    splits = {"by_model": "model", "by_purpose": "purpose"} | ({"by_user": "user"} if everyone else {})
    for name, each in splits.items():
        plain = {key: (group[0], sum(group[1:5])) for key, group in added_up(rows, each, zone).items()}
        assert {row["name"]: (row["calls"], row["total_tokens"]) for row in costs[name]} == plain
    days = {key: (group[0], sum(group[1:5])) for key, group in added_up(rows, "day", zone).items()}
    assert {row["day"]: (row["calls"], row["tokens"]) for row in costs["rows"]} == days
    former = before(span)
    for found in (tokens, costs):
        if former is None:
            assert (found["before"], found["change"]) == (None, None)
        else:
            earlier = counted_in(former, None if everyone else asker)
            assert figures_of(found["before"]) == expected(earlier)
    month = counted_in(period("month", NOW, zone), None if everyone else asker)
    assert Decimal(costs["projection"]["spent"]) == sum((row.cost or Decimal(0) for row in month), Decimal(0))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(made=calls(3), zone=st.sampled_from(ZONES), data=st.data())
def test_totals_of_the_tools_are_plain_sums_over_the_calls_one_may_see(
    three: list[User], made: list[Call], zone: Any, data: st.DataObject
) -> None:
    User.objects.update(preferences={"time_zone": str(zone)})
    people = list(User.objects.filter(pk__in=[user.pk for user in three]).order_by("pk"))
    TokenUsage.objects.bulk_create([call.row(people) for call in made])
    try:
        for rolled in (False, True):
            if rolled:
                while rollups.catch_up():
                    pass
            for time_range in RANGES:
                split = data.draw(st.sampled_from([split for split in SPLITS if split != "user"]))
                check(people[0], "own", time_range, split)
                check(people[2], "own", time_range, split)
                check(people[2], "everyone", time_range, data.draw(st.sampled_from(SPLITS)))
    finally:
        for model in (TokenUsage, DailyUsage, RolledDay):
            model.objects.all().delete()


@pytest.mark.parametrize("time_range", RANGES)
def test_a_member_sees_nothing_of_anothers_calls_and_is_refused_everyones(
    alice: User, bob: User, time_range: str
) -> None:
    spend(alice, "5")
    found = [
        result(bob, "analyze_token_usage", time_range=time_range, group_by=split)
        for split in SPLITS
        if split != "user"
    ]
    found.append(result(bob, "analyze_costs", time_range=time_range))
    for each in found:
        assert (each["scope"], each["calls"], each["total_cost"], each["rows"]) == ("own", 0, "0", [])
    for tool in ("analyze_token_usage", "analyze_costs"):
        for more in ({}, {"group_by": "user"} if tool == "analyze_token_usage" else {}):
            refused = ask(bob, tool, time_range=time_range, scope="everyone", **more)
            assert (refused.status, refused.error) == ("denied", STAFF_ONLY)


def test_staff_see_everyones_calls_only_when_they_ask(alice: User, staff: User) -> None:
    spend(alice, "5")
    assert result(staff, "analyze_costs")["total_cost"] == "0"
    everyone = result(staff, "analyze_costs", scope="everyone")
    assert (everyone["total_cost"], everyone["by_user"][0]["name"]) == ("5", "alice")
    assert everyone["link"] == "/dashboard/?time_range=month&scope=everyone"
    refused = ask(staff, "analyze_token_usage", group_by="user")
    assert refused.error == "Rows by person are there for the scope everyone only."


def test_costs_say_what_the_period_cost_and_what_the_month_will(alice: User, chat: ChatSession) -> None:
    for back in range(40):
        spend(alice, "2", back)
    found = result(alice, "analyze_costs", time_range="week")
    assert (found["period"], found["total_cost"], found["per_day"], len(found["rows"])) == (
        "last 7 days",
        "14",
        "2",
        7,
    )
    assert found["projection"] == {
        "month": "2026-11",
        "spent": "6",
        "expected": "60",
        "low": "60",
        "high": "60",
        "method": "Spent so far, and the mean of its weekday over the last 39 days, at the level of the last 14, "
        "for each day to come.",
    }
    assert found["next_week"] == {"expected": "14", "low": "14", "high": "14"}
    assert (found["before"]["period"], found["change"]["total_cost"]) == ("the 7 days before", 0.0)
    assert (found["total_sessions"], found["link"]) == (1, "/dashboard/?time_range=week")
    assert found["counted"].startswith("7 settled model calls of your ledger")


def test_an_unusual_day_of_the_period_is_named_with_its_reason(alice: User) -> None:
    for back in range(20):
        spend(alice, "2", back)
    spend(alice, "30", 2, model="claude-haiku-5-5")
    [odd] = result(alice, "analyze_costs", time_range="week")["anomalies"]
    assert odd == {
        "day": "2026-11-01",
        "cost": "32",
        "usual": "2",
        "reason": "Claude Haiku 5.5 cost $30.00 that day, usually not used.",
    }
    assert result(alice, "analyze_costs", time_range="today")["anomalies"] == []


def test_savings_are_computed_from_the_calls_at_the_prices_staff_set(alice: User) -> None:
    for model, price in (("claude-opus-5-5", 10), ("claude-haiku-5-5", 1)):
        ModelPrice.objects.create(
            provider="anthropic",
            model=model,
            input=price,
            cache_read=0,
            cache_write_5m=0,
            cache_write_1h=0,
            output=price,
            valid_from=NOW - timedelta(days=30),
        )
    for back in range(1, 8):
        spend(alice, "0.011", back, input=1_000, output=100)
    spend(alice, "100", 8, input=1_000, output=100)  # before the week that is looked at
    [saving] = result(alice, "analyze_costs")["savings"]
    # 7,700 tokens a week at $10 instead of $1 for a million, 30 days of 7.
    assert (saving["kind"], saving["saves"]) == ("cheaper model", "0.3")
    assert saving["assumption"].startswith("7 calls of the last 7 days had at most 4,000 tokens in")


def test_a_cost_nobody_knows_is_not_nothing(alice: User) -> None:
    spend(alice, None)
    found = result(alice, "analyze_costs")
    assert (found["total_cost"], found["unpriced_calls"], found["per_day"]) == (None, 1, None)
    assert found["by_model"][0]["total_cost"] is None
    assert found["rows"][0]["cost"] is None


def test_of_all_time_the_last_days_are_shown_and_all_are_counted(alice: User) -> None:
    for back in range(40):
        spend(alice, "1", back)
    found = result(alice, "analyze_costs", time_range="all")
    assert (found["total_cost"], len(found["rows"]), found["rows"][-1]["day"]) == ("40", 31, "2026-11-03")
    assert "The rows are the last 31 of 40; the totals count all." in found["counted"]
    tokens = result(alice, "analyze_token_usage", time_range="all", group_by="day")
    assert (len(tokens["rows"]), tokens["calls"], tokens["before"]) == (31, 40, None)


def test_the_largest_result_is_within_what_the_model_is_told(staff: User) -> None:
    people = User.objects.bulk_create(
        [User(username=f"somebody-with-a-name-{number}") for number in range(60)]
    )
    for number, person in enumerate(people):
        spend(person, "12.3456789", number % 40, model=f"claude-model-of-some-length-{number}")
    for given_values in (
        {"tool": "analyze_costs"},
        *({"tool": "analyze_token_usage", "group_by": split} for split in SPLITS),
    ):
        found = result(staff, time_range="all", scope="everyone", **given_values)
        assert "note" not in found
        assert found["calls"] == 60
