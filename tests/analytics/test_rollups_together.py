"""Two who roll up at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from analytics_app import doctor
from analytics_app.actions import rollups
from analytics_app.models import DailyUsage, RolledDay
from sessions_app.models import TokenUsage, User, uuid7


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_days_at_once_double_nothing(alice: User) -> None:
    now = timezone.now()
    for days in range(2, 8):  # yesterday is not over for everyone yet
        at = now - timedelta(days=days)
        TokenUsage.objects.create(
            user=alice, session_key=uuid7(), provider="p", model="m", at=at, settled_at=at, output=days
        )
    zone = rollups.zones_in_use()[0]
    days_due, together = rollups.due_days(zone), Barrier(3)

    def make(again: bool) -> int:
        together.wait()
        try:
            return sum(rollups.roll_up_day(zone=zone, day=day, again=again) for day in days_due)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        made = list(threads.map(make, (False, False, True)))
    assert made[2] == len(days_due)
    assert made[0] + made[1] <= len(days_due)
    assert RolledDay.objects.count() == len(days_due)
    assert DailyUsage.objects.count() == 3 * TokenUsage.objects.count()
    assert list(doctor.examine(None)) == []
