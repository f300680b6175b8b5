from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from sessions_app.models import AuditEntry, ChatSession, User
from tests.search.saying import say

FRAGMENT = {"HX-Request": "true"}


def page(client: Client, headers: Any = None, **given: Any) -> str:
    answer = client.get("/search/", given, headers=headers or {})
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


@pytest.fixture
def parsing(make_chat: Callable[..., ChatSession]) -> ChatSession:
    chat = make_chat(title="Parsing")
    say(chat, "Does the <b>parser</b> have a bug?")
    say(chat, "The parser & its table are fine.", role="assistant", model="offline")
    return chat


def test_hits_have_title_writer_time_marks_and_open_at_the_message(
    as_alice: Client, parsing: ChatSession
) -> None:
    answer = as_alice.get("/search/", {"q": "parser bug"}).content.decode()
    message = parsing.messages.get(role="user")
    assert f'href="/sessions/{parsing.pk}/?message={message.pk}#message-{message.pk}"' in answer
    assert "&lt;b&gt;<mark>parser</mark>&lt;/b&gt; have a <mark>bug</mark>?" in answer
    for words in ("Parsing", "You", "<strong>1 message</strong>", f"{timezone.localtime():%Y}"):
        assert words in answer


def test_an_empty_page_tells_the_language_and_no_result_what_may_help(
    as_alice: Client, parsing: ChatSession
) -> None:
    assert "these words beside each other" in page(as_alice)
    none = page(as_alice, q="glacier", starred="1")
    assert "No message holds all of this." in none
    assert "Search without filters" in none
    assert "There is no word to look for yet." in page(as_alice, q="-parser")


def test_what_is_typed_is_answered_with_the_results_alone_and_a_clean_address(
    as_alice: Client, parsing: ChatSession
) -> None:
    given = {"q": "parser", "role": "assistant", "model": "", "from": "", "order": ""}
    answer = as_alice.get("/search/", given, headers=FRAGMENT)
    assert "<!doctype" not in answer.content.decode()
    assert "table are fine" in answer.content.decode()
    assert "have a bug" not in answer.content.decode()
    assert answer["HX-Replace-Url"] == "/search/?q=parser&role=assistant"


def test_more_results_come_on_demand_and_by_a_link_without_scripts(
    as_alice: Client, chat: ChatSession
) -> None:
    for number in range(45):
        say(chat, f"parser {number}")
    first = page(as_alice, q="parser")
    assert first.count('class="hit"') == 20
    assert 'href="/search/?q=parser&offset=20"' in first
    more = page(as_alice, FRAGMENT, q="parser", offset=20)
    assert more.startswith("<li")
    assert more.count('class="hit"') == 20
    last = page(as_alice, q="parser", offset=40)
    assert last.count('class="hit"') == 5
    assert "First results" in last
    assert "Show more" not in last
    seen = [re.findall(r"<mark>parser</mark> (\d+)", each) for each in (first, more, last)]
    assert len({number for numbers in seen for number in numbers}) == 45


@pytest.mark.parametrize(
    "given",
    [
        {"from": "yesterday"},
        {"to": "0001-01-01"},
        {"from": "9999-12-31"},
        {"role": "system", "order": "x", "archived": "x"},
        {"model": "\x00'"},
        {"offset": "-1"},
        {"offset": "99999999999999999999"},
        {"offset": "²"},
        {"q": "\x00parser"},
    ],
)
def test_what_cannot_be_understood_is_left_out(
    as_alice: Client, parsing: ChatSession, given: dict[str, str]
) -> None:
    shown = page(as_alice, **{"q": "parser", **given})
    if "from" in given or "to" in given:
        assert "is no day, and was left out." in shown


def test_a_day_alone_gives_its_newest_messages_and_their_number(
    as_alice: Client, parsing: ChatSession
) -> None:
    shown = page(as_alice, **{"from": f"{timezone.localdate() - timedelta(days=1)}"})
    assert "2 messages" in shown
    assert "The parser & its table are fine." in shown


def test_days_that_hold_nothing_are_said_to(as_alice: Client, parsing: ChatSession) -> None:
    today = f"{timezone.localdate()}"
    assert "1 message" in page(as_alice, **{"q": "bug", "from": today, "to": today})
    assert "The first day is after the last one" in page(
        as_alice, **{"q": "bug", "from": today, "to": "2020-01-01"}
    )


def test_a_stranger_finds_nothing_and_is_not_offered_everyone(as_bob: Client, parsing: ChatSession) -> None:
    shown = page(as_bob, q="parser", everyone="1")
    assert "No message holds all of this." in shown
    assert "Everyone’s messages" not in shown
    assert not AuditEntry.objects.exists()


def test_staff_with_the_permission_may_search_all_and_are_recorded(
    staff: User, alice: User, parsing: ChatSession
) -> None:
    client = Client()
    client.force_login(staff)
    assert "Everyone’s messages" not in page(client, q="parser", everyone="1")
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert "Everyone’s messages" in page(client, q="parser")
    assert not AuditEntry.objects.exists()
    assert "alice" in page(client, q="bug", everyone="1")
    assert AuditEntry.objects.get().detail == "bug"


def test_typing_never_begins_to_search_everyones(staff: User, parsing: ChatSession) -> None:
    """The form of one's own page asks while one types: ticking "everyone" brings a page that does not."""
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    client = Client()
    client.force_login(staff)
    there = {**FRAGMENT, "HX-Current-URL": "http://testserver/search/?q=bug"}
    answer = client.get("/search/", {"q": "bug", "everyone": "1"}, headers=there)
    assert answer["HX-Redirect"] == "/search/?q=bug&everyone=1"
    assert not AuditEntry.objects.exists()
    assert "input changed" in page(client, q="bug")
    assert "input changed" not in page(client, q="bug", everyone="1")


def test_a_session_opens_around_the_message_that_was_found(as_alice: Client, chat: ChatSession) -> None:
    messages = [say(chat, f"message {number}", position=number) for number in range(1, 151)]
    ChatSession.objects.filter(pk=chat.pk).update(message_count=150)
    ids = [f"message-{message.pk}" for message in messages]
    around = as_alice.get(f"/sessions/{chat.pk}/", {"message": str(messages[40].pk)}).content.decode()
    here = [number for number, each in enumerate(ids, 1) if f'id="{each}"' in around]
    assert (here[0], here[-1], len(here)) == (11, 70, 60)
    assert "Latest messages" in around
    assert "workspace-socket" not in around
    for last in (messages[149].pk, messages[95].pk, "nonsense", chat.pk):
        whole = as_alice.get(f"/sessions/{chat.pk}/", {"message": str(last)}).content.decode()
        assert ids[149] in whole
        assert "workspace-socket" in whole
