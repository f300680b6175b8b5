"""The spans budgets count in: the site's days and months, over ends of months and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.actions.budgets import set_budget
from analytics_app.queries.budgets import first_key, standings
from analytics_app.refusals import moment
from analytics_app.spans import span_of
from sessions_app.models import User, uuid7

from .books import ZONES


@given(
    st.datetimes(datetime(1999, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(["minute", "day", "month"]),
)
def test_spans_follow_each_other_without_gap(at: datetime, zone: ZoneInfo, period: str) -> None:
    begins, ends = span_of(period, at, zone)
    assert begins <= at < ends
    assert (
        span_of(period, begins, zone) == span_of(period, ends - timedelta(seconds=1), zone) == (begins, ends)
    )
    assert span_of(period, ends, zone).begins == ends
    if period == "month":
        assert begins.astimezone(zone).day == 1 or begins.astimezone(zone).hour  # no midnight there that day


@pytest.mark.parametrize(
    ("period", "at", "hours"),
    [
        ("day", datetime(2026, 10, 25, 12), 25),
        ("day", datetime(2026, 3, 29, 12), 23),
        ("day", datetime(2024, 2, 29, 12), 24),
        ("month", datetime(2024, 2, 29, 23, 59), 29 * 24),
        ("month", datetime(2026, 2, 28, 23, 59), 28 * 24),
        ("month", datetime(2026, 12, 31, 23, 59), 31 * 24),
        ("month", datetime(2026, 10, 1), 31 * 24 + 1),
    ],
)
def test_a_span_is_as_long_as_it_is_there(period: str, at: datetime, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begins, ends = span_of(period, at.replace(tzinfo=berlin), berlin)
    assert ends - begins == timedelta(hours=hours)


def test_spans_are_those_of_the_site_whatever_a_person_prefers(settings: Any, alice: User) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    alice.preferences = {"time_zone": "America/New_York"}
    set_budget(actor=None, user=alice, measure="money", period="month", amount=Decimal(1))
    standing = standings(alice, now=datetime(2026, 11, 30, 16, tzinfo=UTC))[0]
    assert standing.begins == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert moment(standing.ends, standing.begins, alice.zone) == "on 31\u00a0December at 10:00"


def test_keys_tell_the_time() -> None:
    before, key = timezone.now(), uuid7()
    assert (
        first_key(before - timedelta(milliseconds=1))
        <= key
        < first_key(timezone.now() + timedelta(seconds=1))
    )
