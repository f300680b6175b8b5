from __future__ import annotations

import pytest

from sessions_app.actions.errors import Refused
from sessions_app.actions.marks import rate_message
from sessions_app.models import ChatSession, Mark, Message, SessionMember, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(chat: ChatSession) -> Message:
    return Message.objects.create(session=chat, role="assistant", position=1, content="An answer")


def test_a_rating_is_kept_with_its_comment(alice: User, answer: Message) -> None:
    mark = rate_message(message=answer, user=alice, value=1, comment="  Just what I needed\x00 ")
    kept = Mark.objects.get(pk=mark.pk)
    assert (kept.kind, kept.value, kept.user, kept.message) == ("rating", 1, alice, answer)
    assert kept.comment.startswith("Just what I needed")
    assert "\x00" not in kept.comment


def test_a_second_rating_replaces_the_first(alice: User, answer: Message) -> None:
    rate_message(message=answer, user=alice, value=1, comment="Good")
    rate_message(message=answer, user=alice, value=-1)
    assert [(mark.value, mark.comment) for mark in Mark.objects.all()] == [(-1, "")]


def test_two_people_have_a_rating_each(alice: User, bob: User, chat: ChatSession, answer: Message) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="reader")
    rate_message(message=answer, user=alice, value=1)
    rate_message(message=answer, user=bob, value=-1)
    found = Mark.objects.for_user(bob).ratings().order_by("value")
    assert [mark.value for mark in found] == [-1, 1]


def test_a_stranger_rates_nothing_and_learns_nothing(bob: User, staff: User, answer: Message) -> None:
    for person in (bob, staff):
        with pytest.raises(Refused) as refused:
            rate_message(message=answer, user=person, value=1)
        assert refused.value.status == 404
    assert not Mark.objects.exists()


@pytest.mark.parametrize("value", [0, 2, -2, 100])
def test_a_rating_is_good_or_bad(alice: User, answer: Message, value: int) -> None:
    with pytest.raises(Refused):
        rate_message(message=answer, user=alice, value=value)
    assert not Mark.objects.exists()


def test_people_do_not_rate_people(alice: User, chat: ChatSession) -> None:
    question = Message.objects.create(session=chat, role="user", position=1, content="A question")
    with pytest.raises(Refused):
        rate_message(message=question, user=alice, value=1)


def test_a_long_comment_is_cut(alice: User, answer: Message) -> None:
    assert len(rate_message(message=answer, user=alice, value=1, comment="x" * 5000).comment) == 1000
