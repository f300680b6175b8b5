"""The links to years, months and days above the lists of the admin site, and the filter by stop reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.models import ChatSession, Message, Reply, TokenUsage, User
from sessions_app.templatetags.dates import Looks

from .test_who_sees_what import index, text

KINDS: tuple[Literal["year", "month", "day"], ...] = ("year", "month", "day")
MOMENTS = (
    datetime(2023, 12, 31, 23, 30, tzinfo=UTC),  # the next year already in Zurich
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 3, 31, 0, 30, tzinfo=UTC),  # a day of 23 hours there
    datetime(2024, 3, 31, 22, 30, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def calls(chat: ChatSession, alice: User) -> None:
    for at in MOMENTS:
        TokenUsage.objects.create(
            user=alice, session=chat, session_key=chat.pk, provider="offline", model="offline", at=at, settled_at=at
        )  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich", "America/Los_Angeles"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_dates_are_those_of_all_rows(
    calls: None, zone: str, kind: Literal["year", "month", "day"]
) -> None:
    with timezone.override(ZoneInfo(zone)):
        found = Looks(TokenUsage.objects.all()).datetimes("at", kind)
        assert found == list(TokenUsage.objects.order_by().datetimes("at", kind))
    assert Looks(TokenUsage.objects.none()).datetimes("at", kind) == []


def test_the_ledger_leads_from_years_to_days_without_reading_it_all(calls: None, as_staff: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        shown = text(as_staff, index("tokenusage"))
    assert all(f"at__year={year}" in shown for year in (2023, 2024, 2026))
    assert "at__year=2025" not in shown
    assert not [each for each in asked if "trunc" in each["sql"]]
    assert "at__month=2&" in text(as_staff, f"{index('tokenusage')}?at__year=2024")
    assert "at__day=31&" in text(as_staff, f"{index('tokenusage')}?at__year=2024&at__month=3")


def test_replies_are_narrowed_by_why_they_ended(told: Message, as_staff: Client) -> None:
    Reply.objects.filter(pk=told.pk).update(stop_reason="max_tokens")
    assert "stop_reason=max_tokens" in text(as_staff, index("reply"))
    assert str(told.pk) in text(as_staff, f"{index('reply')}?stop_reason=max_tokens")
    assert str(told.pk) not in text(as_staff, f"{index('reply')}?stop_reason=refusal")
