"""The four tools about sessions and people: what they tell, and to whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as config
from django.contrib.auth.models import Permission
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_app.actions import activity
from analytics_app.queries.periods import day_of, period
from sessions_app.agent.tools import Outcome, ToolContext, load_tools
from sessions_app.models import AuditEntry, ChatSession, Mark, Message, Reply, SessionMember, TokenUsage, User

from .world import Plain, World, generate

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits
NOW = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
PERIODS = ("today", "week", "month", "all")
FIGURED = ("analyze_session_metrics", "get_active_sessions", "analyze_engagement")
SPENT = {
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "total_tokens",
    "total_cost",
    "calls",
    "unpriced_calls",
}
HEAD = ["period", "time_range", "from", "until", "scope"]
generated = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])


def call(user: User, tool: str, **given: Any) -> Outcome:
    toolbox = load_tools(config.AGENT_TOOLS).bound(ToolContext(user.pk))
    return async_to_sync(toolbox.call)(tool, given)


def told(user: User, tool: str, **given: Any) -> dict[str, Any]:
    outcome = call(user, tool, **given)
    assert outcome.error == ""
    result: dict[str, Any] = outcome.result
    return result


@pytest.fixture
def reader(staff: User) -> User:
    """Staff with the permission to see messages."""
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    return User.objects.get(pk=staff.pk)


@pytest.fixture
def frozen(monkeypatch: Any) -> datetime:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return NOW


def say(chat: ChatSession, text: str, **values: Any) -> Message:
    given = {"role": "user", "author": chat.owner, "position": chat.messages.count() + 1, **values}
    return Message.objects.create(session=chat, content=text, **given)


def answered(chat: ChatSession, question: str = "Plan a trip to Lisbon", **values: Any) -> Reply:
    say(chat, question)
    answer = say(chat, "Of course.", role="assistant", author=None)
    now = timezone.now()
    given = {"status": "complete", "turns": 1, "finished_at": now + timedelta(seconds=2), **values}
    return Reply.objects.create(message=answer, session=chat, **given)


# ---------------------------------------------------------------- shapes


def test_session_metrics_tell_what_happened(frozen: datetime, alice: User, chat: ChatSession) -> None:
    answered(chat, turns=2, first_token_at=frozen + timedelta(milliseconds=300))
    ChatSession.objects.update(last_activity_at=frozen)
    result = told(alice, "analyze_session_metrics", time_range="today")
    assert list(result)[:5] == HEAD
    assert list(result)[-2:] == ["counted", "link"]
    assert result.keys() >= SPENT
    expected = {
        "period": "today",
        "scope": "own",
        "total_sessions": 1,
        "active_sessions": 1,
        "new_sessions": 1,
        "messages": 2,
        "questions": 1,
        "answers": 1,
        "active_users": 1,
        "messages_per_session": 2.0,
        "multi_turn_share": 1.0,
        "replies": 1,
        "completed": 1,
        "failed": 0,
        "rows": [{"day": "2026-04-01", "sessions": 1, "messages": 2, "questions": 1, "answers": 1}],
        "link": "/dashboard/?time_range=today",
    }
    assert {key: result[key] for key in expected} == expected
    assert result["response_ms"]["average"] == 2000
    assert result["response_ms"]["median"] == pytest.approx(2000, rel=0.05)
    assert result["first_token_ms"]["p95"] == pytest.approx(300, rel=0.05)
    assert result["before"]["period"] == "yesterday"
    assert (result["before"]["messages"], result["change"]["messages"]) == (0, None)
    assert result["before"].keys() - {"period"} == result["change"].keys()


def test_change_is_a_fraction_of_the_period_before(alice: User, chat: ChatSession, frozen: datetime) -> None:
    for days, count in ((0, 3), (1, 2)):
        for _ in range(count):
            message = say(chat, "A question")
            Message.objects.filter(pk=message.pk).update(created_at=frozen - timedelta(days=days))
    ChatSession.objects.update(created_at=frozen - timedelta(days=3), last_activity_at=frozen)
    result = told(alice, "analyze_session_metrics", time_range="today")
    assert (result["messages"], result["before"]["messages"], result["change"]["messages"]) == (3, 2, 0.5)
    assert result["before"]["active_sessions"] == 1
    assert told(alice, "analyze_session_metrics", time_range="all")["before"] is None


def test_engagement_tells_hours_topics_moods_ratings_and_tools(
    alice: User, chat: ChatSession, frozen: datetime
) -> None:
    reply = answered(chat)
    answered(chat, "Is there a train to Lisbon? Thanks, that is wonderful!")
    Mark.objects.create(message=reply.message, user=alice, kind="rating", value=-1)
    reply.message.tool_calls.create(
        turn=1, tool_name="analyze_costs", tool_use_id="1", status="success", duration_ms=40
    )
    activity.catch_up()
    result = told(alice, "analyze_engagement", time_range="today")
    assert list(result)[:5] == HEAD
    assert (result["busiest_hour"], result["busiest_weekday"]) == (2, "Wednesday")
    assert result["peak_hours"][2] == {"hour": 2, "messages": 4}
    assert (len(result["peak_hours"]), len(result["peak_weekdays"])) == (24, 7)
    assert result["topics"] == [{"topic": "lisbon", "messages": 2}]
    assert {name: result["sentiment"][name] for name in ("positive", "neutral", "judged", "not_judged")} == {
        "positive": 1,
        "neutral": 1,
        "judged": 2,
        "not_judged": 0,
    }
    assert result["satisfaction"] == {"ratings": 1, "positive": 0, "share": 0.0}
    assert result["tools"] == [
        {
            "tool": "analyze_costs",
            "calls": 1,
            "success_share": 1.0,
            "average_ms": 40,
            "median_ms": 39,
            "p95_ms": 39,
        }
    ]
    assert result["rows"] == [{"day": "2026-04-01", "messages": 4, "sessions": 1, "active_users": 1}]


def test_nothing_at_all_is_told_as_nothing(alice: User, frozen: datetime) -> None:
    metrics = told(alice, "analyze_session_metrics")
    assert (metrics["messages"], metrics["messages_per_session"], metrics["multi_turn_share"]) == (
        0,
        None,
        None,
    )
    assert metrics["response_ms"] == {"average": None, "median": None, "p95": None}
    engagement = told(alice, "analyze_engagement", time_range="all")
    assert (engagement["busiest_hour"], engagement["busiest_weekday"], engagement["rows"]) == (None, None, [])
    assert engagement["sentiment"]["average"] is None
    assert told(alice, "get_active_sessions")["sessions"] == []


def test_active_sessions_are_the_newest_with_what_runs(alice: User, make_chat: Any, frozen: datetime) -> None:
    chats = [make_chat(title=f"Chat {number}", created_at=frozen) for number in range(22)]
    for number, chat in enumerate(chats):
        ChatSession.objects.filter(pk=chat.pk).update(last_activity_at=frozen - timedelta(minutes=number))
    ChatSession.objects.filter(pk=chats[-1].pk).update(last_activity_at=frozen - timedelta(days=2))
    answer = say(chats[1], "", role="assistant", author=None)
    Reply.objects.create(message=answer, session=chats[1], status="running", owner=chats[1].pk)
    result = told(alice, "get_active_sessions")
    assert (result["total_sessions"], result["active_sessions"], result["active_last_24_hours"]) == (
        22,
        21,
        21,
    )
    assert [row["session"] for row in result["sessions"]] == [f"Chat {number}" for number in range(20)]
    assert [row["running"] for row in result["sessions"][:3]] == [False, True, False]
    assert (result["running_replies"], result["sessions"][0]["last_active"]) == (1, "2026-04-01 02:30")
    assert result["sessions"][0]["link"] == f"/sessions/{chats[0].pk}/"
    assert result["online_users"] == 0


def test_times_are_those_of_the_askers_zone(alice: User, chat: ChatSession, frozen: datetime) -> None:
    alice.preferences = {"time_zone": "America/New_York"}
    alice.save()
    say(chat, "It is still March here")
    ChatSession.objects.update(last_activity_at=frozen)
    assert told(alice, "analyze_session_metrics", time_range="month")["rows"][0]["day"] == "2026-03-31"
    assert told(alice, "analyze_engagement", time_range="today")["busiest_hour"] == 22
    assert told(alice, "get_active_sessions")["sessions"][0]["last_active"] == "2026-03-31 22:30"


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize("tool", FIGURED)
@pytest.mark.parametrize("time_range", PERIODS)
def test_a_member_who_asks_for_everyone_is_refused(alice: User, tool: str, time_range: str) -> None:
    outcome = call(alice, tool, time_range=time_range, scope="everyone")
    assert (outcome.status, outcome.result) == ("denied", None)


@pytest.mark.parametrize("tool", FIGURED)
def test_staff_see_all_only_when_they_ask(staff: User, chat: ChatSession, tool: str) -> None:
    answered(chat)
    ChatSession.objects.update(last_activity_at=timezone.now())
    own, everyones = told(staff, tool), told(staff, tool, scope="everyone")
    assert (own["total_sessions"], own["active_sessions"]) == (0, 0)
    assert (everyones["total_sessions"], everyones["active_sessions"]) == (1, 1)
    assert everyones["link"].endswith("&scope=everyone")


def test_staff_without_the_permission_see_neither_titles_nor_topics(
    staff: User, make_chat: Any, frozen: datetime
) -> None:
    chat = make_chat(title="Secret plan")
    for _ in range(2):
        answered(chat)
    ChatSession.objects.update(last_activity_at=frozen)
    activity.catch_up()
    engagement = told(staff, "analyze_engagement", scope="everyone")
    assert (engagement["topics"], engagement["messages"]) == ([], 4)
    assert "permission" in engagement["topics_note"]
    active = told(staff, "get_active_sessions", scope="everyone")
    assert [(row["session"], row["owner"]) for row in active["sessions"]] == [(None, "alice")]
    assert "lisbon" not in json.dumps([engagement, active]).lower()
    assert not AuditEntry.objects.exists()


def test_staff_with_the_permission_see_both_and_it_is_written_down_for_each_session(
    reader: User, make_chat: Any, frozen: datetime
) -> None:
    for _ in range(3):
        answered(make_chat(title="Secret plan"))
    ChatSession.objects.update(last_activity_at=frozen)
    activity.catch_up()
    assert told(reader, "analyze_engagement", scope="everyone")["topics"][0]["topic"] == "lisbon"
    sessions = told(reader, "get_active_sessions", scope="everyone")["sessions"]
    assert [row["session"] for row in sessions] == ["Secret plan"] * 3
    entries = AuditEntry.objects.order_by("pk").values_list("actor__username", "action")
    assert list(entries) == [("staff", "read topics"), *[("staff", "read title")] * 3]
    concerned = AuditEntry.objects.filter(action="read title").values_list("person__username", "session_key")
    assert set(concerned) == {("alice", chat.pk) for chat in ChatSession.objects.all()}


def test_ones_own_titles_and_topics_need_no_permission_and_no_record(
    staff: User, make_chat: Any, frozen: datetime
) -> None:
    chat = make_chat(owner=staff, title="Mine")
    for _ in range(2):
        answered(chat)
    ChatSession.objects.update(last_activity_at=frozen)
    activity.catch_up()
    assert told(staff, "analyze_engagement")["topics"][0]["topic"] == "lisbon"
    assert told(staff, "get_active_sessions", scope="everyone")["sessions"][0]["session"] == "Mine"
    assert not AuditEntry.objects.exists()


def test_a_session_one_is_a_member_of_counts_for_its_owner(alice: User, bob: User, chat: ChatSession) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    say(chat, "Written by bob", author=bob)
    assert told(bob, "analyze_session_metrics", time_range="all")["messages"] == 0
    mine = told(alice, "analyze_session_metrics", time_range="all")
    assert (mine["messages"], mine["active_users"]) == (1, 1)


@pytest.mark.parametrize("tool", [*FIGURED, "check_system_health"])
def test_someone_who_was_switched_off_is_told_nothing(alice: User, tool: str) -> None:
    User.objects.update(is_active=False)
    assert call(alice, tool).status == "error"


# ---------------------------------------------------------------- generated


def empty() -> None:
    for model in (AuditEntry, TokenUsage, ChatSession, User):
        model.objects.all().delete()


@generated
@given(st.integers(0, 10**6), st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]), st.booleans())
def test_nobody_is_told_of_anothers_rows_whatever_they_ask(
    monkeypatch: Any, seed: int, zone_name: str, rolled: bool
) -> None:
    """What a member is told is what their own sessions alone come to, in every argument combination; staff get all."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    empty()
    zone = ZoneInfo(zone_name)
    people = [
        User.objects.create_user(name, preferences={"time_zone": zone_name}, is_staff=name == "dora")
        for name in ("anna", "ben", "dora")
    ]
    world = generate(seed, people, NOW)
    if rolled:
        while activity.catch_up():
            pass
    for message in world.messages:
        activity.judge(day=day_of(message.created_at, zone), zone=zone)
    for time_range in PERIODS:
        for person in people:
            _check(world, person, None, time_range, zone)
        _check(world, people[-1], "everyone", time_range, zone)
    empty()


