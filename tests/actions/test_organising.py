"""Putting sessions in order: what changes, what is kept, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.actions import organising, purging
from sessions_app.actions.errors import Refused, SessionDeleted
from sessions_app.actions.replies import regenerate_reply
from sessions_app.models import (
    ChatSession,
    Message,
    PendingMessage,
    Reply,
    SearchEntry,
    SessionTag,
    TokenUsage,
    User,
    Visit,
)
from sessions_app.realtime import feed
from tests.actions.steps import begin, end, send

MakeChat = Callable[..., ChatSession]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> list[dict[str, Any]]:
    """Signals that were sent."""
    signals: list[dict[str, Any]] = []
    monkeypatch.setattr(feed, "tell", signals.append)
    return signals


def test_a_star_is_put_on_and_taken_off_and_told(
    chat: ChatSession, told: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        organising.star(chats=[chat], on=True)
    assert told == [{"kind": "changed", "chat": str(chat.pk), "person": chat.owner_id}]
    chat.refresh_from_db()
    assert (chat.starred, chat.version) == (True, 1)
    organising.star(chats=[chat], on=False)
    chat.refresh_from_db()
    assert not chat.starred


def test_ordering_sessions_moves_none_of_them(make_chat: MakeChat) -> None:
    before = timezone.now() - timedelta(days=3)
    chat = make_chat(last_activity_at=before)
    organising.star(chats=[chat], on=True)
    organising.archive(chats=[chat], on=True)
    organising.tag(chat=chat, name="weekly")
    organising.delete_sessions(chats=[chat])
    organising.restore_sessions(chats=[chat])
    chat.refresh_from_db()
    assert chat.last_activity_at == before


def test_what_is_archived_at_once_has_one_moment_and_what_was_archived_keeps_its_own(
    make_chat: MakeChat,
) -> None:
    first, second = make_chat(), make_chat()
    earlier = organising.archive(chats=[first], on=True)
    later = organising.archive(chats=[first, second], on=True)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.archived_at, second.archived_at) == (earlier, later)
    organising.archive(chats=[first], on=False)
    first.refresh_from_db()
    assert first.archived_at is None


def test_a_deleted_session_is_out_of_everyones_sight_and_comes_back_whole(
    chat: ChatSession, alice: User
) -> None:
    end(send(chat, "A question").reply)
    organising.delete_sessions(chats=[chat])
    assert not ChatSession.objects.for_user(alice).exists()
    assert ChatSession.readable_by(alice.pk, chat.pk) is None
    assert ChatSession.writable_by(alice.pk, chat.pk) is None
    assert list(ChatSession.objects.deleted_by(alice)) == [chat]
    organising.restore_sessions(chats=[chat])
    assert list(ChatSession.objects.for_user(alice)) == [chat]
    assert chat.messages.shown().count() == 2


def test_deleting_asks_the_running_reply_to_stop_and_sends_nothing_after_it(
    chat: ChatSession, told: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    reply = begin(send(chat, "A question").reply)
    send(chat, "The next one")
    with django_capture_on_commit_callbacks(execute=True):
        organising.delete_sessions(chats=[chat])
    assert {"kind": "stop", "reply": str(reply.pk), "chat": str(chat.pk)} in told
    reply.refresh_from_db()
    assert reply.stop_requested_at is not None
    end(reply, "stopped", reason="stopped")
    assert Reply.objects.filter(session=chat).count() == 1
    assert PendingMessage.objects.get(session=chat).content == "The next one"


def test_a_queued_reply_of_a_deleted_session_ends_at_once(chat: ChatSession) -> None:
    send(chat, "A question")
    send(chat, "The next one")
    organising.delete_sessions(chats=[chat])
    assert list(chat.replies.values_list("status", flat=True)) == ["stopped"]
    assert chat.pending.count() == 1


def test_nothing_begins_in_a_deleted_session(chat: ChatSession) -> None:
    sent = send(chat, "A question")
    end(sent.reply)
    organising.delete_sessions(chats=[chat])
    with pytest.raises(SessionDeleted):
        send(chat, "Another")
    assert sent.reply is not None
    with pytest.raises(SessionDeleted):
        regenerate_reply(message=sent.reply.message)
    assert chat.replies.count() == 1


# ---------------------------------------------------------------- for good


def usage(chat: ChatSession, message: Message | None = None) -> TokenUsage:
    cost: Any = Decimal("0.5")
    return TokenUsage.objects.create(
        user=chat.owner, session=chat, session_key=chat.pk, message=message, model="m", provider="p",
        input=10, cost=cost, settled_at=timezone.now(),
    )  # fmt: skip


def test_for_good_means_rows_go_and_the_ledger_stays_without_text(chat: ChatSession) -> None:
    sent = send(chat, "A secret question")
    end(sent.reply)
    row = usage(chat, sent.reply.message if sent.reply else None)
    organising.tag(chat=chat, name="weekly")
    organising.delete_sessions(chats=[chat])
    purging.purge_session(chat=chat)
    assert not ChatSession.objects.filter(pk=chat.pk).exists()
    for model in (Message, Reply, SearchEntry, SessionTag):
        assert not model._default_manager.exists(), model
    row.refresh_from_db()
    assert (row.session_id, row.message_id, row.session_key) == (None, None, chat.pk)
    assert row.cost == Decimal("0.5")


def test_a_session_whose_reply_still_ends_is_not_purged(chat: ChatSession) -> None:
    begin(send(chat, "A question").reply)
    organising.delete_sessions(chats=[chat])
    with pytest.raises(Refused, match="still ending"):
        purging.purge_session(chat=chat)
    ChatSession.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert not purging.purge_deleted()
    assert chat.messages.count() == 2


def test_after_thirty_days_the_housekeeping_purges_in_bounded_steps(
    make_chat: MakeChat, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "STEP", 3)
    old, young, kept = make_chat(), make_chat(), make_chat()
    for _ in range(4):
        end(send(old, "A question").reply)
    organising.delete_sessions(chats=[old, young])
    ChatSession.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    left = []
    while purging.purge_deleted():
        left.append(old.messages.count())
    assert left == [5, 2, 0, 0]
    assert set(ChatSession.objects.all()) == {young, kept}
    assert list(ChatSession.objects.deleted_by(alice)) == [young]
    assert "sessions_app.actions.purging.purge_deleted" in product_housekeeping()


def product_housekeeping() -> list[str]:
    from chatproject import settings as product

    return product.HOUSEKEEPING


def test_a_long_session_is_out_of_reach_at_once_and_its_rows_follow(
    chat: ChatSession, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "STEP", 1)
    monkeypatch.setattr(purging, "AT_ONCE", 1)
    end(send(chat, "A question").reply)
    organising.delete_sessions(chats=[chat])
    purging.purge_session(chat=chat)
    assert chat.messages.count() == 1
    assert not ChatSession.objects.deleted_by(alice).exists()
    while purging.purge_deleted():
        pass
    assert not ChatSession.objects.exists()


# ---------------------------------------------------------------- tags


def test_a_tag_is_kept_trimmed_and_in_lower_case_and_once(chat: ChatSession) -> None:
    assert organising.tag(chat=chat, name="  Weekly   Costs ") == "weekly costs"
    organising.tag(chat=chat, name="weekly costs")
    row = chat.tags.get()
    assert (row.name, row.owner_id) == ("weekly costs", chat.owner_id)
    organising.untag(chat=chat, name="WEEKLY costs")
    assert not chat.tags.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a,b", "\x00"])
def test_a_tag_that_is_none_is_refused(chat: ChatSession, name: str) -> None:
    with pytest.raises(organising.BadTag):
        organising.tag(chat=chat, name=name)
    assert not chat.tags.exists()


def test_twenty_tags_are_enough(make_chat: MakeChat) -> None:
    full, other = make_chat(), make_chat()
    for number in range(20):
        organising.tag(chat=full, name=f"tag {number}")
    with pytest.raises(organising.TooManyTags):
        organising.tag(chat=full, name="one more")
    organising.tag(chat=full, name="tag 7")
    with pytest.raises(organising.TooManyTags):
        organising.tag_sessions(chats=[other, full], name="one more")
    assert not other.tags.exists()


def test_tagging_many_says_which_are_new(make_chat: MakeChat) -> None:
    first, second = make_chat(), make_chat()
    organising.tag(chat=first, name="weekly")
    assert organising.tag_sessions(chats=[first, second], name="weekly") == [second]
    organising.untag_sessions(chats=[second], name="weekly")
    assert list(SessionTag.objects.values_list("session", flat=True)) == [first.pk]


# ---------------------------------------------------------------- visits


def test_a_visit_is_written_only_where_something_is_new(chat: ChatSession, alice: User) -> None:
    assert organising.note_visit(chat=chat, user=alice)
    first = Visit.objects.get(user=alice, session=chat).at
    with CaptureQueriesContext(connection) as asked:
        assert not organising.note_visit(chat=chat, user=alice)
    assert len(asked) == 1
    chat.last_activity_at = timezone.now()
    chat.save()
    assert organising.note_visit(chat=chat, user=alice)
    assert Visit.objects.get(user=alice, session=chat).at > first
