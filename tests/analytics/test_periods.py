from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.queries.periods import TimeRange, before, between, midnight, period
from sessions_app.models import User

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "America/Santiago",
            "America/St_Johns",
            "America/Havana",
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


@given(SPANS, NOWS, ZONES)
def test_what_a_period_is_compared_with_ends_where_it_begins_and_is_no_longer(
    name: TimeRange, now: datetime, zone: ZoneInfo
) -> None:
    span = period(name, now, zone)
    former = before(span)
    assert former is not None
    assert span.start is not None
    assert former.end is not None
    assert former.end.astimezone(UTC) <= span.start.astimezone(UTC)
    if name == "month":
        assert former.days[0] == (span.start.date() - timedelta(1)).replace(day=1)
        assert {day.month for day in former.days} == {former.days[0].month}
        whole = (span.start.date() - former.days[0]).days
        assert len(former.days) == min(len(span.days), whole)
    else:
        assert former.end == span.start
        assert len(former.days) == len(span.days)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 400), ZONES)
def test_two_dates_are_whole_days_and_every_day_is_there_once(first: date, more: int, zone: ZoneInfo) -> None:
    last = first + timedelta(more)
    span = between(first, last, zone)
    assert span.days == tuple(first + timedelta(number) for number in range(more + 1))
    assert (span.start, span.end) == (midnight(first, zone), midnight(last + timedelta(1), zone))
    edges = [midnight(day, zone).astimezone(UTC) for day in (*span.days, last + timedelta(1))]
    hours = {end - start for start, end in pairwise(edges)}
    assert hours <= {timedelta(hours=hours) for hours in (23, 24, 25)}


def test_days_that_change_the_clock_are_as_long_as_they_are_there() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    short, long = (between(day, day, berlin) for day in (date(2026, 3, 29), date(2026, 10, 25)))
    for span, hours in ((short, 23), (long, 25)):
        assert span.start is not None
        assert span.end is not None
        assert span.end.astimezone(UTC) - span.start.astimezone(UTC) == timedelta(hours=hours)


def test_what_came_before_has_words() -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    spans = [period(name, now, UTC) for name in ("today", "week", "month")]
    spans += [
        between(date(2026, 3, 1), date(2026, 3, 9), UTC),
        between(date(2026, 3, 9), date(2026, 3, 9), UTC),
    ]
    told = [(former.words, former.days[0], former.days[-1]) for span in spans if (former := before(span))]
    assert told == [
        ("yesterday", date(2026, 3, 30), date(2026, 3, 30)),
        ("the 7 days before", date(2026, 3, 18), date(2026, 3, 24)),
        ("the same days of last month", date(2026, 2, 1), date(2026, 2, 28)),
        ("the 9 days before", date(2026, 2, 20), date(2026, 2, 28)),
        ("the day before", date(2026, 3, 8), date(2026, 3, 8)),
    ]
    assert before(period("all", now, UTC)) is None
    assert period("all", now, UTC).days == ()


def test_two_dates_have_words_and_must_be_in_order() -> None:
    assert (
        between(date(2026, 3, 1), date(2026, 3, 9), UTC).words,
        between(date(2026, 3, 1), date(2026, 3, 1), UTC).words,
    ) == ("2026-03-01 to 2026-03-09", "2026-03-01")
    for first, last in ((date(2026, 3, 2), date(2026, 3, 1)), (date.min, date(2026, 3, 1))):
        with pytest.raises(ValueError, match="The days go from"):
            between(first, last, UTC)


@pytest.mark.parametrize(
    ("preferences", "name"),
    [
        ({"time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({}, "UTC"),
        ({"time_zone": "../x"}, "UTC"),
        ({"time_zone": "Europe"}, "UTC"),
        ({"time_zone": "x" * 300}, "UTC"),
        ({"time_zone": 5}, "UTC"),
    ],
)
def test_a_persons_time_zone_is_theirs_or_else_the_sites(preferences: dict[str, object], name: str) -> None:
    assert str(User(preferences=preferences).zone) == name
