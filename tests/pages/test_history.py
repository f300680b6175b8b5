"""Long conversations: what opening one asks, pieces further up, days, other versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app.actions import versions
from sessions_app.models import ChatSession, Message, User
from tests.actions.steps import end, send
from tests.histories import fill

HTMX = {"HX-Request": "true"}
LONG = 50_000 if connection.vendor == "sqlite" else 5_000


def shown(client: Client, chat: ChatSession, headers: Any = None, status: int = 200, **asked: Any) -> str:
    answer = client.get(f"/sessions/{chat.pk}/", asked, headers=headers or {})
    assert answer.status_code == status
    return str(answer.content.decode())


def positions(page: str) -> list[int]:
    """Of the messages on a page, in their order."""
    return [int(found) for found in re.findall(r"<article [^>]*data-position=\"(\d+)\"", page)]


@pytest.fixture
def long(chat: ChatSession) -> list[Message]:
    return fill(chat, 150)


# ---------------------------------------------------------------- the cost of opening


def asked(client: Client, chat: ChatSession) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        shown(client, chat)
    return [query["sql"] for query in seen.captured_queries]


def walks(sql: str) -> list[str]:
    """The steps in which SQLite would read a whole table of the conversation's or sort what it found."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [str(row[3]) for row in cursor.fetchall()]
    tables = (
        "sessions_app_message",
        "sessions_app_reply",
        "sessions_app_toolcall",
        "sessions_app_tokenusage",
    )
    return [
        step
        for step in steps
        if any(f"SCAN {table}" in step for table in tables) or "message_changes" in step
    ]


@pytest.mark.thorough
def test_a_session_of_50_000_messages_asks_what_one_of_50_asks(
    as_alice: Client, make_chat: Callable[..., ChatSession]
) -> None:
    short, long = make_chat(title="Short"), make_chat(title="Long")
    fill(short, 62)
    fill(long, LONG)
    asked(as_alice, short)
    few, many = asked(as_alice, short), asked(as_alice, long)
    assert len(few) == len(many)
    if connection.vendor == "sqlite":
        assert [sql for sql in many if walks(sql)] == []


# ---------------------------------------------------------------- pieces further up


def test_the_page_above_comes_as_a_fragment_that_leads_further(
    as_alice: Client, chat: ChatSession, long: list[Message]
) -> None:
    page = shown(as_alice, chat)
    assert positions(page) == list(range(91, 151))
    assert f'href="/sessions/{chat.pk}/?before=91"' in page
    above = shown(as_alice, chat, HTMX, before=91)
    assert positions(above) == list(range(31, 91))
    assert "<html" not in above
    assert f'href="/sessions/{chat.pk}/?before=31"' in above
    top = shown(as_alice, chat, HTMX, before=31)
    assert positions(top) == list(range(1, 31))
    assert re.search(r'<log-edge id="older"[^>]* hidden>', top)
    assert as_alice.get(f"/sessions/{chat.pk}/?before=31", headers=HTMX)["Session-Version"] == "1"


def test_all_from_a_message_down_to_the_page_comes_at_once_up_to_a_limit(
    as_alice: Client, chat: ChatSession
) -> None:
    fill(chat, 800)
    again = shown(as_alice, chat, HTMX, **{"before": 741, "from": 300})
    assert positions(again) == list(range(300, 741))
    assert f'href="/sessions/{chat.pk}/?before=300"' in again
    shown(as_alice, chat, HTMX, 413, **{"before": 741, "from": 100})


def test_a_window_leads_down_to_the_end_and_lives_there(
    as_alice: Client, chat: ChatSession, long: list[Message]
) -> None:
    window = shown(as_alice, chat, after=0)
    assert positions(window) == list(range(1, 61))
    assert "workspace-socket" not in window
    assert "Latest messages" in window
    assert f'href="/sessions/{chat.pk}/?after=60"' in window
    middle = shown(as_alice, chat, HTMX, after=60, version=1)
    assert positions(middle) == list(range(61, 121))
    assert "workspace-socket" not in middle
    last = shown(as_alice, chat, HTMX, after=120, version=1)
    assert positions(last) == list(range(121, 151))
    assert f'ws-connect="/ws/sessions/{chat.pk}/"' in last
    assert 'data-version="1" data-reply="" data-from="" data-seq="0"' in last
    assert '<div id="window" hx-swap-oob="delete">' in last


def test_what_came_after_the_window_was_opened_is_left_to_its_socket(
    as_alice: Client, chat: ChatSession, long: list[Message]
) -> None:
    chat.refresh_from_db()
    end(send(chat, "And now?").reply)
    assert positions(shown(as_alice, chat, HTMX, after=120, version=1)) == list(range(121, 151))


def test_a_window_whose_conversation_took_another_way_is_told_so(
    as_alice: Client, chat: ChatSession, long: list[Message]
) -> None:
    versions.delete_message(message=long[140])
    shown(as_alice, chat, HTMX, 409, after=60, version=1)


@pytest.mark.parametrize("given", [{"before": "151"}, {"after": "120"}, {"after": "10" * 5}, {"before": "x"}])
def test_a_piece_that_holds_the_end_is_the_live_page(
    as_alice: Client, chat: ChatSession, long: list[Message], given: dict[str, Any]
) -> None:
    page = shown(as_alice, chat, **given)
    assert positions(page) == list(range(91, 151))
    assert "workspace-socket" in page


# ---------------------------------------------------------------- messages that are not on the shown path


@pytest.fixture
def other(chat: ChatSession, long: list[Message]) -> list[Message]:
    """A version of message 41 that goes on for 100 messages, and is not shown."""
    return fill(chat, 100, after=long[39], active=False)


