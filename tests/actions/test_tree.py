"""Editing, asking again, switching, deleting and bringing back: nothing is overwritten, the shown path stays whole."""

from __future__ import annotations

import pytest

from sessions_app import doctor
from sessions_app.actions import replies, versions
from sessions_app.actions.errors import EmptyMessage, NotNow, NotPossible
from sessions_app.actions.paths import path_through
from sessions_app.agent.context import plan
from sessions_app.models import ChatSession, Message, Reply, SearchEntry, User
from sessions_app.rendering.article import articles

from .steps import begin, end, send


@pytest.fixture(autouse=True)
def healthy(db: None) -> object:
    yield
    assert doctor.examine() == []


def say(chat: ChatSession, question: str, answer: str) -> tuple[Message, Message]:
    reply = send(chat, question).reply
    end(reply, text=answer)
    assert reply is not None
    row = Message.objects.select_related("reply", "parent").get(pk=reply.pk)
    assert row.parent is not None
    return row.parent, row


def shown(chat: ChatSession) -> list[str]:
    return [row.content for row in Message.objects.filter(session=chat).shown()]


def found(word: str) -> list[str]:
    return list(SearchEntry.objects.filter(text__contains=word).values_list("text", flat=True))


# ---------------------------------------------------------------- save


def test_saving_keeps_the_place_what_follows_and_the_former_text(chat: ChatSession, alice: User) -> None:
    question, _ = say(chat, "First thought", "One")
    say(chat, "Later", "Two")
    versions.edit_message(message=question, person=alice, content="Second thought")
    assert shown(chat) == ["Second thought", "One", "Later", "Two"]
    question.refresh_from_db()
    assert [(each["content"], each["by"]) for each in question.revisions] == [("First thought", alice.pk)]
    assert "Second thought" in question.html
    assert (found("First thought"), found("Second thought")) == ([], ["Second thought"])


def test_of_two_that_save_the_last_one_stays_and_both_texts_are_kept(chat: ChatSession, alice: User) -> None:
    question, _ = say(chat, "Original", "One")
    for text in ("From one tab", "From the other"):
        versions.edit_message(message=question, person=alice, content=text)
    question.refresh_from_db()
    kept = [each["content"] for each in question.revisions]
    assert [*kept, question.content] == ["Original", "From one tab", "From the other"]


def test_saving_the_same_words_changes_nothing(chat: ChatSession, alice: User) -> None:
    question, _ = say(chat, "Same", "One")
    before = ChatSession.objects.get(pk=chat.pk).version
    versions.edit_message(message=question, person=alice, content="Same")
    assert ChatSession.objects.get(pk=chat.pk).version == before
    with pytest.raises(EmptyMessage):
        versions.edit_message(message=question, person=alice, content="  ")


def test_answers_are_not_edited(chat: ChatSession, alice: User) -> None:
    _, answer = say(chat, "Question", "One")
    with pytest.raises(NotPossible):
        versions.edit_message(message=answer, person=alice, content="Mine now")


# ---------------------------------------------------------------- send again, switch


def test_sending_again_is_a_version_with_an_answer_of_its_own(chat: ChatSession, alice: User) -> None:
    question, _ = say(chat, "Which way", "Left")
    say(chat, "And then", "Straight on")
    sent = versions.send_again(message=question, author=alice, content="Which way home", client_id="again")
    end(sent.reply, text="Right")
    assert shown(chat) == ["Which way home", "Right"]
    rows = articles(Message.objects.filter(session=chat).shown().select_related("reply", "author"))
    first = rows[0].versions
    assert first is not None
    assert (first.number, first.count, first.earlier, first.later) == (2, 2, str(question.pk), "")
    assert rows[1].versions is None
    again = versions.send_again(message=question, author=alice, content="Which way home", client_id="again")
    assert again.repeated
    assert Message.objects.filter(session=chat, role="user").count() == 3


def test_switching_brings_back_everything_below_and_what_was_chosen_there(
    chat: ChatSession, alice: User
) -> None:
    question, _ = say(chat, "Which way", "Left")
    _, second = say(chat, "And then", "Straight on")
    reply = replies.regenerate_reply(message=second)
    end(reply, text="Around the corner")
    versions.switch_version(message=second)
    assert shown(chat) == ["Which way", "Left", "And then", "Straight on"]
    end(versions.send_again(message=question, author=alice, content="Which way home").reply, text="Right")
    versions.switch_version(message=question)
    assert shown(chat) == ["Which way", "Left", "And then", "Straight on"]
    chat.refresh_from_db()
    assert (chat.message_count, chat.structure_version) == (4, chat.version)
    newer = Message.objects.get(session=chat, content="Around the corner")
    assert [str(key) for key in path_through(chat.pk, newer.pk)][-1] == str(newer.pk)


def test_a_new_version_is_shown_whatever_was_chosen_before(chat: ChatSession) -> None:
    _, answer = say(chat, "Which way", "Left")
    end(replies.regenerate_reply(message=answer), text="Right")
    versions.switch_version(message=answer)
    answer.refresh_from_db()
    end(replies.regenerate_reply(message=answer), text="Up")
    assert shown(chat) == ["Which way", "Up"]


def test_sending_a_hidden_version_again_goes_on_from_there(chat: ChatSession, alice: User) -> None:
    first, answer = say(chat, "One", "1")
    hidden, _ = say(chat, "Two", "2")
    end(replies.regenerate_reply(message=answer), text="uno")
    end(versions.send_again(message=hidden, author=alice, content="Zwei").reply, text="zwei")
    assert shown(chat) == ["One", "1", "Zwei", "zwei"]
    assert first.active


