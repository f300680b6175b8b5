"""Events are taken in, counted where they are the same again, and forgotten after a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from sessions_app.actions import activity
from sessions_app.actions.about_events import add_event
from sessions_app.actions.activity import sweep, take_events
from sessions_app.activity.values import ERROR, INFO, WARNING, Event
from sessions_app.models import ActivityEvent, ChatSession, EventReceipt, User


def event(title: str = "Failed", **values: Any) -> Event:
    return Event("build", "failed", title, **values)


def ways(owner: Any, *events: Event) -> list[str]:
    return [each.way for each in take_events(owner=owner, events=events)]


def test_without_a_fingerprint_each_is_a_row_of_its_own(alice: User) -> None:
    assert ways(alice, event(), event()) == ["new", "new"]
    assert ActivityEvent.objects.filter(owner=alice, count=1).count() == 2


def test_the_same_again_is_counted_with_its_newest_words_and_gravest_severity(alice: User) -> None:
    now = timezone.now()
    first = event("First", fingerprint="f", severity=ERROR, at=now - timedelta(minutes=50), body="a")
    second = event("Second", fingerprint="f", severity=WARNING, at=now - timedelta(minutes=5), body="b")
    late = event("Late", fingerprint="f", severity=INFO, at=now - timedelta(minutes=30))
    assert ways(alice, first) == ["new"]
    assert ways(alice, second, late) == ["counted", "counted"]
    row = ActivityEvent.objects.get()
    assert (row.title, row.body, row.severity, row.count) == ("Second", "b", ERROR, 3)
    assert (row.first_at, row.at) == (first.at, second.at)


def test_what_comes_after_an_hour_is_another_one(alice: User) -> None:
    now = timezone.now()
    old = event(fingerprint="f", at=now - timedelta(minutes=61))
    assert ways(alice, old, event(fingerprint="f", at=now)) == ["new", "new"]
    assert ways(alice, event(fingerprint="f", at=now)) == ["counted"]


def test_alike_are_those_of_one_owner_source_kind_and_audience(alice: User, bob: User) -> None:
    same = event(fingerprint="f")
    assert ways(alice, same, event(fingerprint="f", audience="everyone")) == ["new", "new"]
    assert ways(alice, Event("other", "failed", "Failed", fingerprint="f")) == ["new"]
    assert ways(alice, Event("build", "passed", "Passed", fingerprint="f")) == ["new"]
    assert ways(alice, same) == ["counted"]
    assert (ways(bob, same), ways(None, same), ways(None, same)) == (["new"], ["new"], ["counted"])


def test_what_came_under_a_name_before_is_not_taken_again(alice: User, bob: User) -> None:
    named = event(name="812", fingerprint="f")
    first, again, other = take_events(owner=alice, events=[named, named, event(name="813", fingerprint="f")])
    assert [first.way, again.way, other.way] == ["new", "known", "counted"]
    assert first.event == again.event == other.event
    assert ways(alice, named) == ["known"]
    assert ActivityEvent.objects.get().count == 2
    assert ways(bob, named) == ["new"]
    assert ways(alice, Event("other", "failed", "Failed", name="812")) == ["new"]


def test_a_clock_that_goes_wrong_puts_nothing_into_the_future(alice: User) -> None:
    take_events(owner=alice, events=[event(at=timezone.now() + timedelta(days=400))])
    assert ActivityEvent.objects.get().at <= timezone.now()


def test_what_happened_before_every_calendar_is_taken_and_shown(as_alice: Client, alice: User) -> None:
    """A page in a zone west of UTC has no day for the first hours of the year 1."""
    alice.preferences = {"time_zone": "America/New_York"}
    alice.save()
    first = datetime.min.replace(tzinfo=UTC)
    assert ways(alice, event(at=first), event(at=first, fingerprint="f")) == ["new", "new"]
    assert "Failed" in as_alice.get("/activity/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_batches_of_the_workspace_do_not_wait_for_each_other_in_a_circle() -> None:
    batch = [event(str(n), fingerprint=f"f{n}") for n in range(40)]
    take_events(owner=None, events=batch)

    def again(order: int) -> None:
        for _ in range(5):
            take_events(owner=None, events=batch[::order])
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(again, [1, -1, 1, -1]))
    assert ActivityEvent.objects.aggregate(all=Sum("count"))["all"] == 40 * 21


# ---------------------------------------------------------------- forgetting


def aged(days: int) -> None:
    ActivityEvent.objects.update(received_at=timezone.now() - timedelta(days=days))
    EventReceipt.objects.update(at=timezone.now() - timedelta(days=days))


def test_events_and_their_names_go_when_they_are_old(alice: User, settings: Any) -> None:
    settings.ACTIVITY_DAYS = 30
    take_events(owner=alice, events=[event(name="812")])
    aged(29)
    assert sweep() is False
    assert (ActivityEvent.objects.count(), EventReceipt.objects.count()) == (1, 0)
    aged(31)
    assert sweep() is False
    assert not ActivityEvent.objects.exists()


def test_those_that_a_message_carries_stay(alice: User, chat: ChatSession) -> None:
    take_events(owner=alice, events=[event("Kept"), event("Gone")])
    add_event(event=ActivityEvent.objects.get(title="Kept"), chat=chat, person=alice)
    aged(400)
    sweep()
    assert [row.title for row in ActivityEvent.objects.all()] == ["Kept"]


def test_of_one_who_has_too_many_the_oldest_go_in_small_steps(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "MOST", 3)
    monkeypatch.setattr(activity, "LOT", 2)
    now = timezone.now()
    take_events(owner=alice, events=[event(str(n), at=now - timedelta(minutes=n)) for n in range(8)])
    take_events(owner=bob, events=[event("Bobs")])
    assert [sweep(), sweep(), sweep(), sweep()] == [True, True, False, False]
    assert sorted(row.title for row in ActivityEvent.objects.filter(owner=alice)) == ["0", "1", "2"]
    assert ActivityEvent.objects.filter(owner=bob).count() == 1
