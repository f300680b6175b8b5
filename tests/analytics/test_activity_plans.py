"""No figure walks through a whole table: the indexes that SQLite uses for each kind of question."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as config
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics_app.actions import activity
from analytics_app.queries import active, engagement, sessions
from analytics_app.queries.activity import Activity
from analytics_app.queries.happened import folded, folded_by_owner
from analytics_app.queries.health import calls as health_calls
from analytics_app.queries.health import replies as health_replies
from analytics_app.queries.periods import between, period
from sessions_app.models import Message, TokenUsage, User

pytestmark = pytest.mark.django_db
__test__ = config.SQLITE  # a plan of PostgreSQL hangs on how many rows there are
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LARGE = (
    "sessions_app_message",
    "sessions_app_reply",
    "sessions_app_toolcall",
    "sessions_app_tokenusage",
    "sessions_app_chatsession",
    "analytics_app_judgement",
    "analytics_app_dailyactivity",
)
# Everyone's sessions are counted in an index of them alone.
COUNTED = re.compile(r"SCAN sessions_app_chatsession USING (COVERING )?INDEX chat_")


def plans(ask: Any) -> list[str]:
    """The steps of every query that `ask` makes."""
    with CaptureQueriesContext(connection) as caught:
        ask()
    steps = []
    with connection.cursor() as cursor:
        for query in caught.captured_queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                steps += [row[3] for row in cursor.fetchall()]
    return steps


def scans(steps: list[str]) -> list[str]:
    """Steps that walk through a large table."""
    walks = re.compile(rf"SCAN ({'|'.join(LARGE)}|U0)\b")
    return [step for step in steps if walks.search(step) and not COUNTED.search(step)]


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", is_staff=True)


@pytest.mark.parametrize("everyone", [False, True])
@pytest.mark.parametrize("time_range", ["today", "week", "month", "all"])
def test_figures_of_a_period_walk_through_no_table(dora: User, everyone: bool, time_range: Any) -> None:
    source = (Activity.all_for_staff if everyone else Activity.for_user)(dora, UTC)
    chats = sessions.all_for_staff(dora) if everyone else sessions.owned_by(dora)
    span = period(time_range, NOW, UTC)
    former = between((NOW - timedelta(9)).date(), (NOW - timedelta(7)).date(), UTC)
    steps = plans(lambda: source.days(span))
    steps += plans(lambda: sessions.counts(chats, span, NOW))
    steps += plans(lambda: sessions.counts(chats, former, NOW))
    steps += plans(lambda: active.newest(chats, span.start, 20))
    assert steps
    assert scans(steps) == []


@pytest.mark.parametrize("owner", [None, 1])
def test_rows_of_days_are_found_by_their_time_or_their_owner(db: None, owner: int | None) -> None:
    steps = plans(lambda: folded(NOW.date(), NOW.date(), UTC, owner=owner))
    assert scans(steps) == []
    used = " ".join(steps)
    assert ("message_written" if owner is None else "message_written_in_session") in used
    assert ("reply_by_end" if owner is None else "reply_of_session_by_end") in used
    assert "message_id=?" in used  # tool calls by their message


def test_rolling_up_and_judging_a_day_reads_that_day(db: None) -> None:
    steps = plans(lambda: folded_by_owner(NOW.date(), UTC))
    steps += plans(lambda: list(activity.unjudged(NOW.date(), UTC)))
    steps += plans(lambda: activity.due_days(UTC))
    assert scans(steps) == []
    assert "message_written" in " ".join(steps)


@pytest.mark.parametrize("owner", [None, 1])
def test_health_looks_at_the_last_hour_and_at_what_runs(db: None, owner: int | None) -> None:
    running = active.replies(owner)
    steps = plans(lambda: health_replies.error_rate(owner, NOW))
    steps += plans(lambda: health_calls.calls(TokenUsage.objects.all(), NOW))
    steps += plans(lambda: health_replies.journal_lag(running, NOW))
    steps += plans(running.count)
    assert scans(steps) == []
    assert "reply_by_end" in " ".join(steps)


def test_ratings_of_a_period_are_found_by_their_time(db: None) -> None:
    steps = plans(lambda: engagement.satisfaction(period("week", NOW, UTC), None))
    assert "mark_by_kind" in " ".join(steps)


def test_a_walk_through_a_table_would_be_seen(dora: User) -> None:
    assert scans(plans(lambda: Message.objects.filter(content="x").count())) != []
