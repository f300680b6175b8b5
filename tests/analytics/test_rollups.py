"""Roll-ups are the ledger added up: the same figures before them, after them and when they are made again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from io import StringIO
from typing import Any, get_args

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_app import doctor
from analytics_app.actions import rollups
from analytics_app.models import DailyUsage, RolledDay
from analytics_app.queries.ledger import Ledger, _by_query, _in_gap, _on_days
from analytics_app.queries.periods import Period, TimeRange, before, between, day_of, period
from analytics_app.queries.tokens import CALLS, DAYS, GroupBy, added
from sessions_app.models import TokenUsage, User, uuid7

from .books import NOW, SPLITS, ZONES, Call, added_up, calls, counted_in


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[User]]:
    """Two people and one of staff, in the database for all examples."""
    names = ("ann", "ben", "cy")
    with django_db_blocker.unblock():
        made = [User.objects.create_user(name, is_staff=name == "cy") for name in names]
        yield made
        User.objects.filter(pk__in=[user.pk for user in made]).delete()


def spans(zone: tzinfo) -> list[Any]:
    named = [period(name, NOW, zone) for name in get_args(TimeRange)]
    former = [span for each in named if (span := before(each))]
    return [*named, *former, between(date(2026, 10, 24), date(2026, 11, 1), zone)]


def agree(people: list[User], zone: tzinfo, turn: int) -> None:
    """What is asked about persons, and by staff about everyone, is what the calls add up to one by one. Each turn
    asks about other periods."""
    everyone = Ledger.all_for_staff(people[2], zone)
    for span in spans(zone)[turn % 3 :: 3]:
        for split in SPLITS:
            same(everyone, span, split, None)
        assert added(everyone.sums_by(span, "user")) == everyone.sums(span)
        for place, user in enumerate(people):
            same(Ledger.for_user(user, zone), span, SPLITS[(turn + place) % len(SPLITS)], user)


def same(ledger: Ledger, span: Period, split: GroupBy, user: User | None) -> None:
    found = {
        name: (s.calls, s.input, s.cache_read, s.cache_write, s.output, s.cost, s.unpriced_calls)
        for name, s in ledger.sums_by(span, split)
    }
    assert found == added_up(counted_in(span, user), split, ledger.zone), (ledger.zone, span, split, user)


def catch_up() -> None:
    while rollups.catch_up():
        pass


@pytest.mark.django_db
@settings(max_examples=12)
@given(made=calls(3), zone=st.sampled_from(ZONES), other=st.sampled_from(ZONES), data=st.data())
def test_every_question_has_the_same_answer_whatever_is_rolled_up(
    people: list[User], made: list[Call], zone: tzinfo, other: tzinfo, data: st.DataObject
) -> None:
    with transaction.atomic():
        TokenUsage.objects.bulk_create([call.row(people) for call in made])
        User.objects.filter(pk=people[0].pk).update(preferences={"time_zone": str(zone)})
        due = rollups.due_days(zone)
        for day in data.draw(st.lists(st.sampled_from(due), max_size=3)) if due else []:
            rollups.roll_up_day(zone=zone, day=day)
        agree(people, zone, turn=0)
        catch_up()
        healthy(zone)
        agree(people, zone, turn=1)
        agree(people, other, turn=2)
        TokenUsage.objects.open().update(settled_at=NOW, cost=None, output=7)
        catch_up()
        healthy(zone)
        agree(people, zone, turn=3)
        left = [people[0], User.objects.create_user("new"), people[2]]
        User.objects.get(pk=people[1].pk).delete()
        healthy(zone)
        agree(left, zone, turn=4)
        unpriced = TokenUsage.objects.filter(cost__isnull=True)
        rollups.forget_days(moments=unpriced.values_list("at", flat=True))
        unpriced.update(cost=5)
        agree(left, zone, turn=5)
        call_command("roll_up", "--rebuild", stdout=StringIO())
        healthy(zone)
        agree(left, zone, turn=6)
        transaction.set_rollback(True)


def healthy(zone: tzinfo) -> None:
    """No roll-up differs from its calls, and every day that is over and has no open call is rolled up."""
    assert list(doctor.examine(None)) == []
    opened = {day_of(at, zone) for at in TokenUsage.objects.open().values_list("at", flat=True)}
    assert set(rollups.due_days(zone)) <= opened


def call_at(user: User, at: datetime, **values: Any) -> TokenUsage:
    given = {"provider": "anthropic", "model": "claude", "settled_at": NOW, "output": 1, **values}
    return TokenUsage.objects.create(user=user, session_key=uuid7(), at=at, **given)


def rolled() -> list[date]:
    return list(RolledDay.objects.filter(zone="UTC").values_list("day", flat=True))


def test_a_day_is_rolled_up_an_hour_after_its_end_and_only_when_all_its_calls_have_ended(alice: User) -> None:
    today, yesterday = NOW.date(), NOW.date() - timedelta(1)
    call_at(alice, NOW)
    call_at(alice, NOW - timedelta(days=2))
    late = call_at(alice, NOW - timedelta(days=1), settled_at=None)
    rollups.catch_up()
    assert rolled() == [today - timedelta(2)]
    TokenUsage.objects.filter(pk=late.pk).update(settled_at=NOW)
    rollups.catch_up()
    assert rolled() == [today - timedelta(2), yesterday]


@pytest.mark.parametrize(("hour", "days"), [(0, 0), (1, 1)])
def test_a_day_that_has_just_ended_waits(
    alice: User, monkeypatch: pytest.MonkeyPatch, hour: int, days: int
) -> None:
    call_at(alice, datetime(2026, 11, 2, 23, 59, tzinfo=UTC))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 3, hour, 30, tzinfo=UTC))
    rollups.catch_up()
    assert len(rolled()) == days


def test_days_without_calls_are_rolled_up_too_and_none_twice(alice: User) -> None:
    call_at(alice, NOW - timedelta(days=5))
    rollups.catch_up()
    assert len(rolled()) == 5
    assert DailyUsage.objects.count() == 3
    assert not rollups.roll_up_day(zone=UTC, day=rolled()[0])
    assert rollups.roll_up_day(zone=UTC, day=rolled()[0], again=True)
    assert (len(rolled()), DailyUsage.objects.count()) == (5, 3)


def test_one_step_makes_some_days_the_newest_first_and_says_that_there_is_more(alice: User) -> None:
    call_at(alice, NOW - timedelta(days=rollups.AT_ONCE + 2))
    assert rollups.catch_up()
    assert rolled()[-1] == NOW.date() - timedelta(1)
    assert len(rolled()) == rollups.AT_ONCE
    assert not rollups.catch_up()
    assert len(rolled()) == rollups.AT_ONCE + 2


def test_a_zone_nobody_uses_any_more_is_forgotten(alice: User) -> None:
    alice.preferences = {"time_zone": "Asia/Kathmandu"}
    alice.save()
    call_at(alice, NOW - timedelta(days=2))
    rollups.catch_up()
    assert set(DailyUsage.objects.values_list("zone", flat=True)) == {"UTC", "Asia/Kathmandu"}
    alice.preferences = {"time_zone": "nowhere"}
    alice.save()
    rollups.catch_up()
    assert set(DailyUsage.objects.values_list("zone", flat=True)) == {"UTC"}
    assert set(RolledDay.objects.values_list("zone", flat=True)) == {"UTC"}


def test_the_command_says_what_it_did_keeps_to_its_days_and_may_be_repeated(alice: User) -> None:
    call_at(alice, NOW - timedelta(days=4))
    call_at(alice, NOW - timedelta(days=2), settled_at=None)

    def roll_up(*options: str) -> list[str]:
        out = StringIO()
        call_command("roll_up", *options, stdout=out)
        return [line for line in out.getvalue().splitlines() if "activity" not in line]

    waits = ", 1 left to the ledger, a call of theirs still runs: 2026-11-01"
    assert roll_up("--from", "2026-11-02", "--to", "2026-11-02") == ["UTC: 1 days rolled up"]
    assert roll_up() == [f"UTC: 2 days rolled up{waits}"]
    assert roll_up() == [f"UTC: 0 days rolled up{waits}"]
    assert roll_up("--rebuild") == [f"UTC: 3 days rolled up{waits}"]
    with pytest.raises(CommandError, match="2026-11-02 is after 2026-11-01"):
        roll_up("--from", "2026-11-02", "--to", "2026-11-01")


def test_a_roll_up_that_is_not_its_ledger_is_found_by_the_doctor_and_made_right_by_a_rebuild(
    alice: User,
) -> None:
    call_at(alice, NOW - timedelta(days=2), cost=Decimal("0.5"))
    rollups.catch_up()
    assert list(doctor.examine(None)) == []
    DailyUsage.objects.filter(scope="person").update(output=2)
    [finding] = doctor.examine(None)
    assert finding.detail == "is not what its calls add up to: person"
    call_command("roll_up", "--rebuild", stdout=StringIO())
    assert list(doctor.examine(None)) == []
    call_at(alice, NOW - timedelta(days=2))
    assert [finding.subject for finding in doctor.examine(None)] == ["rolledday 2026-11-01 UTC"]
    RolledDay.objects.all().delete()
    assert [finding.subject for finding in doctor.examine(None)] == ["dailyusage 2026-11-01 UTC"]


def test_a_day_forgotten_while_it_is_read_is_read_again(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the list of rolled days and their sums: without a second look the day would be missing."""
    at = NOW - timedelta(days=1)
    call_at(alice, at)
    rollups.catch_up()
    ledger, gaps = Ledger.for_user(alice, UTC), Ledger._gaps
    forgotten: list[int] = []

    def forget_then(self: Ledger, span: Period) -> Iterator[Any]:
        yield from gaps(self, span)
        if not forgotten:
            forgotten.append(rollups.forget_days(moments=[at]))

    monkeypatch.setattr(Ledger, "_gaps", forget_then)
    assert ledger.sums(period("week", NOW, UTC)).calls == 1
    assert forgotten == [1]


