from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.queries.periods import TimeRange, period, zone_of
from sessions_app.models import User

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "America/Santiago",
            "Asia/Kathmandu",
            "Pacific/Kiritimati",
        )
    ]
)
NOWS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
SPANS = st.sampled_from(["today", "week", "month"])


@given(SPANS, NOWS, ZONES)
def test_a_span_holds_now_and_begins_and_ends_at_midnight_there(
    name: TimeRange, now: datetime, zone: ZoneInfo
) -> None:
    span = period(name, now, zone)
    assert span.start is not None
    assert span.end is not None
    assert span.start <= now < span.end
    today = now.astimezone(zone).date()
    assert (
        span.start.date()
        == {"today": today, "week": today - timedelta(6), "month": today.replace(day=1)}[name]
    )
    assert span.end.date() == today + timedelta(1)
    assert {moment.astimezone(UTC).astimezone(zone).date() for moment in (span.start, span.end)} == {
        span.start.date(),
        span.end.date(),
    }


@given(NOWS, ZONES)
def test_today_of_one_day_ends_where_today_of_the_next_begins(now: datetime, zone: ZoneInfo) -> None:
    span = period("today", now, zone)
    assert span.end is not None
    following = period("today", span.end.astimezone(UTC), zone)
    assert following.start is not None
    assert following.start.astimezone(UTC) == span.end.astimezone(UTC)


def test_the_same_moment_is_another_day_elsewhere() -> None:
    now = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    there = period("month", now, ZoneInfo("Asia/Tokyo"))
    assert there.start is not None
    assert there.start.date() == date(2026, 12, 1)


def test_every_span_has_words_and_all_time_has_no_ends() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert [period(name, now, UTC).words for name in get_args(TimeRange)] == [
        "today",
        "last 7 days",
        "this month",
        "all time",
    ]
    assert period("all", now, UTC).start is None


@pytest.mark.parametrize(
    ("preferences", "name"),
    [
        ({"time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({}, "UTC"),
        ({"time_zone": "../x"}, "UTC"),
        ({"time_zone": 5}, "UTC"),
    ],
)
def test_a_persons_time_zone_is_theirs_or_else_the_sites(preferences: dict[str, object], name: str) -> None:
    assert str(zone_of(User(preferences=preferences))) == name
