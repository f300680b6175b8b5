"""/context: what it opens, what it completes to, what it says where there is nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from sessions_app.actions.activity import take_events
from sessions_app.activity.values import ERROR, Event
from sessions_app.commands import registry
from sessions_app.commands.base import Context
from sessions_app.models import ChatSession, User

from .test_commands import completed, refusal, run


@pytest.fixture
def context(alice: User, chat: ChatSession) -> Context:
    now = timezone.now()
    take_events(
        owner=alice,
        events=[
            Event("nightly build", "failed", "Broke", severity=ERROR, at=now - timedelta(hours=2)),
            Event("files", "file_change", "Changed", at=now),
        ],
    )
    return Context(alice, chat)


def opened(context: Context, text: str) -> dict[str, Any]:
    place = urlsplit(run(context, text).dialog)
    assert place.path == "/activity/context/"
    return {name: values[0] for name, values in parse_qs(place.query).items()}


def test_it_opens_the_choice_for_the_session_it_was_typed_in(context: Context) -> None:
    assert opened(context, "/context 1h") == {"ask": "1h", "session": str(context.session.pk)}
    assert opened(context, "/context 3h nightly build errors")["ask"] == "3h error nightly build"
    assert opened(context, "/context")["ask"] == "1h"
    assert opened(Context(context.user, None), "/context today") == {"ask": "today"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/context 1h error", "There was no activity (error or worse) in the last hour. Nothing was added."),
        ("/context 1h nightly build", "There was no activity of nightly build in the last hour."),
        ("/context 1h someone else", "There was no activity of someone else"),
        ("/context today someone else", "There was no activity of someone else today."),
    ],
)
def test_it_says_where_there_is_nothing(context: Context, bob: User, text: str, says: str) -> None:
    take_events(owner=bob, events=[Event("someone else", "failed", "Bobs", severity=ERROR)])
    outcome = run(context, text)
    assert outcome.text.startswith(says)
    assert (outcome.dialog, outcome.link[0]) == ("", "/activity/")


def test_what_is_no_span_is_refused(context: Context) -> None:
    assert refusal(context, "/context 1year") == "Say how far back, such as /context 30m, 1h, 2d or today."


def test_spans_then_severities_and_sources_are_offered(context: Context) -> None:
    assert completed(context, "/context ") == ["15m", "1h", "6h", "24h", "7d", "today"]
    assert completed(context, "/context t") == ["today"]
    commands = ["1h warning", "1h error", "1h files", "1h nightly build"]
    offered = registry.commands()["context"].complete(context, "1h ")
    assert [each.argument for each in offered] == commands
    assert completed(context, "/context 1h nig") == ["1h nightly build"]
    assert completed(context, "/context 9x nig") == []
