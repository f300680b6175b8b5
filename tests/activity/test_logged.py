"""Errors of the log as events: which, how often, and nothing of what they were about."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from sessions_app.activity.logged import MOST, ActivityHandler
from sessions_app.models import ActivityEvent, User

SECRET = "sk-a-key-and-a-text"


@pytest.fixture
def listening(settings: Any) -> Iterator[ActivityHandler]:
    """The one of the logging settings, which other tests switch off."""
    found = next(each for each in logging.getLogger().handlers if isinstance(each, ActivityHandler))
    settings.ACTIVITY_LOG = True
    yield found
    settings.ACTIVITY_LOG = False
    found._noted.clear()


@pytest.fixture
def handler(listening: ActivityHandler, monkeypatch: pytest.MonkeyPatch) -> ActivityHandler:
    """Nothing is written until `drain`."""
    monkeypatch.setattr(listening, "_write", lambda: None)
    return listening


def failing() -> None:
    raise ValueError(f"The text was {SECRET}.")


def log_failure() -> None:
    try:
        failing()
    except ValueError:
        structlog.get_logger("sessions_app.runner").exception("housekeeping failed", job="a.job", text=SECRET)


def test_an_error_is_told_to_staff_by_type_and_place_without_its_values(
    handler: ActivityHandler, alice: User, staff: User
) -> None:
    for _ in range(3):
        log_failure()
    handler.drain()
    row = ActivityEvent.objects.get()
    assert (row.title, row.count, row.audience, row.severity) == (
        "ValueError: housekeeping failed",
        3,
        "staff",
        40,
    )
    assert "tests/activity/test_logged.py" in row.body
    assert row.body.endswith("in failing")
    assert row.data["job"] == "a.job"
    assert SECRET not in f"{row.title}{row.body}{row.data}{row.link}"
    assert ActivityEvent.objects.for_user(staff).exists()
    assert not ActivityEvent.objects.for_user(alice).exists()


def test_the_same_later_is_counted_to_the_event_there_is(handler: ActivityHandler, db: None) -> None:
    for _ in range(2):
        log_failure()
        handler.drain()
    assert ActivityEvent.objects.get().count == 2


def test_of_djangos_records_the_words_are_kept_and_not_what_was_put_in(
    handler: ActivityHandler, db: None
) -> None:
    logging.getLogger("django.request").error("%s: %s", "Internal Server Error", f"/share/{SECRET}/")
    logging.getLogger("django.db").error("Lost %(what)s of {it}", {"what": SECRET})
    handler.drain()
    rows = ActivityEvent.objects.order_by("title")
    assert [row.title for row in rows] == ["An error of django.request", "Lost … of …"]
    assert not [row for row in rows if SECRET in f"{row.title}{row.body}{row.data}"]


def test_what_an_exception_says_is_not_told_where_it_is_the_whole_record(
    handler: ActivityHandler, db: None, settings: Any
) -> None:
    """Strangers choose the host they ask for: neither their words nor a row for each of them."""
    settings.ALLOWED_HOSTS = ["good.example"]
    for n in range(3):
        assert Client().get("/", headers={"host": f"{SECRET}{n}.example"}).status_code == 400
    logging.getLogger("django.db").error(ValueError(SECRET))
    handler.drain()
    rows = ActivityEvent.objects.order_by("title")
    assert [(row.title, row.count) for row in rows] == [("An error of django.db", 1), ("DisallowedHost", 3)]
    assert not [row for row in rows if SECRET in f"{row.title}{row.body}{row.data}"]


def test_whoever_logs_while_the_process_ends_is_not_hurt(
    listening: ActivityHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(listening, "_writer", None)
    monkeypatch.setattr(threading.Thread, "start", refused)
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log_failure()


def test_warnings_and_other_libraries_are_left_out(handler: ActivityHandler, db: None) -> None:
    structlog.get_logger("sessions_app.runner").warning("slow")
    logging.getLogger("httpx2").error("broken")
    logging.getLogger("sessions_appendix").error("broken")
    handler.drain()
    assert not ActivityEvent.objects.exists()


def test_a_flood_is_bounded_and_a_failing_database_is_no_error_of_the_log(
    handler: ActivityHandler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(MOST + 50):
        structlog.get_logger("sessions_app.runner").error(f"broken {n}")
    assert len(handler._noted) == MOST
    handler.drain()  # this test has no database
    assert handler._noted == {}
    assert [record.levelname for record in caplog.records if record.name.endswith("logged")] == ["WARNING"]


@pytest.mark.django_db(transaction=True)
def test_a_page_that_fails_is_kept_by_the_handlers_own_thread(
    listening: ActivityHandler, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, drain = threading.Event(), listening.drain

    def drained() -> None:
        drain()
        written.set()

    monkeypatch.setattr(listening, "drain", drained)
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    monkeypatch.setattr("sessions_app.views.activity.newest", lambda *_: failing())
    assert client.get("/activity/").status_code == 500
    assert written.wait(10)
    row = ActivityEvent.objects.get()
    assert row.title.startswith("ValueError")
    assert SECRET not in f"{row.title}{row.body}{row.data}"
