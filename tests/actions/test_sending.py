"""Sending: one transaction, one message, one reply, whatever is repeated or refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from sessions_app.actions import messages, opening, sessions
from sessions_app.actions.errors import (
    ClientIdReused,
    EmptyMessage,
    MessageTooLong,
    NotPossible,
    PathChanged,
    Refused,
    ShuttingDown,
    UnknownModel,
)
from sessions_app.actions.replies import regenerate_reply
from sessions_app.actions.settings import BadSetting
from sessions_app.models import ChatSession, Message, PendingMessage, Reply, SessionMember, User, uuid7
from sessions_app.realtime import feed

from .steps import counts, end, send


def test_a_send_makes_the_message_and_its_queued_answer(chat: ChatSession) -> None:
    sent = send(chat, "Hello **you**")
    assert sent.message is not None
    assert sent.reply is not None
    assert (sent.message.role, sent.message.content, sent.message.position) == ("user", "Hello **you**", 1)
    answer = Message.objects.get(pk=sent.reply.pk)
    assert (answer.role, answer.parent, answer.position, answer.content) == (
        "assistant",
        sent.message,
        2,
        "",
    )
    assert sent.reply.status == Reply.Status.QUEUED
    chat.refresh_from_db()
    assert (chat.version, chat.message_count, chat.title) == (1, 2, "Hello you")


def test_the_same_client_id_twice_is_one_message_and_one_reply(chat: ChatSession) -> None:
    first, second = send(chat, "Hello", client_id="a"), send(chat, "Hello", client_id="a")
    assert (second.message, second.reply, second.repeated) == (first.message, first.reply, True)
    assert counts(chat) == (1, 1, 0)


def test_another_content_under_a_known_client_id_is_refused(chat: ChatSession) -> None:
    send(chat, "Hello", client_id="a")
    with pytest.raises(ClientIdReused) as refused:
        send(chat, "Bye", client_id="a")
    assert refused.value.status == 409
    assert counts(chat) == (1, 1, 0)


def test_a_client_id_counts_within_its_own_session_only(chat: ChatSession, make_chat: Any) -> None:
    other = make_chat()
    send(chat, "Hello", client_id="a")
    send(other, "Bye", client_id="a")
    assert counts(chat) == counts(other) == (1, 1, 0)


def test_a_client_id_stays_known_after_the_answer(chat: ChatSession) -> None:
    first = send(chat, "Hello", client_id="a")
    end(first.reply)
    assert send(chat, "Hello", client_id="a").message == first.message
    assert counts(chat) == (1, 1, 0)


@pytest.mark.parametrize("content", ["", "  \n\t ", "\n"])
def test_an_empty_message_is_refused(chat: ChatSession, content: str) -> None:
    with pytest.raises(EmptyMessage):
        send(chat, content)
    assert counts(chat) == (0, 0, 0)


def test_a_message_beyond_the_limit_is_refused_by_its_bytes(chat: ChatSession, settings: Any) -> None:
    settings.MAX_MESSAGE_BYTES = 100
    send(chat, "x" * 100)
    with pytest.raises(MessageTooLong):
        send(chat, "ä" * 51)


def test_nul_and_lone_surrogates_are_replaced(chat: ChatSession) -> None:
    sent = send(chat, "a\x00b\ud83dc")
    assert sent.message is not None
    stored = Message.objects.get(pk=sent.message.pk).content
    assert "\x00" not in stored
    assert stored.encode()


def test_a_model_that_is_not_offered_is_refused(chat: ChatSession) -> None:
    with pytest.raises(UnknownModel):
        send(chat, "Hello", model="no-such-model")
    assert counts(chat) == (0, 0, 0)


def test_a_send_while_shutting_down_is_refused(chat: ChatSession) -> None:
    feed.close()
    try:
        with pytest.raises(ShuttingDown) as refused:
            send(chat, "Hello")
    finally:
        feed.reopen()
    assert refused.value.status == 503


def test_a_parent_takes_the_place_of_what_was_below_it_and_nothing_is_lost(chat: ChatSession) -> None:
    first = send(chat, "One")
    end(first.reply, text="Answer one")
    second = send(chat, "Two")
    end(second.reply, text="Answer two")
    assert first.reply is not None
    send(chat, "Other two", parent=first.reply.pk)
    shown = [row.content for row in Message.objects.filter(session=chat).shown()]
    assert shown == ["One", "Answer one", "Other two", ""]
    assert Message.objects.filter(session=chat, content="Answer two").exists()


def test_a_parent_of_another_session_or_a_hidden_one_is_refused(chat: ChatSession, make_chat: Any) -> None:
    first = send(chat, "One")
    end(first.reply)
    other = make_chat()
    assert first.reply is not None
    with pytest.raises(NotPossible):
        send(other, "Two", parent=first.reply.pk)
    Message.objects.filter(pk=first.reply.pk).update(active=False)
    with pytest.raises(NotPossible):
        send(chat, "Two", parent=first.reply.pk)


def test_a_message_whose_writer_saw_another_path_is_refused(chat: ChatSession) -> None:
    first = send(chat, "One")
    end(first.reply, text="The first answer")
    assert first.reply is not None
    again = regenerate_reply(message=first.reply.message)
    end(again, text="The second answer")
    with pytest.raises(PathChanged) as refused:
        send(chat, "About the first", seen=first.reply.pk, client_id="a")
    assert refused.value.status == 409
    assert "Your text is kept" in refused.value.sentence
    assert send(chat, "About the second", seen=again.pk, client_id="a").reply is not None
    with pytest.raises(PathChanged):  # also while an answer is written: it would wait for its end
        send(chat, "About the first", seen=first.reply.pk)
    assert counts(chat) == (2, 3, 0)


def test_a_message_whose_writer_saw_less_of_the_path_goes_to_its_end(chat: ChatSession) -> None:
    first = send(chat, "One")
    end(first.reply)
    end(send(chat, "Two").reply)
    assert first.reply is not None
    send(chat, "Three", seen=first.reply.pk)
    shown = [row.content for row in Message.objects.filter(session=chat, role="user").shown()]
    assert shown == ["One", "Two", "Three"]


def test_what_was_sent_before_is_known_whatever_is_shown_now(chat: ChatSession) -> None:
    sent = send(chat, "One", client_id="a")
    assert send(chat, "One", client_id="a", seen=uuid7()).message == sent.message


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_posts_of_one_client_id_are_one_message(as_alice: Client, chat: ChatSession) -> None:
    cookie = as_alice.cookies["sessionid"].value

    def post(_: int) -> int:
        client = Client(headers={"HX-Request": "true"})
        client.cookies["sessionid"] = cookie
        try:
            fields = {"content": "Hello", "client_id": "same"}
            return client.post(f"/sessions/{chat.pk}/messages/", fields).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(post, range(50)))
    assert statuses == [204] * 50
    assert counts(chat) == (1, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_parallel_first_messages_of_one_client_id_are_one_session(alice: User) -> None:
    def begin(_: int) -> Any:
        try:
            return opening.open_session(owner=alice, content="Hello", client_id="same").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        made = set(pool.map(begin, range(20)))
    assert len(made) == 1
    assert ChatSession.objects.count() == 1
    assert Reply.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_sends_of_different_messages_are_one_reply_and_a_queue(chat: ChatSession) -> None:
    def post(n: int) -> None:
        try:
            send(chat, f"Message {n}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(16)))
    assert counts(chat) == (1, 1, 15)
    positions = list(PendingMessage.objects.filter(session=chat).values_list("position", flat=True))
    assert positions == sorted(set(positions))


def test_a_refused_first_message_leaves_no_session_behind(alice: User) -> None:
    for content, model in (("", ""), ("Hello", "no-such-model")):
        with pytest.raises(Refused):
            opening.open_session(owner=alice, content=content, model=model)
    assert not ChatSession.objects.exists()


def test_the_current_session_is_the_newest_unless_it_is_older_than_24_hours(
    alice: User, make_chat: Any
) -> None:
    own = ChatSession.objects.for_user(alice)
    assert own.current() is None
    old = make_chat(last_activity_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert own.current() is None
    young = make_chat(last_activity_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert own.current() == young
    messages.send_message(chat=old, author=alice, content="Again")
    assert own.current() == old


def test_a_message_that_names_no_session_goes_to_the_current_one_or_makes_its_own(
    alice: User, make_chat: Any
) -> None:
    old = make_chat(last_activity_at=timezone.now() - timedelta(hours=25))
    made = opening.open_session(owner=alice, content="A new day")
    assert made != old
    assert opening.open_session(owner=alice, content="And more", client_id="again") == made
    assert opening.open_session(owner=alice, content="And more", client_id="again") == made
    assert (counts(made), counts(old)) == ((1, 1, 1), (0, 0, 0))


def test_an_open_session_takes_a_message_however_old_it_is(make_chat: Any) -> None:
    old = make_chat(last_activity_at=timezone.now() - timedelta(days=400))
    send(old, "Still here?")
    assert counts(old) == (1, 1, 0)


def test_a_title_that_a_person_wrote_is_never_replaced(chat: ChatSession) -> None:
    assert sessions.set_title(chat=chat, title="Mine", by_model=False)
    assert not sessions.set_title(chat=chat, title="The model's", by_model=True)
    send(chat, "Hello")
    chat.refresh_from_db()
    assert (chat.title, chat.title_source) == ("Mine", "person")


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 2},
        {"temperature": True},
        {"max_tokens": 0},
        {"max_turns": 51},
        {"context_window": 9},
        {"system_prompt": 5},
        {"thinking": "yes"},
        {"colour": "red"},
    ],
)
def test_a_setting_out_of_its_range_is_refused_by_name(alice: User, values: dict[str, Any]) -> None:
    with pytest.raises(BadSetting) as refused:
        sessions.create_session(owner=alice, settings=values)
    assert next(iter(values)) in refused.value.sentence
    assert not ChatSession.objects.exists()


# ---------------------------------------------------------------- members


@pytest.mark.parametrize(("role", "status"), [("writer", 204), ("reader", 404), (None, 404)])
def test_a_writer_may_send_a_reader_only_read_and_a_stranger_finds_nothing(
    as_bob: Client, bob: User, chat: ChatSession, role: str | None, status: int
) -> None:
    if role:
        SessionMember.objects.create(session=chat, user=bob, role=role)
    headers = {"HX-Request": "true"}
    answer = as_bob.post(f"/sessions/{chat.pk}/messages/", {"content": "Hello"}, headers=headers)
    assert answer.status_code == status
    assert as_bob.get(f"/sessions/{chat.pk}/").status_code == (200 if role else 404)
    assert counts(chat)[0] == (1 if role == "writer" else 0)
    if role == "writer":
        assert Message.objects.filter(session=chat, role="user").get().author == bob
