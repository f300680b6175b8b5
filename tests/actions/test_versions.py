"""Retry, Continue and Regenerate make new versions; Stop ends what nobody works on; nothing is overwritten."""

from __future__ import annotations

import pytest

from sessions_app.actions import replies
from sessions_app.actions.errors import NotNow, NotPossible, UnknownModel
from sessions_app.models import ChatSession, Message, Reply, ReplyChunk

from .steps import begin, end, send


def answered(
    chat: ChatSession, status: str = "complete", text: str = "An answer", reason: str = "end"
) -> Message:
    reply = send(chat, "Question").reply
    end(reply, status, text, reason)
    assert reply is not None
    return Message.objects.select_related("reply", "parent").get(pk=reply.pk)


def shown(chat: ChatSession) -> list[str]:
    return [str(row.pk) for row in Message.objects.filter(session=chat).shown()]


@pytest.mark.parametrize("status", ["failed", "interrupted", "stopped"])
def test_retry_is_a_new_version_below_the_same_question(chat: ChatSession, status: str) -> None:
    old = answered(chat, status, "Half", "error")
    reply = replies.retry_reply(message=old)
    assert reply.message.parent_id == old.parent_id
    assert (reply.status, reply.message.content) == ("queued", "")
    assert shown(chat) == [str(old.parent_id), str(reply.pk)]
    old.refresh_from_db()
    assert (old.content, old.reply.status, old.active) == ("Half", status, False)
    assert ReplyChunk.objects.filter(reply=old.pk).exists()


def test_a_complete_answer_is_not_retried(chat: ChatSession) -> None:
    with pytest.raises(NotPossible):
        replies.retry_reply(message=answered(chat))


def test_regenerate_answers_anew_and_keeps_the_old_answer(chat: ChatSession) -> None:
    old = answered(chat)
    reply = replies.regenerate_reply(message=old)
    end(reply, text="Another answer")
    again = replies.regenerate_reply(
        message=Message.objects.select_related("reply", "parent").get(pk=reply.pk)
    )
    end(again, text="A third answer")
    versions = Message.objects.filter(parent=old.parent_id).order_by("born")
    assert [row.content for row in versions] == ["An answer", "Another answer", "A third answer"]
    assert [row.active for row in versions] == [False, False, True]


def test_regenerate_by_a_model_that_is_not_offered_is_refused(chat: ChatSession) -> None:
    old = answered(chat)
    with pytest.raises(UnknownModel):
        replies.regenerate_reply(message=old, model="no-such-model")
    assert shown(chat)[-1] == str(old.pk)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("interrupted", "error"),
        ("stopped", "stopped"),
        ("complete", "max_tokens"),
        ("complete", "turn_limit"),
    ],
)
def test_continue_is_offered_where_the_answer_was_cut(chat: ChatSession, status: str, reason: str) -> None:
    old = answered(chat, status, "Half", reason)
    reply = replies.continue_reply(message=old)
    assert reply.model_config["continues"] == str(old.pk)
    old.refresh_from_db()
    assert old.content == "Half"


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [("complete", "end", "Whole"), ("failed", "error", "Half"), ("stopped", "stopped", "")],
)
def test_continue_is_refused_where_there_is_nothing_to_go_on_with(
    chat: ChatSession, status: str, reason: str, text: str
) -> None:
    with pytest.raises(NotPossible):
        replies.continue_reply(message=answered(chat, status, text, reason))


def test_no_new_version_while_a_reply_runs(chat: ChatSession) -> None:
    old = answered(chat, "failed", "Half", "error")
    begin(replies.retry_reply(message=old))
    with pytest.raises(NotNow):
        replies.retry_reply(message=old)


def test_a_version_that_is_not_shown_is_not_answered_anew(chat: ChatSession) -> None:
    old = answered(chat)
    end(replies.regenerate_reply(message=old))
    old = Message.objects.select_related("reply", "parent").get(pk=old.pk)
    with pytest.raises(NotPossible):
        replies.regenerate_reply(message=old)


def test_a_new_version_tells_pages_that_messages_moved(chat: ChatSession) -> None:
    old = answered(chat)
    replies.regenerate_reply(message=old)
    chat.refresh_from_db()
    assert chat.structure_version == chat.version


def test_stop_ends_a_queued_reply_on_the_spot(chat: ChatSession) -> None:
    reply = send(chat, "Question").reply
    assert reply is not None
    replies.request_stop(chat=chat)
    row = Reply.objects.get(pk=reply.pk)
    assert (row.status, row.stop_reason) == ("stopped", "stopped")
    assert row.finished_at is not None
    chunks = ReplyChunk.objects.get(reply=reply.pk).chunks
    assert [chunk["data"]["status"] for chunk in chunks] == ["stopped"]


def test_stop_of_a_running_reply_is_a_request(chat: ChatSession) -> None:
    reply = begin(send(chat, "Question").reply)
    replies.request_stop(chat=chat)
    reply.refresh_from_db()
    assert reply.status == "running"
    first = reply.stop_requested_at
    replies.request_stop(chat=chat)
    reply.refresh_from_db()
    assert reply.stop_requested_at == first is not None


def test_stop_where_nothing_runs_changes_nothing(chat: ChatSession) -> None:
    answered(chat)
    chat.refresh_from_db()
    version = chat.version
    assert replies.request_stop(chat=chat) is None
    chat.refresh_from_db()
    assert chat.version == version