@pytest.mark.parametrize("status", ["queued", "running"])
def test_nothing_moves_while_an_answer_is_written(chat: ChatSession, alice: User, status: str) -> None:
    question, answer = say(chat, "Question", "Answer")
    running = send(chat, "Next").reply
    if status == "running":
        begin(running)
    for act in (
        lambda: versions.switch_version(message=answer),
        lambda: versions.delete_message(message=question),
        lambda: versions.send_again(message=question, author=alice, content="Else"),
    ):
        with pytest.raises(NotNow):
            act()
    versions.edit_message(message=question, person=alice, content="Saved meanwhile")
    assert shown(chat)[:2] == ["Saved meanwhile", "Answer"]
    Reply.objects.filter(session=chat).delete()
    Message.objects.filter(session=chat).delete()
    ChatSession.objects.filter(pk=chat.pk).update(message_count=0)


# ---------------------------------------------------------------- delete, bring back


def test_deleting_takes_what_follows_and_can_be_taken_back(chat: ChatSession) -> None:
    say(chat, "One", "apple")
    second, _ = say(chat, "Two", "banana")
    say(chat, "Three", "cherry")
    key = versions.delete_message(message=second)
    assert shown(chat) == ["One", "apple"]
    assert found("banana") == []
    chat.refresh_from_db()
    assert chat.message_count == 2
    versions.restore_messages(chat=chat, deletion=key)
    assert shown(chat) == ["One", "apple", "Two", "banana", "Three", "cherry"]
    assert found("banana") == ["banana"]
    with pytest.raises(NotPossible):
        versions.restore_messages(chat=chat, deletion=key)


def test_deleting_a_version_shows_the_one_beside_it(chat: ChatSession) -> None:
    _, answer = say(chat, "Which way", "Left")
    end(replies.regenerate_reply(message=answer), text="Right")
    newest = Message.objects.get(session=chat, content="Right")
    versions.delete_message(message=newest)
    assert shown(chat) == ["Which way", "Left"]


def test_what_was_sent_after_a_deletion_becomes_a_version_when_it_is_taken_back(chat: ChatSession) -> None:
    say(chat, "One", "1")
    second, _ = say(chat, "Two", "2")
    key = versions.delete_message(message=second)
    say(chat, "Zwei", "zwei")
    versions.restore_messages(chat=chat, deletion=key)
    assert shown(chat) == ["One", "1", "Two", "2"]
    assert Message.objects.get(content="Zwei").deleted_at is None


def test_a_deletion_inside_another_is_brought_back_after_it(chat: ChatSession) -> None:
    first, _ = say(chat, "One", "1")
    second, _ = say(chat, "Two", "2")
    inner = versions.delete_message(message=second)
    outer = versions.delete_message(message=first)
    assert shown(chat) == []
    with pytest.raises(NotPossible):
        versions.restore_messages(chat=chat, deletion=inner)
    versions.restore_messages(chat=chat, deletion=outer)
    assert shown(chat) == ["One", "1"]
    versions.restore_messages(chat=chat, deletion=inner)
    assert shown(chat) == ["One", "1", "Two", "2"]


def test_what_was_deleted_is_not_acted_upon(chat: ChatSession, alice: User) -> None:
    question, _ = say(chat, "One", "1")
    versions.delete_message(message=question)
    for act in (
        lambda: versions.delete_message(message=question),
        lambda: versions.switch_version(message=question),
        lambda: versions.edit_message(message=question, person=alice, content="Else"),
        lambda: versions.send_again(message=question, author=alice, content="Else"),
    ):
        with pytest.raises(NotPossible):
            act()


def test_after_an_answer_was_deleted_the_talk_goes_on(chat: ChatSession) -> None:
    _, answer = say(chat, "One", "1")
    versions.delete_message(message=answer)
    say(chat, "Two", "2")
    assert shown(chat) == ["One", "Two", "2"]


# ---------------------------------------------------------------- the line


def asked_with(chat: ChatSession, question: str) -> list[str]:
    reply = send(chat, question).reply
    assert reply is not None
    row = Reply.objects.select_related("message__parent__author", "session__owner").get(pk=reply.pk)
    texts = [part.text for turn in plan(row).request.turns for part in turn.parts if hasattr(part, "text")]
    end(reply, text="Answer")
    return texts


def test_above_the_line_nothing_is_sent_and_all_of_it_again_without_it(chat: ChatSession) -> None:
    say(chat, "Secret", "Hush")
    assert versions.clear_context(chat=chat)
    assert not versions.clear_context(chat=chat)
    assert asked_with(chat, "Anew") == ["Anew"]
    assert asked_with(chat, "More") == ["Anew", "Answer", "More"]
    rows = articles(Message.objects.filter(session=chat).shown().select_related("reply", "author"))
    assert [row.above_line for row in rows] == [False, True, False, False, False, False]
    versions.restore_context(chat=chat)
    assert asked_with(chat, "All")[:2] == ["Secret", "Hush"]


def test_the_line_belongs_to_its_version(chat: ChatSession, alice: User) -> None:
    question, _ = say(chat, "Old", "1")
    versions.clear_context(chat=chat)
    end(versions.send_again(message=question, author=alice, content="New").reply, text="2")
    assert asked_with(chat, "Next") == ["New", "2", "Next"]
    versions.switch_version(message=question)
    assert asked_with(chat, "Here") == ["Here"]


def test_an_empty_session_has_no_line(chat: ChatSession) -> None:
    assert not versions.clear_context(chat=chat)