def plan(queryset: Any) -> str:
    return str(queryset.explain())


def test_rollups_and_the_ledgers_tail_are_read_by_their_indexes(alice: User, staff: User) -> None:
    if connection.vendor != "sqlite":
        return  # a plan of PostgreSQL hangs on how many rows there are
    week = period("week", NOW, UTC)
    own, all_ = Ledger.for_user(alice, UTC), Ledger.all_for_staff(staff, UTC)
    tail = (NOW - timedelta(hours=2), None)
    for ledger, days, tail_index in (
        (
            own,
            "(user_id=? AND scope=? AND zone=? AND day>? AND day<?)",
            "usage_user_at (user_id=? AND at>?)",
        ),
        (all_, "daily_scope_zone_day (scope=? AND zone=? AND day>? AND day<?)", "usage_at (at>?)"),
    ):
        rows = _by_query(_on_days(ledger._days, week), ("model",), DAYS)
        assert "SEARCH analytics_app_dailyusage USING INDEX" in plan(rows)
        assert days in plan(rows)
        for keys in (("model",), ("user",), ("model", "purpose")):
            assert f"USING INDEX {tail_index}" in plan(_by_query(_in_gap(ledger._calls, tail), keys, CALLS))
    people = _by_query(_on_days(all_._people, week), ("user",), DAYS)
    assert "USING INDEX daily_scope_zone_day (scope=? AND zone=? AND day>? AND day<?)" in plan(people)
