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

from sessions_app.models import AuditEntry, ChatSession, SessionTag, User
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
    assert (
        f'href="/sessions/{parsing.pk}/?message={message.pk}&amp;q=parser&amp;q=bug#message-{message.pk}"'
        in answer
    )
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
    here = {"q": "parser", "session": str(chat.pk)}
    first = page(as_alice, **here)
    assert first.count('class="hit"') == 20
    assert f'href="/search/?q=parser&offset=20&session={chat.pk}"' in first
    more = page(as_alice, FRAGMENT, **here, offset=20)
    assert more.startswith("<li")
    assert more.count('class="hit"') == 20
    last = page(as_alice, **here, offset=40)
    assert last.count('class="hit"') == 5
    assert "First results" in last
    assert "Show more" not in last
    seen = [re.findall(r"<mark>parser</mark> (\d+)", each) for each in (first, more, last)]
    assert len({number for numbers in seen for number in numbers}) == 45


def test_hits_of_a_session_stand_together_and_the_rest_opens_in_place(
    as_alice: Client, chat: ChatSession, make_chat: Callable[..., ChatSession]
) -> None:
    for number in range(23):
        say(chat, f"parser {number}")
    say(make_chat(title="Beside"), "parser parser")
    shown = page(as_alice, q="parser")
    assert "<strong>24 messages</strong> in 2 sessions" in shown
    assert shown.count('class="hit"') == 2
    assert "22 more in this session" in shown
    assert f'hx-get="/search/?q=parser&offset=1&session={chat.pk}&rest=1"' in shown
    rest = page(as_alice, FRAGMENT, q="parser", session=str(chat.pk), offset=1, rest=1)
    assert rest.count('class="hit hit--rest"') == 20
    assert f'hx-get="/search/?q=parser&offset=21&session={chat.pk}&rest=1"' in rest
    numbers = [set(re.findall(r"<mark>parser</mark> (\d+)", each)) for each in (shown, rest)]
    assert not numbers[0] & numbers[1]


def test_more_sessions_come_on_demand(as_alice: Client, make_chat: Callable[..., ChatSession]) -> None:
    for number in range(25):
        say(make_chat(title=f"Chat {number}"), "parser")
    first = page(as_alice, q="parser")
    assert first.count('class="hit"') == 20
    more = page(as_alice, FRAGMENT, q="parser", offset=20)
    assert more.count('class="hit"') == 5
    titles = [
        set(re.findall(r"Chat \d+", each))
        for each in (first.partition('id="results"')[2].partition("</main>")[0], more)
    ]
    assert (len(titles[0]), len(titles[1]), titles[0] & titles[1]) == (20, 5, set())


@pytest.fixture
def tagged(
    parsing: ChatSession, make_chat: Callable[..., ChatSession], alice: User, bob: User
) -> ChatSession:
    other = make_chat(title="Untagged")
    say(other, "Another parser")
    theirs = make_chat(owner=bob, title="Of Bob")
    say(theirs, "A parser of Bob")
    for chat, owner, name in (
        (parsing, alice, "webhooks"),
        (parsing, alice, "two words"),
        (theirs, bob, "secret tag"),
    ):
        SessionTag.objects.create(session=chat, owner=owner, name=name)
    return parsing


@pytest.mark.parametrize(
    "given",
    [
        {"q": "parser", "tag": "webhooks"},
        {"q": "parser", "tag": ["webhooks", "two words"]},
        {"q": "parser tag:Webhooks"},
        {"q": 'tag:"two  words" parser'},
        {"q": "tag:webhooks parser", "tag": "two words"},
    ],
)
def test_a_tag_narrows_in_the_filter_and_in_the_words(
    as_alice: Client, tagged: ChatSession, given: dict[str, Any]
) -> None:
    shown = page(as_alice, **given)
    assert "<strong>2 messages</strong> in 1 session" in shown
    assert '<span class="hit__chip">webhooks</span>' in shown
    assert "Untagged" not in shown.partition('id="results"')[2]
    assert '<span class="filter__count" id="count-tag-2">2</span>' in shown
    assert "No messages" in page(as_alice, **{**given, "tag": "nothing"})


def test_tags_of_others_are_not_offered_and_find_nothing_of_theirs(
    as_alice: Client, tagged: ChatSession
) -> None:
    assert "secret tag" not in page(as_alice, q="parser")
    assert "of Bob" not in page(as_alice, q="parser", tag="secret tag")


def test_within_one_session_its_title_is_a_chip_that_leads_out(
    as_alice: Client, as_bob: Client, tagged: ChatSession
) -> None:
    shown = page(as_alice, q="parser", session=str(tagged.pk))
    assert "In “Parsing”" in shown
    assert 'href="/search/?q=parser" aria-label="Remove the filter In “Parsing”"' in shown
    assert shown.count('class="hit') >= 2
    foreign = page(as_bob, q="parser", session=str(tagged.pk))
    missing = page(as_bob, q="parser", session="01890000-0000-7000-8000-000000000000")
    for each in (foreign, missing):
        assert "In “another session”" in each
        assert "No messages" in each
        assert "Parsing" not in each


def test_the_last_days_are_a_button_and_then_a_chip(as_alice: Client, parsing: ChatSession) -> None:
    answer = as_alice.get("/search/", {"q": "parser", "days": "30", "from": "2001-01-01"}, headers=FRAGMENT)
    first = timezone.localdate() - timedelta(days=29)
    assert answer["HX-Replace-Url"] == f"/search/?q=parser&from={first}"
    shown = answer.content.decode()
    assert f'value="{first}"' in shown
    assert "Last 30 days" in shown
    assert 'aria-label="Remove the filter Last 30 days"' in page(
        as_alice, **{"q": "parser", "from": f"{first}"}
    )
    assert "1 Feb 2020 – 3 Feb 2020" in page(
        as_alice, **{"q": "parser", "from": "2020-02-01", "to": "2020-02-03"}
    )


def test_beside_the_filters_stands_how_many_each_would_leave(as_alice: Client, parsing: ChatSession) -> None:
    def counts(**given: Any) -> dict[str, str]:
        return dict(re.findall(r'id="count-role-(\w+)"[^>]*>(\d*)<', page(as_alice, q="parser", **given)))

    assert counts() == {"user": "1", "assistant": "1", "tool": ""}
    assert counts(role="user") == {"user": "1", "assistant": "", "tool": ""}


def test_a_message_of_an_earlier_version_is_found_when_asked_for(
    as_alice: Client, parsing: ChatSession
) -> None:
    parsing.messages.filter(role="user").update(active=False)
    assert "No message holds all of this." in page(as_alice, q="bug")
    shown = page(as_alice, q="bug", versions="1")
    assert '<span class="hit__chip">Earlier version</span>' in shown


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
        {"tag": "\x00", "session": "x", "days": "1000000000"},
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
    assert AuditEntry.objects.get(action="searched messages").detail == "bug"
    read = AuditEntry.objects.get(action="read search results")
    assert (read.person, read.session_key) == (alice, parsing.pk)


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
