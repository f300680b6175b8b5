"""What a person finds in the panels of the dashboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError
from django.utils import timezone

from analytics_app.actions import activity
from analytics_app.dashboard import registry, timed
from analytics_app.dashboard.panel import Contents, Headline
from analytics_app.dashboard.panels.using import HIDDEN
from analytics_app.dashboard.question import question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import PANELS, headlines, usual
from analytics_app.dashboard.series import OTHER
from analytics_app.models import DailyActivity
from sessions_app.agent.labels.views import Columns, Heat, Line
from sessions_app.models import AuditEntry, ChatSession, Mark, Message, Reply, TokenUsage, User, uuid7
from sessions_app.rendering.charts import drawn

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
ALL = {"scope": "everyone"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def reader(staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    return User.objects.get(pk=staff.pk)


def read(person: User, key: str, **given: str) -> Contents:
    wanted = question(person, {"time_range": "month", **given})
    return registry.contents(key, wanted, Reads(wanted))


def strip(person: User, **given: str) -> dict[str, Headline]:
    wanted = question(person, {"time_range": "month", **given})
    return {each.key: each for each in headlines(wanted, Reads(wanted))}


def rows(found: Contents) -> list[dict[str, Any]]:
    names = [column.key for column in found.sheet.columns]
    return [dict(zip(names, row, strict=True)) for row in found.sheet.rows]


def spend(person: User | None, cost: str | None, days: float = 0, **values: Any) -> TokenUsage:
    given: dict[str, Any] = {
        "provider": "anthropic", "model": "claude-opus-5-5", "input": 100, "output": 50, "settled_at": NOW, "ok": True,
        "session_key": uuid7(),
    }  # fmt: skip
    known: Any = None if cost is None else Decimal(cost)
    return TokenUsage.objects.create(
        user=person, at=NOW - timedelta(days=days), cost=known, **{**given, **values}
    )


def answered(chat: ChatSession, author: User, days: float = 0, **values: Any) -> Reply:
    at = NOW - timedelta(days=days)
    place = chat.messages.count() + 1
    asked = Message.objects.create(
        session=chat, role="user", author=author, position=place, content="Ferries to Oslo"
    )
    answer = Message.objects.create(session=chat, role="assistant", position=place + 1, content="At nine.")
    Message.objects.filter(pk__in=[asked.pk, answer.pk]).update(created_at=at)
    given = {"status": "complete", "turns": 1, "first_token_at": at + timedelta(milliseconds=400), **values}
    reply = Reply.objects.create(message=answer, session=chat, finished_at=at + timedelta(seconds=2), **given)
    Reply.objects.filter(pk=reply.pk).update(created_at=at)
    ChatSession.objects.filter(pk=chat.pk).update(last_activity_at=at)
    return reply


# ---------------------------------------------------------------- all of them


def test_a_new_person_is_told_by_every_panel_that_there_is_nothing(alice: User, staff: User) -> None:
    for person, given in ((alice, {}), (staff, ALL)):
        wanted = question(person, given)
        reads = Reads(wanted)
        for key in usual(wanted):
            found = registry.contents(key, wanted, reads)
            assert found.absent or key == "active_now", key
        assert {each.key: each.value for each in headlines(wanted, reads)}["cost"] == 0


def test_members_have_no_panel_about_everyone(alice: User) -> None:
    wanted = question(alice, ALL)
    assert not {"cost_by_user", "leaderboard"} & set(usual(wanted))
    assert read(alice, "leaderboard", **ALL).absent == registry.EVERYONES
    spend(alice, "1", model="claude-haiku-5-5")
    spend(None, "9")
    assert read(alice, "cost_by_provider", **ALL).total == "$1.00"


def test_a_panel_that_cannot_be_read_says_so_and_the_others_are_shown(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Contents:
        raise DatabaseError("no such table")

    spend(alice, "1")
    monkeypatch.setitem(PANELS, "tools", type(PANELS["tools"])("tools", "Tools", "", broken))
    wanted = question(alice, {})
    reads = Reads(wanted)
    found = {key: registry.contents(key, wanted, reads) for key in usual(wanted)}
    assert found["tools"].absent == registry.UNREADABLE
    assert found["cost_by_purpose"].total == "$1.00"


def test_one_page_asks_a_bounded_number_of_queries(
    staff: User, make_chat: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        spend(
            staff, "0.5", number, session=(chat := make_chat()), session_key=chat.pk, model=f"claude-{number}"
        )
        answered(chat, staff, number)
    wanted = question(staff, ALL)
    reads = Reads(wanted)
    with django_assert_max_num_queries(130):
        headlines(wanted, reads)
        for key in usual(wanted):
            registry.contents(key, wanted, reads)


@pytest.mark.parametrize(
    "key", ["turns", "tools", "sentiment", "satisfaction", "busy_hours", "topics", "active_now"]
)
def test_what_is_not_kept_by_model_is_not_shown_for_one(alice: User, chat: ChatSession, key: str) -> None:
    answered(chat, alice)
    assert "not kept by model" in read(alice, key, model="claude-opus-5-5").absent
    assert list(strip(alice, model="x")) == ["cost", "tokens", "first_token"]


# ---------------------------------------------------------------- money


def test_the_columns_of_the_month_name_four_models_and_the_days_to_come(alice: User) -> None:
    for number, model in enumerate(["a", "b", "c", "d", "e", "f"]):
        spend(alice, f"{10 - number}", number, model=model)
    chart = read(alice, "cost_by_model_day").chart
    assert isinstance(chart, Columns)
    assert chart.series == ("a", "b", "c", OTHER, "d")
    assert (len(chart.labels), chart.until) == (30, 10)
    assert chart.values[19] == (10.0, 0.0, 0.0, 0.0, 0.0)
    assert chart.values[15] == (0.0, 0.0, 0.0, 6.0, 0.0)
    assert chart.missing == frozenset(range(20, 30))
    assert sum(map(sum, chart.values)) == 45


def test_a_model_has_one_colour_in_every_period(alice: User) -> None:
    spend(alice, "9", 0, model="claude-opus-5-5")
    spend(alice, "1", 0, model="gpt-5-mini")
    for number, model in enumerate(["claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-8"], 1):
        spend(alice, "20", number, model=model)
    today, week = (read(alice, "cost_by_model_day", time_range=name).chart for name in ("today", "week"))
    assert isinstance(today, Columns)
    assert isinstance(week, Columns)
    assert dict(zip(today.series, today.colours, strict=True)) == {"Claude Opus 5.5": "1", "gpt-5-mini": "2"}
    assert dict(zip(week.series, week.colours, strict=True)) == {
        "Claude Opus, 2 models": "1",
        "Claude Sonnet 5.5": "2",
        "Claude Haiku 5.5": "3",
        "gpt-5-mini": "5",
    }
    assert 'swatch series--1"></span>Claude Opus 5.5' in drawn(today, 100).legend
    assert week.values[-1] == (9.0, 0.0, 0.0, 1.0)


def test_an_unusual_day_names_the_model_the_person_and_the_session(
    alice: User, staff: User, make_chat: Any
) -> None:
    for day in range(1, 15):
        spend(alice, "1", day + 2)
    chat = make_chat(title="Migration plan")
    spend(alice, "30", 2, session=chat, session_key=chat.pk)
    spend(staff, "2", 2)
    [row] = rows(read(staff, "anomalies", **ALL))
    assert (row["day"].isoformat(), row["cost"], row["usual"]) == ("2026-11-18", Decimal(32), Decimal(1))
    assert row["reason"].startswith("Claude Opus 5.5 cost $32.00")
    assert (row["user"], row["session"], row["session_cost"]) == ("alice", str(chat.pk), Decimal(30))
    found = read(alice, "anomalies")
    [own] = rows(found)
    assert own["session"] == "Migration plan"
    assert found.sheet.cells == {(0, 4): f"/sessions/{chat.pk}/"}
    chart = read(alice, "cost_by_model_day").chart
    assert isinstance(chart, Columns)
    assert list(chart.notes) == [17]
    assert chart.notes[17].startswith("Unusual: Claude Opus 5.5")


def test_titles_of_others_are_shown_with_the_permission_and_written_down(
    alice: User, reader: User, make_chat: Any
) -> None:
    chat = make_chat(title="Migration plan")
    spend(alice, "3", session=chat, session_key=chat.pk)
    ChatSession.objects.update(cost=3, last_activity_at=NOW, created_at=NOW)
    plain = User.objects.create_user("root2", is_staff=True)
    assert rows(read(plain, "sessions_by_cost", **ALL))[0]["session"] == str(chat.pk)
    assert not AuditEntry.objects.exists()
    found = read(reader, "sessions_by_cost", **ALL)
    assert rows(found)[0]["session"] == "Migration plan"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.person, entry.session_key) == ("read title", alice, chat.pk)
    reads = Reads(wanted := question(reader, ALL))
    for key in ("active_now", "sessions_by_cost"):
        assert rows(registry.contents(key, wanted, reads))[0]["session"] == "Migration plan"
    assert AuditEntry.objects.count() == 1  # within the hour


def test_the_dearest_sessions_of_a_period_are_found_whatever_they_cost_before(
    alice: User, make_chat: Any
) -> None:
    for number in range(9):
        chat = make_chat(title=f"Session {number}")
        spend(alice, f"{100 - number}", 40, session=chat, session_key=chat.pk)
        spend(alice, f"{number}.5", 1, session=chat, session_key=chat.pk)
        at = {"created_at": NOW - timedelta(40), "last_activity_at": NOW - timedelta(1)}
        ChatSession.objects.filter(pk=chat.pk).update(cost=Decimal(100) + Decimal("0.5"), **at)
    found = rows(read(alice, "sessions_by_cost"))
    assert [row["session"] for row in found] == [f"Session {number}" for number in (8, 7, 6, 5, 4, 3)]
    assert found[0]["cost"] == Decimal("8.5")


def test_the_end_of_the_month_is_a_line_that_rises_to_a_range(alice: User) -> None:
    for day in range(40):
        spend(alice, "2", day)
    found = read(alice, "month_end", time_range="today")
    line = found.chart
    assert isinstance(line, Line)
    assert (len(line.values), line.values[-1]) == (20, 40.0)
    assert line.projection is not None
    assert (line.projection.steps, line.projection.expected, line.projection.sums) == (10, 60.0, True)
    assert found.total == "$60.00"
    assert found.said[0] == "Likely between $60.00 and $60.00."
    assert {row["figure"]: row["usd"] for row in rows(found)}["A day so far"] == Decimal(2)


def test_the_last_day_of_a_month_has_no_range(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(day=30))
    spend(alice, "2", -10)
    found = read(alice, "month_end")
    assert found.said[0] == "Today is the last day of the month; what comes today is added."


def test_what_could_be_saved_is_summed_without_counting_a_call_twice(alice: User) -> None:
    keys = [uuid7(), uuid7()]
    for number in range(20):
        spend(alice, "0.5", 1 + number % 5, input=100_000, output=10, session_key=keys[number % 2])
    found = read(alice, "savings")
    assert {row["kind"] for row in rows(found)} == {"caching", "shorter window", "summaries"}
    largest = max(row["saves"] for row in rows(found))
    assert found.total == f"${largest:,.2f} a month"
    assert all("of the last 7 days" in row["assumption"] for row in rows(found))


def test_failed_calls_tell_what_they_used_up_and_leave_out_what_a_person_stopped(alice: User) -> None:
    spend(alice, "0.25", 1, ok=False, error_type="overloaded_error")
    spend(alice, None, 2, ok=False, error_type="overloaded_error")
    spend(alice, "1", ok=False, error_type="stopped")
    found = read(alice, "errors")
    assert rows(found) == [
        {
            "error": "overloaded_error", "provider": "anthropic", "calls": 2, "tokens": 300, "cost": Decimal("0.25"),
            "last": NOW - timedelta(days=1),
        }
    ]  # fmt: skip
    assert found.sheet.links == {
        0: "/dashboard/rows/calls/?time_range=month&provider=anthropic&error=overloaded_error"
    }


def test_calls_of_unknown_price_are_named_and_never_cost_nothing(alice: User) -> None:
    spend(alice, None, model="claude-next")
    assert rows(read(alice, "unpriced")) == [
        {"model": "claude-next", "provider": "anthropic", "calls": 1, "tokens": 150}
    ]
    found = read(alice, "cost_by_provider")
    assert (rows(found)[0]["cost"], found.total) == (None, "price unknown")
    assert found.said == ("The price of 1 call is unknown; what they cost is not in the sum.",)
    cost = strip(alice)["cost"]
    assert (cost.value, cost.unpriced) == (None, 1)


# ---------------------------------------------------------------- what happened


def test_the_strip_compares_with_the_same_days_of_last_month_and_leads_to_the_rows(
    alice: User, chat: ChatSession
) -> None:
    spend(alice, "12")
    spend(alice, "8", 31)
    reply = answered(chat, alice)
    answered(chat, alice, 31)
    ChatSession.objects.update(last_activity_at=NOW)
    for status in ("success", "error"):
        reply.message.tool_calls.create(turn=1, tool_name="analyze_costs", tool_use_id=status, status=status)
    found = strip(alice)
    assert list(found) == ["cost", "tokens", "sessions", "messages", "first_token", "tool_success"]
    cost = found["cost"].change
    assert cost is not None
    assert (cost.before, cost.share, cost.better) == (Decimal(8), 0.5, False)
    assert found["messages"].value == 2
    assert 380 <= int(str(found["first_token"].value)) <= 420
    assert found["tool_success"].value == 0.5
    assert found["tool_success"].change is not None
    assert found["tool_success"].change.share is None  # no tool was called then
    assert found["cost"].href == "/dashboard/rows/calls/?time_range=month&sort=cost"
    assert all(each.change is None for each in strip(alice, time_range="all").values())


def test_tools_tell_median_and_95th_before_and_after_the_day_is_over(alice: User, chat: ChatSession) -> None:
    reply = answered(chat, alice, 2)
    for number in range(20):
        reply.message.tool_calls.create(
            turn=1, tool_name="analyze_costs", tool_use_id=f"{number}", duration_ms=5_000 if number > 17 else 100,
            status="error" if number == 3 else "success",
        )  # fmt: skip
    before = rows(read(alice, "tools"))
    [row] = before
    assert (row["name"], row["runs"], row["success"], row["average"]) == ("Costs", 20, 0.95, 590)
    assert abs(row["median"] - 100) <= 5
    assert abs(row["p95"] - 5_000) <= 250
    while activity.catch_up():
        pass
    assert rows(read(alice, "tools")) == before
    # Days of an earlier edition lack these times: the rows answer, and the days are made again.
    DailyActivity.objects.update(edition=1, facts={})
    assert rows(read(alice, "tools")) == before
    while activity.catch_up():
        pass
    assert not DailyActivity.objects.filter(edition=1).exists()
    assert rows(read(alice, "tools")) == before


def test_busy_hours_are_a_week_in_the_readers_zone(alice: User, chat: ChatSession) -> None:
    alice.preferences = {"time_zone": "Asia/Kathmandu"}
    alice.save()
    answered(chat, alice)
    found = read(alice, "busy_hours")
    assert isinstance(found.chart, Heat)
    assert (len(found.chart.rows), len(found.chart.columns)) == (7, 24)
    assert found.chart.values[4][17] == 2.0  # Friday, a quarter to six
    assert sum(map(sum, found.chart.values)) == 2


def test_times_of_one_model_are_those_of_its_calls_or_need_a_shorter_period(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(alice, "1", duration_ms=2_000, first_token_ms=500)
    spend(alice, "1", model="claude-haiku-5-5", duration_ms=9_000, first_token_ms=8_000)
    found = read(alice, "response_times", model="claude-opus-5-5")
    [row] = rows(found)
    assert (row["response_average"], row["first_token_average"]) == (2_000, 500)
    monkeypatch.setattr(timed, "MOST_CALLS", 0)
    assert "A shorter period is needed" in read(alice, "response_times", model="claude-opus-5-5").absent


def test_ratings_and_turns_are_those_of_the_period(alice: User, chat: ChatSession) -> None:
    reply = answered(chat, alice, turns=3)
    answered(chat, alice)
    mark = Mark.objects.create(message=reply.message, user=alice, kind="rating", value=1)
    Mark.objects.filter(pk=mark.pk).update(created_at=NOW)
    assert read(alice, "turns").total == "50\u00a0%"
    assert [row["answers"] for row in rows(read(alice, "satisfaction"))] == [1, 0]


def test_the_leaderboard_hides_names_where_the_workspace_says_so(
    staff: User, alice: User, bob: User, make_chat: Any, settings: Any
) -> None:
    chat = make_chat()
    answered(chat, alice)
    answered(chat, alice)
    answered(chat, bob)
    spend(bob, "4")
    found = read(staff, "leaderboard", **ALL)
    assert [(row["user"], row["messages"]) for row in rows(found)] == [("alice", 2), ("bob", 1)]
    assert rows(found)[1]["cost"] == Decimal(4)
    settings.LEADERBOARD_NAMES = False
    hidden = read(staff, "leaderboard", **ALL)
    assert [row["user"] for row in rows(hidden)] == ["Person 1", "Person 2"]
    assert not hidden.sheet.cells
    assert "alice" not in repr(hidden)


def test_topics_of_others_need_the_permission_and_are_written_down(
    staff: User, alice: User, chat: ChatSession
) -> None:
    answered(chat, alice)
    answered(chat, alice)
    activity.catch_up()
    assert [row["topic"] for row in rows(read(alice, "topics"))] == ["ferry oslo"] or rows(
        read(alice, "topics")
    )
    assert read(staff, "topics", **ALL).absent == HIDDEN
    assert not AuditEntry.objects.exists()
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert rows(read(User.objects.get(pk=staff.pk), "topics", **ALL))
    assert AuditEntry.objects.get().action == "read topics"


def test_staff_see_one_persons_figures_and_are_told_where_nobody_has_that_name(
    staff: User, alice: User, bob: User
) -> None:
    spend(alice, "3")
    spend(bob, "5")
    found = read(staff, "cost_by_user", user="bob", **ALL)
    assert [(row["user"], row["cost"]) for row in rows(found)] == [("bob", Decimal(5))]
    everyone = read(staff, "cost_by_user", **ALL)
    assert everyone.sheet.links == {
        0: "/dashboard/?time_range=month&scope=everyone&user=bob",
        1: "/dashboard/?time_range=month&scope=everyone&user=alice",
    }
    assert question(staff, {**ALL, "user": "nobody"}).problem.startswith("Nobody has that name")
