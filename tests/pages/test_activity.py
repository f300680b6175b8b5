"""The activity page, an event, and the ways of an event into a conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.actions.about_events import add_event
from sessions_app.actions.activity import take_events
from sessions_app.actions.branching import branch_session
from sessions_app.activity.values import ERROR, INFO, WARNING, Event
from sessions_app.models import ActivityEvent, ChatSession, Message, SessionMember, User

HX = {"HX-Request": "true"}
HOSTILE = '"><script>alert(1)</script><b hx-get="/x">'


def happened(owner: Any, title: str, **values: Any) -> ActivityEvent:
    usual: dict[str, Any] = {"source": "build", "kind": "failed", "severity": ERROR}
    key = take_events(owner=owner, events=[Event(title=title, **(usual | values))])[0].event
    return ActivityEvent.objects.get(pk=key)


def page(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers or None)
    assert answer.status_code == 200, address
    return answer.content.decode()


def listed(text: str) -> list[str]:
    return re.findall(r'event-row__title">([^<]*)<', text)


def test_an_empty_page_says_how_events_come(as_alice: Client) -> None:
    text = page(as_alice, "/activity/")
    assert "Nothing has been reported yet." in text
    assert "POST /api/activity/events" in text


def test_events_stand_under_their_days_the_newest_first(as_alice: Client, alice: User) -> None:
    now = timezone.now()
    happened(alice, "Old", at=now - timedelta(days=40))
    happened(alice, "New", fingerprint="f", at=now)
    happened(alice, "New", fingerprint="f", at=now)
    text = page(as_alice, "/activity/")
    assert listed(text) == ["New", "Old"]
    assert text.index("Today") < text.index("2 times") < text.index(f"{now - timedelta(days=40):%B}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=error", ["Broke"]),
        ("severity=warning", ["Slow", "Broke"]),
        ("source=files", ["Slow"]),
        ("kind=failed", ["Broke"]),
        ("q=br", ["Broke"]),
        ("span=1h", ["Slow"]),
        ("severity=nonsense&span=nonsense&after=nonsense", ["Slow", "Broke"]),
        ("source=none", []),
    ],
)
def test_filters_narrow_and_are_kept_in_the_form(
    as_alice: Client, alice: User, query: str, found: list[str]
) -> None:
    happened(alice, "Broke", at=timezone.now() - timedelta(hours=2))
    happened(alice, "Slow", source="files", kind="slow", severity=WARNING)
    text = page(as_alice, f"/activity/?{query}")
    assert listed(text) == found
    if not found:
        assert "No event is like that." in text
    part = as_alice.get(f"/activity/?{query}", headers=HX)
    assert listed(part.content.decode()) == found
    assert "<html" not in part.content.decode()
    assert part["HX-Replace-Url"].startswith("/activity/")


def test_more_follows_without_repeating_the_day(as_alice: Client, alice: User) -> None:
    take_events(owner=alice, events=[Event("build", "failed", f"{n}", severity=INFO) for n in range(100)])
    first = page(as_alice, "/activity/?severity=info")
    more = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert more is not None
    second = page(as_alice, more[1].replace("&amp;", "&"), **HX)
    assert sorted(listed(first) + listed(second), key=int) == [f"{n}" for n in range(100)]
    assert "events__day" not in second
    assert "Newest events" in page(as_alice, more[1].replace("&amp;", "&"))


def test_what_is_new_since_is_hinted_at(as_alice: Client, alice: User) -> None:
    happened(alice, "Seen")
    found = re.search(r'hx-get="(/activity/news/[^"]*)"', page(as_alice, "/activity/?severity=error"))
    assert found is not None
    address = found[1].replace("&amp;", "&")
    assert page(as_alice, address).strip() == ""
    happened(alice, "One")
    happened(alice, "Two")
    happened(alice, "Other", severity=INFO)
    text = page(as_alice, address)
    assert "2 new events" in text
    assert "/activity/?severity=error" in text


def test_everyone_sees_what_is_for_everyone_and_staff_what_is_for_staff(
    as_alice: Client, alice: User, bob: User, staff: User
) -> None:
    happened(bob, "Bobs")
    happened(bob, "For all", audience="everyone")
    hidden = happened(None, "For staff", audience="staff")
    assert listed(page(as_alice, "/activity/")) == ["For all"]
    assert as_alice.get(f"/activity/{hidden.pk}/").status_code == 404
    of_staff = Client()
    of_staff.force_login(staff)
    text = page(of_staff, "/activity/")
    assert listed(text) == ["For staff", "For all"]
    assert '<span class="event-row__mark">Staff</span>' in text


# ---------------------------------------------------------------- one event


def test_an_event_shows_all_it_has_and_runs_nothing(as_alice: Client, alice: User) -> None:
    event = happened(
        alice, HOSTILE, body=f"first\n{HOSTILE}", data={HOSTILE: [HOSTILE]}, link="https://ci.example.org/812",
        source=HOSTILE, kind="k" + HOSTILE,
    )  # fmt: skip
    for text in (page(as_alice, f"/activity/{event.pk}/"), page(as_alice, f"/activity/{event.pk}/", **HX)):
        assert "<script>alert" not in text
        assert 'hx-get="/x"' not in text
        assert 'rel="noopener noreferrer nofollow"' in text
        assert "alert(1)" in text
    assert "<script>alert" not in page(as_alice, "/activity/")


def test_a_session_about_an_event_carries_it(as_alice: Client, alice: User, bob: User) -> None:
    event = happened(alice, "The build failed", body="2 tests failed")
    answer = as_alice.post(f"/activity/{event.pk}/session/")
    chat = ChatSession.objects.get(owner=alice)
    assert (answer.status_code, answer["Location"]) == (302, chat.get_absolute_url())
    assert chat.title == "The build failed"
    text = page(as_alice, chat.get_absolute_url())
    message = Message.objects.get(session=chat)
    assert f"/activity/carried/{message.pk}/" in text
    assert "2 tests failed" in text
    assert listed(page(as_alice, f"/activity/carried/{message.pk}/", **HX)) == ["The build failed"]
    assert chat.get_absolute_url() in page(as_alice, f"/activity/carried/{message.pk}/")
    assert chat.get_absolute_url() in page(as_alice, f"/activity/{event.pk}/")


def test_an_event_names_only_conversations_that_its_reader_reads(
    as_alice: Client, as_bob: Client, alice: User, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    event = happened(alice, "For all", audience="everyone")
    own, shared = make_chat(title="Alices own"), make_chat(title="Alices shared")
    for chat in (own, shared):
        add_event(event=event, chat=chat, person=alice)
    SessionMember.objects.create(session=shared, user=bob, role=SessionMember.Role.READER)
    text = page(as_bob, f"/activity/{event.pk}/")
    assert "Alices shared" in text
    assert "Alices own" not in text


def test_members_see_of_a_message_only_events_that_are_theirs_to_see(
    as_bob: Client, alice: User, bob: User, chat: ChatSession
) -> None:
    message = add_event(event=happened(alice, "Alices"), chat=chat, person=alice)
    assert as_bob.get(f"/activity/carried/{message.pk}/").status_code == 404
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.READER)
    text = page(as_bob, f"/activity/carried/{message.pk}/", **HX)
    assert listed(text) == []
    assert "you may not see them" in text


def test_an_event_goes_to_the_end_of_a_session_of_ones_own(
    as_alice: Client, as_bob: Client, alice: User, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    chat, other = make_chat(title="Weekly build"), make_chat(owner=bob, title="Bobs build")
    event = happened(alice, "The build failed")
    address = f"/activity/{event.pk}/add/"
    assert "Weekly build" in page(as_alice, f"{address}?q=week")
    assert "No session of yours is called" in page(as_alice, f"{address}?q=none", **HX)
    assert "Bobs build" not in page(as_alice, address)
    assert as_alice.post(address, {"target": str(other.pk)}).status_code == 404
    assert as_alice.post(address, {"target": "nonsense"}).status_code == 404
    done = as_alice.post(address, {"target": str(chat.pk)}, headers=HX)
    assert (done.status_code, done["HX-Redirect"]) == (204, chat.get_absolute_url())
    assert Message.objects.get().parts[0]["events"] == [str(event.pk)]


# ---------------------------------------------------------------- the choice behind /context


@pytest.fixture
def some(alice: User) -> None:
    for _ in range(3):
        happened(alice, "The build failed")
    happened(alice, "Slow", source="cron", severity=WARNING)
    happened(alice, "Long ago", at=timezone.now() - timedelta(days=3))


def ticked(text: str) -> list[str]:
    return re.findall(r'name="group" value="(\w+)" checked', text)


def since_of(text: str) -> str:
    found = re.search(r'name="since" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_what_is_ticked_becomes_a_message_and_what_is_not_stays_out(
    as_alice: Client, alice: User, chat: ChatSession, some: None
) -> None:
    address = f"/activity/context/?ask={quote('1h')}&session={chat.pk}"
    text = page(as_alice, address, **HX)
    assert listed(text) == ["The build failed", "Slow"]
    assert "3 times" in text
    groups = ticked(text)
    assert len(groups) == 2
    form = {"ask": "1h", "session": str(chat.pk), "since": since_of(text), "group": groups[:1]}
    happened(alice, "Newer")
    assert as_alice.post("/activity/context/", form, headers=HX).status_code == 204
    message = Message.objects.get(session=chat)
    card = message.parts[0]
    assert (card["title"], card["severity"], len(card["events"])) == ("Activity of the last hour", "error", 3)
    assert "3 times" in card["text"]
    assert "Slow" not in card["text"]
    assert "Newer" not in card["text"]
    assert message.carried.count() == 3


def test_without_a_session_one_begins_with_it(as_alice: Client, alice: User, some: None) -> None:
    text = page(as_alice, "/activity/context/?ask=1h+cron")
    assert "Start a session with it" in text
    form = {"ask": "1h cron", "since": since_of(text), "group": ticked(text)}
    answer = as_alice.post("/activity/context/", form)
    chat = ChatSession.objects.get(owner=alice)
    assert (answer.status_code, answer["Location"]) == (302, chat.get_absolute_url())
    assert chat.title == "Activity of cron, the last hour"


def test_nothing_ticked_is_said_in_the_form(as_alice: Client, chat: ChatSession, some: None) -> None:
    form = {"ask": "1h", "session": str(chat.pk), "group": ["unknown"]}
    answer = as_alice.post("/activity/context/", form, headers=HX)
    assert answer.status_code == 422
    assert "Tick what is to be added." in answer.content.decode()
    assert not Message.objects.exists()
    assert "no such activity any more" in page(as_alice, "/activity/context/?ask=nonsense-source")


def test_a_session_of_another_is_missing(
    as_alice: Client, bob: User, make_chat: Callable[..., ChatSession], some: None
) -> None:
    other = make_chat(owner=bob)
    for session in (str(other.pk), "nonsense"):
        assert as_alice.get(f"/activity/context/?ask=1h&session={session}").status_code == 404
        assert as_alice.post("/activity/context/", {"ask": "1h", "session": session}).status_code == 404


def test_a_branch_carries_what_its_messages_carry(as_alice: Client, alice: User, chat: ChatSession) -> None:
    event = happened(alice, "The build failed")
    message = add_event(event=event, chat=chat, person=alice)
    copied = branch_session(message=message, owner=alice)
    (copy,) = Message.objects.filter(session=copied)
    assert listed(page(as_alice, f"/activity/carried/{copy.pk}/", **HX)) == ["The build failed"]
    assert copied.get_absolute_url() in page(as_alice, f"/activity/{event.pk}/")
