"""A session may be deleted while someone else is about to change it: that is refused, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sessions_app.actions import marks, pending, replies, versions
from sessions_app.actions.branching import merge_session
from sessions_app.actions.errors import Refused, SessionDeleted
from sessions_app.actions.messages import send_message
from sessions_app.actions.organising import delete_sessions, restore_sessions
from sessions_app.actions.sessions import change_settings, set_title
from sessions_app.models import ChatSession, PendingMessage, Reply, User

from .steps import send
from .test_tree import say, shown

ACTS: dict[str, Callable[[Any], object]] = {
    "send": lambda at: send_message(chat=at.chat, author=at.alice, content="More"),
    "edit": lambda at: versions.edit_message(message=at.question, person=at.alice, content="Other"),
    "send again": lambda at: versions.send_again(message=at.question, author=at.alice, content="Other"),
    "switch": lambda at: versions.switch_version(message=at.answer),
    "delete": lambda at: versions.delete_message(message=at.question),
    "bring back": lambda at: versions.restore_messages(chat=at.chat, deletion=at.question.pk),
    "clear": lambda at: versions.clear_context(chat=at.chat),
    "put back": lambda at: versions.restore_context(chat=at.chat),
    "regenerate": lambda at: replies.regenerate_reply(message=at.answer),
    "settings": lambda at: change_settings(chat=at.chat, values={"max_turns": 3}),
    "title": lambda at: set_title(chat=at.chat, title="Other", by_model=False),
    "react": lambda at: marks.react(message=at.answer, user=at.alice, emoji="👍"),
    "edit what waits": lambda at: pending.edit_pending(pending=at.waits, content="Other"),
    "remove what waits": lambda at: pending.remove_pending(pending=at.waits),
    "hurry": lambda at: pending.hurry_pending(pending=at.waits),
    "merge it": lambda at: merge_session(source=at.chat, target=at.other, person=at.alice),
    "merge into it": lambda at: merge_session(source=at.other, target=at.chat, person=at.alice),
}


class Standing:
    """A conversation as a page knows it that was made before the session was deleted."""

    def __init__(self, chat: ChatSession, other: ChatSession, alice: User) -> None:
        self.chat, self.other, self.alice = chat, other, alice
        say(other, "Two", "2")
        self.question, self.answer = say(chat, "One", "1")
        self.waits = PendingMessage.objects.create(session=chat, author=alice, client_id="w", content="Waits")
        self.waits.session = chat


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_changed_in_a_session_that_was_deleted_meanwhile(
    chat: ChatSession, make_chat: Any, alice: User, name: str
) -> None:
    at = Standing(chat, make_chat(), alice)
    delete_sessions(chats=[chat])
    refusal = Refused if name == "react" else SessionDeleted
    with pytest.raises(refusal):
        ACTS[name](at)
    assert not Reply.objects.unfinished().exists()
    restore_sessions(chats=[chat])
    assert (shown(chat), shown(at.other)) == (["One", "1"], ["Two", "2"])
    assert list(chat.pending.values_list("content", flat=True)) == ["Waits"]
    at.other.refresh_from_db()
    assert at.other.archived_at is None


def test_what_waits_in_a_deleted_session_is_not_sent(chat: ChatSession) -> None:
    send(chat, "One")
    send(chat, "Waits")
    delete_sessions(chats=[chat])
    assert not Reply.objects.unfinished().exists()
    assert chat.pending.count() == 1