def test_a_message_of_another_version_opens_on_its_path_to_be_read(
    as_alice: Client, chat: ChatSession, other: list[Message]
) -> None:
    wanted = other[50]
    page = shown(as_alice, chat, message=str(wanted.pk))
    assert f'id="message-{wanted.pk}"' in page
    assert positions(page) == list(range(wanted.position - 30, wanted.position + 30))
    assert "This is an earlier version." in page
    assert f'action="/sessions/{chat.pk}/messages/{wanted.pk}/switch/"' in page
    assert "workspace-socket" not in page
    assert "/regenerate/" not in page
    above = shown(as_alice, chat, HTMX, message=str(wanted.pk), before=61)
    assert positions(above) == list(range(1, 61))
    assert f'id="message-{other[0].pk}"' in above
    below = shown(as_alice, chat, HTMX, message=str(wanted.pk), after=130)
    assert positions(below) == list(range(131, 141))
    assert "workspace-socket" not in below


def test_a_deleted_message_is_said_to_be_and_the_end_is_shown(
    as_alice: Client, chat: ChatSession, long: list[Message]
) -> None:
    versions.delete_message(message=long[149])
    page = shown(as_alice, chat, status=404, message=str(long[149].pk))
    assert "This message was deleted." in page
    assert positions(page)[-1] == 149
    assert f'id="message-{long[149].pk}"' not in page


def test_pieces_of_a_strangers_session_are_not_found(
    as_bob: Client, chat: ChatSession, long: list[Message]
) -> None:
    for asked_for in ({"before": 91}, {"after": 0}, {"message": str(long[3].pk)}, {"date": "2020-01-01"}):
        for headers in ({}, HTMX):
            assert as_bob.get(f"/sessions/{chat.pk}/", asked_for, headers=headers).status_code == 404


def test_a_message_of_another_session_shows_the_end(
    as_alice: Client, chat: ChatSession, long: list[Message], make_chat: Callable[..., ChatSession]
) -> None:
    foreign = fill(make_chat(), 3)[0]
    page = shown(as_alice, chat, message=str(foreign.pk))
    assert positions(page)[-1] == 150
    assert "Message 1." not in page


# ---------------------------------------------------------------- days

TOKYO = {"time_zone": "Asia/Tokyo"}


@pytest.fixture
def days(chat: ChatSession) -> list[Message]:
    """150 messages, every two hours from 2026-11-01 00:00 UTC."""
    return fill(chat, 150, began=datetime(2026, 11, 1, tzinfo=UTC), every=timedelta(hours=2))


def jumped(client: Client, chat: ChatSession, day: str) -> str:
    answer = client.get(f"/sessions/{chat.pk}/", {"date": day})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_day_leads_to_its_first_message(as_alice: Client, chat: ChatSession, days: list[Message]) -> None:
    for day, number in (("2026-11-03", 24), ("2026-10-01", 0), ("2026-11-01", 0)):
        key = days[number].pk
        assert jumped(as_alice, chat, day) == f"/sessions/{chat.pk}/?message={key}#message-{key}"
    assert jumped(as_alice, chat, "2026-12-24") == f"/sessions/{chat.pk}/"


def test_a_day_without_messages_leads_to_the_next_one_after(as_alice: Client, chat: ChatSession) -> None:
    began = datetime(2026, 3, 1, 12, tzinfo=UTC)
    rows = fill(chat, 4, began=began, every=timedelta(days=10))
    assert str(rows[2].pk) in jumped(as_alice, chat, "2026-03-12")


def test_a_day_is_the_persons_own(
    as_alice: Client, alice: User, chat: ChatSession, days: list[Message]
) -> None:
    """Midnight in Tokyo is 15:00 UTC of the day before: message 20 is of 16:00."""
    User.objects.filter(pk=alice.pk).update(preferences=TOKYO)
    assert str(days[20].pk) in jumped(as_alice, chat, "2026-11-03")


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "", "\x00"])
def test_what_is_no_day_shows_the_page(
    as_alice: Client, chat: ChatSession, days: list[Message], day: str
) -> None:
    assert as_alice.get(f"/sessions/{chat.pk}/", {"date": day}).status_code in (200, 302)


def begun(page: str) -> dict[int, str]:
    """The positions of messages that begin a day, and its words."""
    found = re.findall(r'<article [^>]*data-position="(\d+)" data-day="([^"]*)"', page)
    return {int(position): words for position, words in found}


def test_the_first_message_of_a_day_says_which(
    as_alice: Client, alice: User, chat: ChatSession, days: list[Message]
) -> None:
    assert begun(shown(as_alice, chat, after=0)) == {
        1: "Sunday, 1 November",
        13: "Monday, 2 November",
        25: "Tuesday, 3 November",
        37: "Wednesday, 4 November",
        49: "Thursday, 5 November",
    }
    User.objects.filter(pk=alice.pk).update(preferences=TOKYO)
    tokyo = begun(shown(as_alice, chat, after=0))
    assert tokyo[9] == "Monday, 2 November"
    assert 13 not in tokyo


def test_a_day_of_another_year_says_its_year(as_alice: Client, chat: ChatSession) -> None:
    fill(chat, 2, began=datetime(2019, 12, 31, 12, tzinfo=UTC))
    assert begun(shown(as_alice, chat)) == {1: "Tuesday, 31 December 2019"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "nonsense"])
def test_a_day_at_the_edge_of_the_calendar_is_no_fault(
    as_alice: Client, alice: User, chat: ChatSession, day: str
) -> None:
    alice.preferences = {"time_zone": "Asia/Tokyo"}  # there the first day begins before UTC's
    alice.save()
    end(send(chat, "Hello").reply)
    assert "Hello" in as_alice.get(f"/sessions/{chat.pk}/?date={day}", follow=True).content.decode()
