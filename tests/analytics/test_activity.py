from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_app.actions import activity
from analytics_app.facts import people, total
from analytics_app.models import DailyActivity, Judgement
from analytics_app.queries import engagement, sessions
from analytics_app.queries.activity import Activity
from analytics_app.queries.periods import Period, before, between, day_of, period
from sessions_app.models import ChatSession, Message, User

from .world import Plain, World, generate

pytestmark = pytest.mark.django_db
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati")
# Month ends, the day after a change of the clock, and a moment that is tomorrow in one zone and yesterday in another.
NOWS = [
    datetime(2026, 3, 31, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 1, 0, 10, tzinfo=UTC),
    datetime(2026, 3, 29, 12, 0, tzinfo=UTC),
    datetime(2027, 1, 1, 10, 30, tzinfo=UTC),
]
SPANS = ("today", "week", "month", "all")
generated = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


def people_of(zone: str) -> list[User]:
    return [
        User.objects.create_user(name, preferences={"time_zone": zone}, is_staff=name == "dora")
        for name in ("anna", "ben", "dora")
    ]


def judge_all(zone: ZoneInfo) -> None:
    for message in Message.objects.all():
        activity.judge(day=day_of(message.created_at, zone), zone=zone)


def spans(now: datetime, zone: ZoneInfo) -> list[Period]:
    named = [period(name, now, zone) for name in ("today", "week", "month", "all")]
    today = now.astimezone(zone).date()
    return [
        *named,
        *filter(None, map(before, named)),
        between(today - timedelta(40), today - timedelta(9), zone),
    ]