def _check(world: World, person: User, scope: str | None, time_range: Any, zone: ZoneInfo) -> None:
    given = {"time_range": time_range} | ({"scope": scope} if scope else {})
    plain = Plain(world, None if scope else person, period(time_range, NOW, zone), zone)
    metrics = told(person, "analyze_session_metrics", **given)
    expected = plain.session_metrics()
    assert {name: metrics[name] for name in expected} == expected
    engagement = told(person, "analyze_engagement", **given)
    counted = plain.engagement()
    assert [row["messages"] for row in engagement["peak_hours"]] == counted["hours"]
    assert {mood: engagement["sentiment"][mood] for mood in counted["moods"]} == counted["moods"]
    assert engagement["satisfaction"] == counted["satisfaction"]
    assert {row["tool"]: row["calls"] for row in engagement["tools"]} == counted["tools"]
    active = told(person, "get_active_sessions", **given)
    assert {row["session_id"] for row in active["sessions"]} <= {str(chat.pk) for chat in plain.chats}
    assert (active["total_sessions"], active["total_tokens"]) == (len(plain.chats), expected["total_tokens"])
    if scope is None:
        others = {chat.title for chat in world.chats if chat.owner_id != person.pk}
        assert not [title for title in others if title in json.dumps([metrics, engagement, active])]
