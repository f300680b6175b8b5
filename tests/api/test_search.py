"""Finding messages by REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from sessions_app.actions.messages import send_message
from sessions_app.actions.organising import tag
from sessions_app.api.search import HitsShape
from sessions_app.models import ChatSession, SessionMember, User
from tests.actions.steps import end

from .held import fits
from .program import Program, problem

Make = Callable[..., ChatSession]


def say(chat: ChatSession, author: User, question: str, answer: str = "Indeed.") -> None:
    end(send_message(chat=chat, author=author, content=question).reply, "complete", answer)


def test_a_hit_says_where_it_is_and_what_matched(alices: Program, alice: User, chat: ChatSession) -> None:
    say(chat, alice, "The <b>parser</b> has a bug", "Which parser?")
    found = alices.get("chat/search?q=parser").json()
    assert fits(HitsShape, found)
    assert (found["total"], found["more"], found["next"], found["previous"]) == (2, False, None, None)
    hit = next(each for each in found["results"] if each["role"] == "user")
    assert (hit["session"]["id"], hit["author"], hit["shown"]) == (str(chat.pk), "alice", True)
    assert hit["snippet"] == "The <b>parser</b> has a bug"
    assert [hit["snippet"][first:last] for first, last in hit["highlights"]] == ["parser"]
    assert alices.get(f"chat/messages/{hit['message']}").status_code == 200


def test_it_finds_what_one_may_read_and_nothing_else(
    alices: Program, bobs: Program, alice: User, bob: User, make_chat: Make
) -> None:
    say(make_chat(), alice, "A secret zebra")
    assert bobs.get("chat/search?q=zebra").json()["results"] == []
    shared = ChatSession.objects.create(owner=bob, title="Bobs")
    say(shared, bob, "A common zebra")
    assert alices.get("chat/search?q=zebra").json()["total"] == 1
    SessionMember.objects.create(session=shared, user=alice)
    assert alices.get("chat/search?q=zebra").json()["total"] == 2
    assert alices.get(f"chat/search?q=zebra&session={shared.pk}").json()["results"][0]["author"] == "bob"


def test_filters_narrow_it(alices: Program, alice: User, make_chat: Make) -> None:
    one, other = make_chat(), make_chat()
    say(one, alice, "zebra", "zebra")
    say(other, alice, "zebra", "horse")
    tag(chat=one, name="animals")
    tag(chat=one, name="striped")
    tag(chat=other, name="animals")
    ChatSession.objects.filter(pk=one.pk).update(starred=True, archived_at=timezone.now())
    today = timezone.localdate(timezone=alice.zone)
    counts = {
        "": 3, "role=user": 2, "role=assistant": 1, "role=tool": 0, "starred=true": 2, "starred=false": 1,
        "archived=true": 2, "archived=false": 1, "tags=animals": 3, "tags=Animals,striped": 2, "tags=none": 0,
        f"session={one.pk}": 2, f"from={today}": 3, f"to={today - timedelta(days=1)}": 0, "model=claude-none": 0,
        "order=newest": 3, "versions=true": 3,
    }  # fmt: skip
    for query, count in counts.items():
        assert alices.get(f"chat/search?q=zebra&{query}").json()["total"] == count, query
    assert alices.get("chat/search?q=zebra tag:striped -horse").json()["total"] == 2


def test_pages_lead_to_each_other(alices: Program, alice: User, make_chat: Make) -> None:
    for number in range(3):
        say(make_chat(), alice, f"zebra {number}")
    first = alices.get("chat/search?q=zebra&limit=2&order=newest").json()
    assert (len(first["results"]), first["total"], first["previous"]) == (2, 3, None)
    second = alices.client.get(first["next"]).json()
    assert [hit["snippet"] for hit in second["results"]] == ["zebra 0"]
    assert second["next"] is None
    assert alices.client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("", "q", "Field required"),
        ("q=", "q", "String should have at least 1"),
        ("q=-zebra", "q", "There is no word to look for yet."),
        ("q=tag:animals", "q", "There is no word to look for yet."),
        ("q=%00", "q", "A text without control characters."),
        ("q=a&from=2026-11-31", "from", "This is no day."),
        ("q=a&from=1999-01-01", "from", "A day from 2000 to 2199."),
        ("q=a&from=2026-11-03&to=2026-11-02", "from", "The first day is after the last one"),
        ("q=a&session=x", "session", "Input should be a valid UUID"),
        ("q=a&role=system", "role", "Input should be"),
        ("q=a&starred=1", "starred", "true or false."),
        ("q=a&limit=101", "limit", "Input should be less"),
        ("q=a&offset=-1", "offset", "Input should be greater"),
        ("q=a&everyone=true", "everyone", "There is no such parameter."),
    ],
)
def test_what_is_not_understood_is_told(alices: Program, query: str, field: str, words: str) -> None:
    refused = alices.get(f"chat/search?{query}")
    assert (refused.status_code, problem(refused)) == (400, "invalid")
    assert refused.json()["fields"][field][0].startswith(words)