def told(user: User, everyone: bool, span: Period, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """What the queries say of a span."""
    source = (Activity.all_for_staff if everyone else Activity.for_user)(user, zone)
    chats = sessions.all_for_staff(user) if everyone else sessions.owned_by(user)
    days = source.days(span)
    facts, found = total(days.values()), sessions.counts(chats, span, now)
    return {
        "active_sessions": found.active,
        "new_sessions": found.new,
        "messages": facts.messages,
        "questions": facts.questions,
        "answers": facts.answers,
        "active_users": people(days.values()),
        "multi_turn_share": engagement.multi_turn_share(facts),
        **engagement.replies(facts),
        "hours": engagement.hours(facts),
        "moods": {name: engagement.sentiment(facts)[name] for name in ("positive", "neutral", "negative")},
        "satisfaction": engagement.satisfaction(span, None if everyone else user.pk),
        "tools": {row["tool"]: row["calls"] for row in engagement.tools(facts)},
        "successes": {name: n for name, n in facts.groups["successes"].items() if n},
        "days": {f"{day}": each.messages for day, each in days.items() if each.messages},
        "day_sessions": {f"{day}": each.sessions for day, each in days.items() if each.sessions},
        "times": (engagement.times(facts, "response"), engagement.times(facts, "first_token")),
        "terms": dict(facts.terms),
    }


def expected(world: World, owner: User | None, span: Period, zone: ZoneInfo) -> dict[str, Any]:
    plain = Plain(world, owner, span, zone)
    said: dict[str, set[Any]] = {}
    for message in plain.messages:
        said.setdefault(f"{message.created_at.astimezone(zone).date()}", set()).add(message.session_id)
    metrics = plain.session_metrics()
    metrics.pop("total_tokens")
    return {
        **metrics,
        **plain.engagement(),
        "days": dict(plain.by_day(plain.messages)),
        "day_sessions": {day: len(keys) for day, keys in said.items()},
    }


def check(world: World, zone: ZoneInfo, now: datetime) -> list[dict[str, Any]]:
    """Every person's and everyone's figures of every span are those of the plain counts."""
    seen = []
    for span in spans(now, zone):
        for person, everyone in [*((each, False) for each in world.people), (world.people[-1], True)]:
            found = told(person, everyone, span, zone, now)
            plain = expected(world, None if everyone else person, span, zone)
            assert {name: found[name] for name in plain} == plain
            seen.append(found)
    return seen


@generated
@given(st.integers(0, 10**6), st.sampled_from(ZONES), st.sampled_from(NOWS))
def test_figures_are_plain_counts_before_and_after_the_roll_up(
    monkeypatch: Any, seed: int, zone_name: str, now: datetime
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)
    zone = ZoneInfo(zone_name)
    with transaction.atomic():
        world = generate(seed, people_of(zone_name), now)
        judge_all(zone)
        from_rows = check(world, zone, now)
        while activity.catch_up():
            pass
        due = [message for message in world.messages if day_of(message.created_at, zone) in _over(zone)]
        assert (
            bool(due) == DailyActivity.objects.everyones().filter(zone=zone_name).exclude(sessions=0).exists()
        )
        assert check(world, zone, now) == from_rows
        for day in activity.days_to_rebuild(zone):
            assert activity.roll_up_day(zone=zone, day=day, again=True)
        assert check(world, zone, now) == from_rows
        transaction.set_rollback(True)


def _over(zone: ZoneInfo) -> set[Any]:
    return set(activity.days_over(zone))


# ---------------------------------------------------------------- one day


@pytest.fixture
def noon(monkeypatch: Any) -> datetime:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def say(chat: ChatSession, at: datetime, text: str = "Plan a trip to Lisbon", **values: Any) -> Message:
    position = chat.messages.count() + 1
    message = Message.objects.create(
        session=chat, author=chat.owner, role="user", position=position, content=text, **values
    )
    Message.objects.filter(pk=message.pk).update(created_at=at)
    message.created_at = at
    return message


def test_today_is_never_rolled_up_and_yesterday_only_an_hour_after_its_end(
    chat: ChatSession, noon: datetime, monkeypatch: Any
) -> None:
    say(chat, noon)
    say(chat, noon - timedelta(days=1))
    monkeypatch.setattr(timezone, "now", lambda: noon.replace(hour=0, minute=30))
    assert activity.catch_up() is False
    assert not DailyActivity.objects.exists()
    monkeypatch.setattr(timezone, "now", lambda: noon)
    activity.catch_up()
    assert [f"{row.day}" for row in DailyActivity.objects.everyones()] == ["2026-03-30"]


def test_a_roll_up_is_made_once_and_made_again_when_asked(chat: ChatSession, noon: datetime) -> None:
    message = say(chat, noon - timedelta(days=1))
    activity.catch_up()
    zone, day = ZoneInfo("UTC"), message.created_at.date()
    assert activity.roll_up_day(zone=zone, day=day) is False
    assert activity.roll_up_day(zone=zone, day=day, again=True) is True
    assert DailyActivity.objects.count() == 2  # everyone and alice


def test_the_command_adds_up_activity_too_and_makes_it_again(chat: ChatSession, noon: datetime) -> None:
    say(chat, noon - timedelta(days=1))
    for options, made in (([], 1), ([], 0), (["--rebuild"], 1)):
        out = StringIO()
        call_command("roll_up", *options, stdout=out)
        assert (f"UTC, activity: {made} days rolled up" in out.getvalue()) == bool(made)
    assert DailyActivity.objects.count() == 2


def test_a_day_whose_messages_were_deleted_is_forgotten_and_its_topics_go(
    alice: User, chat: ChatSession, noon: datetime
) -> None:
    for _ in range(2):
        say(chat, noon - timedelta(days=1))
    activity.catch_up()
    span = period("week", noon, ZoneInfo("UTC"))
    source = Activity.for_user(alice, ZoneInfo("UTC"))
    assert total(source.days(span).values()).terms.get("lisbon", 0) == 2
    chat.messages.update(deleted_at=noon)
    assert activity.forget_days(moments=[noon - timedelta(days=1)]) == 2
    after = total(source.days(span).values())
    assert (after.terms.get("lisbon", 0), after.messages) == (0, 2)


def test_new_messages_are_judged_in_batches_and_what_is_not_judged_is_counted_as_such(
    alice: User, chat: ChatSession, noon: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(activity, "BATCH", 2)
    for _ in range(5):
        say(chat, noon, "Thanks, that worked perfectly!")
    zone = ZoneInfo("UTC")
    assert activity.judge(day=noon.date(), zone=zone, batches=1) is True
    facts = total(Activity.for_user(alice, zone).days(period("today", noon, zone)).values())
    counted = engagement.sentiment(facts)
    assert (counted["judged"], counted["not_judged"], counted["positive"]) == (2, 3, 2)
    assert activity.judge(day=noon.date(), zone=zone) is False
    assert Judgement.objects.count() == 5


def test_answers_of_the_assistant_are_not_judged(chat: ChatSession, noon: datetime) -> None:
    answer = say(chat, noon)
    Message.objects.filter(pk=answer.pk).update(role="assistant")
    activity.catch_up()
    assert not Judgement.objects.exists()


def test_days_of_zones_that_nobody_uses_any_more_are_forgotten(
    alice: User, chat: ChatSession, noon: datetime
) -> None:
    alice.preferences = {"time_zone": "Asia/Tokyo"}
    alice.save()
    say(chat, noon - timedelta(days=2))
    activity.catch_up()
    assert set(DailyActivity.objects.values_list("zone", flat=True)) == {"UTC", "Asia/Tokyo"}
    alice.preferences = {}
    alice.save()
    activity.catch_up()
    assert set(DailyActivity.objects.values_list("zone", flat=True)) == {"UTC"}
