"""The query language and the order, the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.models import ChatSession, User
from sessions_app.search import FOUND_AT_MOST, Filters, asking, search_messages, search_sessions

from .saying import found, one, say

TEXTS = {
    "bug": "The old PARSER has a bug in its table.",
    "error": "A parse error, and another one: parsing failed",
    "german": "Die Größe der Übung ist über 5.",
    "japanese": "東京都に住む",
    "code": "call search_session_messages(query='x') or --force it",
    "hindi": "यह हिन्दी है",
}


@pytest.fixture
def texts(chat: ChatSession) -> ChatSession:
    for text in TEXTS.values():
        say(chat, text)
    return chat


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("parser", {"bug"}),
        ("table PARSER bug", {"bug"}),
        ("parser error", set()),
        ('"parse error"', {"error"}),
        ('"error parse"', set()),
        ("pars*", {"bug", "error"}),
        ("pars* -bug", {"error"}),
        ('pars* -"parse error"', {"bug"}),
        ('"another one parsing"', {"error"}),
        ('"a par"*', {"error"}),
        ("grosse ubung", {"german"}),
        ("GRÖSSE", {"german"}),
        ("京都", {"japanese"}),
        ("東京", {"japanese"}),
        ("京東", set()),
        ("हिन्दी", {"hindi"}),
        ("search_session_messages", {"code"}),
        ("session", {"code"}),
        ("--force", {"code"}),
        ("bug*", {"bug"}),
        ("'bug'", {"bug"}),
        ("bug:*", {"bug"}),
        ("words:bug", set()),
        ("{words}: bug", set()),
        ("bug AND parser", set()),
        ("bug OR 1=1", set()),
        ("^the", {"bug"}),
        ("NEAR(parser bug)", set()),
        ("nothing", set()),
        ("-bug", set()),
    ],
)
def test_each_way_of_asking_finds_what_it_says(
    alice: User, texts: ChatSession, query: str, hits: set[str]
) -> None:
    assert set(found(alice, query)) == {TEXTS[name] for name in hits}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text(max_size=80) | st.text("\"'*-+()[]{}:^~&|!<>@,;\\%_ abAND\x00\n", max_size=40))
def test_no_input_raises(alice: User, chat: ChatSession, query: str) -> None:
    assert search_messages(alice, query).hits == ()


def test_words_beyond_all_measure_are_known_by_their_beginning(alice: User, chat: ChatSession) -> None:
    code = "A1b2" * 40
    say(chat, f"The code is {code}, keep it.")
    assert len(found(alice, code)) == 1
    assert len(found(alice, f'"code is {code} keep"')) == 1
    assert found(alice, code[:60]) == []
    assert len(found(alice, f"{code[:60]}*")) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60))
def test_whatever_is_written_is_found_by_its_own_words(alice: User, chat: ChatSession, text: str) -> None:
    message = say(chat, f"marker {text}")
    query = " ".join(f'"{word}"' for word in text.replace('"', " ").split())
    assert message.pk in [
        hit.message_id for hit in search_messages(alice, f"marker {query}", limit=1000).hits
    ]


def test_the_best_comes_first_and_of_equals_the_newest(alice: User, chat: ChatSession) -> None:
    now = timezone.now()
    for hours, text in enumerate(["parser one", "parser two", "parser parser", "parser " + "word " * 300]):
        say(chat, text, at=now - timedelta(hours=hours))
    ranked = ["parser parser", "parser one", "parser two"]
    assert found(alice, "parser")[:3] == ranked
    assert found(alice, "parser", order="newest")[:3] == ["parser one", "parser two", "parser parser"]
    assert found(alice, "parser", limit=2, offset=1) == ranked[1:]


def test_a_total_beyond_what_is_counted_says_so(
    alice: User, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "FOUND_AT_MOST", 3)
    for number in range(3):
        say(chat, f"parser {number}")
    counted = search_messages(alice, "parser")
    assert (counted.total, counted.more, counted.total_words) == (3, False, "3")
    say(chat, "parser 3")
    counted = search_messages(alice, "parser", limit=2)
    assert (counted.total, counted.more, counted.total_words, len(counted.hits)) == (3, True, "3+", 2)
    assert FOUND_AT_MOST == 1000


def test_a_hit_tells_where_it_was_found(alice: User, chat: ChatSession) -> None:
    results: tuple[Any, ...] = ({"rows": [{"name": "glacier", "tokens": 4711}], "ok": True},)
    answer = say(chat, "I looked it up.", role="assistant", model="offline", results=results)
    hit = one(search_messages(alice, "glacier"))
    assert (hit.found_in, hit.message_id, hit.role) == ("tool result", answer.pk, "assistant")
    assert [hit.snippet[start:end] for start, end in hit.highlights] == ["glacier"]
    assert one(search_messages(alice, "4711")).found_in == "tool result"
    assert one(search_messages(alice, "looked")).found_in == "message"
    assert one(search_messages(alice, "looked glacier")).message_id == answer.pk
    assert hit.link == f"/sessions/{chat.pk}/#message-{answer.pk}"


def test_no_phrase_reaches_from_a_message_into_a_result_and_no_field_name_is_content(
    alice: User, chat: ChatSession
) -> None:
    say(chat, "the end", role="assistant", results=({"begin": "anew"},))
    assert found(alice, '"end anew"') == []
    assert found(alice, "begin") == []


def test_words_do_not_find_owners_or_chats(alice: User, chat: ChatSession) -> None:
    say(chat, "hello")
    for mark in (f"o{alice.pk}", f"c{chat.pk.hex}", "ruser", f"@o{alice.pk}"):
        assert search_messages(alice, mark).total == 0


def test_a_long_phrase_is_found_deep_in_a_long_message(alice: User, chat: ChatSession) -> None:
    say(chat, "word " * 9000 + "the needle is here")
    assert "needle" in one(search_messages(alice, '"the needle is"')).snippet


def test_filters_of_time_are_exact(alice: User, chat: ChatSession) -> None:
    now = timezone.now()
    say(chat, "parser", at=now)
    second = timedelta(milliseconds=1)
    assert found(alice, "parser", Filters(since=now, until=now + second)) == ["parser"]
    assert found(alice, "parser", Filters(until=now)) == []
    assert found(alice, "parser", Filters(since=now + second)) == []


def test_what_tools_returned_can_be_searched_alone(alice: User, chat: ChatSession) -> None:
    say(
        chat,
        "The glacier was looked at.",
        role="assistant",
        results=({"rows": ["the glacier is 4711 m high"]},),
    )
    say(chat, "No result, but a glacier of 4711 m.", role="assistant")
    say(chat, "A glacier?")
    in_tools = Filters(role="tool")
    hit = one(search_messages(alice, "glacier 4711", in_tools))
    assert hit.found_in == "tool result"
    assert "4711 m high" in hit.snippet
    assert found(alice, "looked", in_tools) == []
    assert search_messages(alice, "glacier").total == 3


def test_sessions_come_in_the_order_of_their_best_message(
    alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    first, second = make_chat(title="First"), make_chat(title="Second")
    for text in ("parser and more words", "parser parser", "parser and a few more words"):
        say(first, text)
    say(second, "parser")
    shown = search_sessions(alice, "parser")
    assert [(group.hit.title, group.more) for group in shown.groups] == [("First", 2), ("Second", 0)]
    assert shown.groups[0].hit.snippet == "parser parser"
    assert (shown.total, shown.sessions, shown.counts["role"]) == (4, 2, {"user": 4})
    assert [group.hit.title for group in search_sessions(alice, "parser", offset=1).groups] == ["Second"]
