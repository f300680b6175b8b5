"""Drafts: one a person and session, replaced by what is typed next, gone with the send and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.actions.drafts import drop_draft, keep_draft
from sessions_app.actions.errors import ClientIdReused, MessageTooLong
from sessions_app.actions.opening import open_session
from sessions_app.models import ChatSession, Draft, Message, User

from .steps import begin, send


def drafts_of(user: User) -> list[tuple[Any, str]]:
    return list(Draft.objects.for_user(user).order_by("pk").values_list("session", "content"))


def test_what_is_typed_next_replaces_what_was_kept(alice: User, chat: ChatSession) -> None:
    keep_draft(user=alice, chat=chat, content="half a")
    keep_draft(user=alice, chat=chat, content="half a thought\r\n")
    assert drafts_of(alice) == [(chat.pk, "half a thought\n")]


def test_each_session_each_person_and_the_one_not_made_yet_have_their_own(
    alice: User, bob: User, make_chat: Any
) -> None:
    first, second = make_chat(), make_chat()
    for user, chat, content in [
        (alice, first, "one"),
        (alice, second, "two"),
        (alice, None, "new"),
        (bob, first, "bobs"),
    ]:
        keep_draft(user=user, chat=chat, content=content)
    keep_draft(user=alice, chat=None, content="newer")
    assert drafts_of(alice) == [(first.pk, "one"), (second.pk, "two"), (None, "newer")]
    assert drafts_of(bob) == [(first.pk, "bobs")]


def test_a_page_is_shown_the_draft_of_its_person_and_place(alice: User, bob: User, chat: ChatSession) -> None:
    keep_draft(user=alice, chat=chat, content="in the chat")
    keep_draft(user=alice, chat=None, content="in none")
    places = [(alice, chat.pk, "in the chat"), (alice, None, "in none"), (bob, chat.pk, ""), (bob, None, "")]
    for user, place, content in places:
        kept = Draft.kept_of(user.pk, place)
        assert (kept.content if kept else "") == content


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_text_drops_it(alice: User, chat: ChatSession, empty: str) -> None:
    keep_draft(user=alice, chat=chat, content="something")
    assert keep_draft(user=alice, chat=chat, content=empty) is None
    assert drafts_of(alice) == []


def test_dropping_what_is_not_there_is_no_error(alice: User, chat: ChatSession) -> None:
    drop_draft(user=alice, chat=chat)
    drop_draft(user=alice, chat=None)


def test_a_text_too_long_to_send_is_not_kept(alice: User, chat: ChatSession, settings: Any) -> None:
    settings.MAX_MESSAGE_BYTES = 10
    keep_draft(user=alice, chat=chat, content="short")
    with pytest.raises(MessageTooLong):
        keep_draft(user=alice, chat=chat, content="ä" * 6)
    assert drafts_of(alice) == [(chat.pk, "short")]


def test_it_goes_with_the_send(alice: User, chat: ChatSession) -> None:
    keep_draft(user=alice, chat=chat, content="a thought")
    send(chat, "a thought", drops_draft=True)
    assert drafts_of(alice) == []


def test_it_goes_with_a_send_that_waits_and_with_a_repeated_one(alice: User, chat: ChatSession) -> None:
    begin(send(chat, "Now").reply)
    for _time in range(2):
        keep_draft(user=alice, chat=chat, content="Later")
        send(chat, "Later", client_id="later", drops_draft=True)
        assert drafts_of(alice) == []


def test_a_send_that_is_no_draft_leaves_it(alice: User, chat: ChatSession) -> None:
    """A program's message, or a starter's: what stands in the box of a page is not theirs."""
    keep_draft(user=alice, chat=chat, content="a thought")
    send(chat, "Another message")
    assert drafts_of(alice) == [(chat.pk, "a thought")]


def test_a_refused_send_leaves_it(alice: User, chat: ChatSession) -> None:
    send(chat, "Known", client_id="known")
    keep_draft(user=alice, chat=chat, content="Other")
    with pytest.raises(ClientIdReused):
        send(chat, "Other", client_id="known", drops_draft=True)
    assert drafts_of(alice) == [(chat.pk, "Other")]


def test_the_first_message_takes_the_draft_without_a_session_and_no_other(
    alice: User, chat: ChatSession
) -> None:
    keep_draft(user=alice, chat=chat, content="in the chat")
    keep_draft(user=alice, chat=None, content="begun")
    assert open_session(owner=alice, content="begun", drops_draft=True) == chat
    assert drafts_of(alice) == [(chat.pk, "in the chat")]


@pytest.mark.parametrize("named", [True, False], ids=["in its session", "before there was one"])
@pytest.mark.parametrize("waits", [False, True], ids=["sent", "waiting"])
def test_a_draft_that_comes_after_its_own_message_is_not_kept(
    alice: User, chat: ChatSession, named: bool, waits: bool
) -> None:
    if waits:
        begin(send(chat, "Now").reply)
    send(chat, "a thought", client_id="a")
    place = chat if named else None
    assert keep_draft(user=alice, chat=place, content="a though", client_id="a") is None
    assert keep_draft(user=alice, chat=place, content="the next one", client_id="b") is not None


def test_a_session_that_goes_takes_its_drafts(alice: User, chat: ChatSession) -> None:
    keep_draft(user=alice, chat=chat, content="a thought")
    Message.objects.filter(session=chat).delete()
    chat.delete()
    assert drafts_of(alice) == []
