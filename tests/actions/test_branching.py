"""Branches, duplicates and merged sessions are copies: they cost nothing, and nothing of their origins is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from sessions_app import doctor
from sessions_app.actions import branching, copying, replies, versions
from sessions_app.actions.branching import branch_session, duplicate_session, merge_session, unmerge_session
from sessions_app.actions.changes import messages_changed
from sessions_app.actions.errors import NotNow, NotPossible, Refused
from sessions_app.actions.organising import archive, delete_sessions
from sessions_app.models import ChatSession, Message, SearchEntry, SessionTag, TokenUsage, ToolCall, User
from sessions_app.rendering.article import articles
from sessions_app.views.deletions import deletions

from .steps import begin, end, send
from .test_tree import say, shown


@pytest.fixture(autouse=True)
def healthy(db: None) -> object:
    yield
    assert doctor.examine() == []


def rows(chat: ChatSession) -> list[Message]:
    return list(Message.objects.filter(session=chat).shown().select_related("reply", "author", "parent"))


def paid(answer: Message, cost: str = "0.25") -> None:
    TokenUsage.objects.create(
        user=answer.session.owner, session=answer.session, session_key=answer.session_id, message=answer,
        provider="offline", model="offline", input=100, output=20, cost=cost, price_source="catalog",
        settled_at=timezone.now(),
    )  # fmt: skip
    ChatSession.objects.filter(pk=answer.session_id).update(input_tokens=100, output_tokens=20, cost=cost)


# ---------------------------------------------------------------- branch


def test_a_branch_holds_the_path_to_its_message_and_knows_where_it_left(
    chat: ChatSession, alice: User
) -> None:
    say(chat, "One", "1")
    _, second = say(chat, "Two", "2")
    say(chat, "Three", "3")
    branch = branch_session(message=second, owner=alice)
    assert shown(branch) == ["One", "1", "Two", "2"]
    assert (branch.parent, branch.branched_from, branch.message_count) == (chat, second, 4)
    assert shown(chat) == ["One", "1", "Two", "2", "Three", "3"]
    copies = rows(branch)
    assert [row.author_id for row in copies] == [alice.pk, None, alice.pk, None]
    assert copies[3].created_at == second.created_at
    assert f"message-{second.pk}" not in copies[3].html
    assert SearchEntry.objects.filter(session=branch).count() == 4
    say(branch, "Elsewhere", "4")
    assert shown(chat)[-1] == "3"


def test_a_branch_from_a_version_that_is_not_shown(chat: ChatSession, alice: User) -> None:
    _, answer = say(chat, "Which way", "Left")
    end(replies.regenerate_reply(message=answer), text="Right")
    assert shown(branch_session(message=answer, owner=alice)) == ["Which way", "Left"]


def test_copies_show_their_origins_receipt_and_cost_nothing(chat: ChatSession, alice: User) -> None:
    _, answer = say(chat, "One", "1")
    paid(answer)
    branch = branch_session(message=answer, owner=alice)
    again = branch_session(message=rows(branch)[1], owner=alice)
    for copy in (branch, again):
        receipt = articles(rows(copy))[1].receipt
        assert receipt is not None
        assert (receipt.tokens_in, receipt.cost) == (100, "$0.2500")
        assert (copy.total_tokens, copy.cost) == (0, 0)
    assert TokenUsage.objects.count() == 1


def test_an_unfinished_answer_is_not_copied(chat: ChatSession, alice: User) -> None:
    _, answer = say(chat, "One", "1")
    reply = begin(send(chat, "Two").reply)
    with pytest.raises(NotNow):
        branch_session(message=reply.message, owner=alice)
    with pytest.raises(NotNow):
        duplicate_session(chat=chat, owner=alice)
    assert shown(branch_session(message=answer, owner=alice)) == ["One", "1"]
    end(reply)


def test_a_branch_from_a_deleted_message_is_refused(chat: ChatSession, alice: User) -> None:
    question, answer = say(chat, "One", "1")
    versions.delete_message(message=question)
    with pytest.raises(NotPossible):
        branch_session(message=answer, owner=alice)
    assert ChatSession.objects.count() == 1


# ---------------------------------------------------------------- duplicate


def test_a_duplicate_has_all_versions_tags_and_the_line(chat: ChatSession, alice: User) -> None:
    _, answer = say(chat, "Which way", "Left")
    end(replies.regenerate_reply(message=answer), text="Right")
    versions.switch_version(message=answer)
    versions.clear_context(chat=chat)
    SessionTag.objects.create(session=chat, owner=alice, name="maps")
    new = duplicate_session(chat=ChatSession.objects.get(pk=chat.pk), owner=alice)
    assert shown(new) == ["Which way", "Left"]
    told = articles(rows(new))[1]
    assert told.versions is not None
    assert (told.versions.number, told.versions.count) == (1, 2)
    assert told.above_line
    assert [tag.name for tag in new.tags.all()] == ["maps"]
    newer = Message.objects.get(session=new, content="Right")
    versions.switch_version(message=newer)
    assert (shown(new), shown(chat)) == (["Which way", "Right"], ["Which way", "Left"])


def test_tool_calls_are_copied_with_their_results(chat: ChatSession, alice: User) -> None:
    _, answer = say(chat, "One", "1")
    call = ToolCall.objects.create(
        message=answer, turn=1, tool_name="analyze_costs", tool_use_id="t1", input={}, result={"a": "lemon"},
        status="success",
    )  # fmt: skip
    part = {"kind": "tool_call", "turn": 1, "id": str(call.pk), "tool_use_id": "t1", "name": "x", "input": {}}
    Message.objects.filter(pk=answer.pk).update(parts=[part, *answer.parts])
    ChatSession.objects.filter(pk=chat.pk).update(tool_count=1)
    answer.reply.journal.all().delete()
    answer.reply.copied = True  # its journal does not tell of the call
    answer.reply.save()
    messages_changed(messages=[answer.pk])
    new = duplicate_session(chat=ChatSession.objects.get(pk=chat.pk), owner=alice)
    copied = ToolCall.objects.get(message__session=new)
    assert (copied.result, new.tool_count) == ({"a": "lemon"}, 1)
    assert rows(new)[1].parts[0]["id"] == str(copied.pk) != str(call.pk)


# ---------------------------------------------------------------- long ones, and what happens meanwhile


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Copies are made in lots of two; what is given happens once, after the first."""
    monkeypatch.setattr(copying, "LOT", 2)

    def arrange(step: Callable[[], object]) -> None:
        steps, lot = [step], copying.Copying._copy_lot

        def then(self: copying.Copying, origins: Any) -> None:
            lot(self, origins)
            if steps:
                steps.pop()()

        monkeypatch.setattr(copying.Copying, "_copy_lot", then)

    return arrange


def test_a_branch_is_of_what_was_there_when_it_was_asked_for(
    chat: ChatSession, alice: User, meanwhile: Any
) -> None:
    say(chat, "One", "1")
    question, answer = say(chat, "Two", "2")
    meanwhile(lambda: versions.delete_message(message=question))
    branch = branch_session(message=answer, owner=alice)
    assert (shown(branch), branch.message_count) == (["One", "1", "Two", "2"], 4)
    assert shown(chat) == ["One", "1"]


def test_a_duplicate_is_of_what_was_there_when_it_was_asked_for(
    chat: ChatSession, alice: User, meanwhile: Any
) -> None:
    _, first = say(chat, "One", "1")
    end(replies.regenerate_reply(message=first), text="Other")
    say(chat, "Two", "2")
    meanwhile(lambda: versions.switch_version(message=first))
    new = duplicate_session(chat=chat, owner=alice)
    assert (shown(new), new.message_count) == (["One", "Other", "Two", "2"], 4)
    assert shown(chat) == ["One", "1"]


def test_what_goes_for_good_meanwhile_is_left_out_with_what_hung_below(
    chat: ChatSession, alice: User, meanwhile: Any
) -> None:
    say(chat, "One", "1")
    question, _ = say(chat, "Two", "2")
    say(chat, "Three", "3")

    def purge() -> None:
        Message.objects.filter(session=chat, position__gte=question.position).delete()
        ChatSession.objects.filter(pk=chat.pk).update(message_count=2)

    meanwhile(purge)
    new = duplicate_session(chat=chat, owner=alice)
    assert (shown(new), new.message_count) == (["One", "1"], 2)


def test_a_branch_keeps_where_the_context_began_anew(chat: ChatSession, alice: User) -> None:
    say(chat, "One", "1")
    versions.clear_context(chat=chat)
    _, last = say(chat, "Two", "2")
    branch = branch_session(message=Message.objects.select_related("session").get(pk=last.pk), owner=alice)
    assert branch.context_from_id == rows(branch)[1].pk
    early = branch_session(message=rows(chat)[0], owner=alice)
    assert early.context_from_id is None


# ---------------------------------------------------------------- merge


@pytest.fixture
def other(make_chat: Any) -> ChatSession:
    found: ChatSession = make_chat(title="The other one")
    return found


def test_a_merge_puts_one_after_the_other_and_says_where_from(
    chat: ChatSession, other: ChatSession, alice: User
) -> None:
    say(chat, "One", "1")
    _, answer = say(other, "Two", "2")
    paid(answer)
    first = merge_session(source=other, target=chat, person=alice)
    assert shown(chat) == ["One", "1", "Two", "2"]
    told = articles(rows(chat))
    assert told[2].merged_from is not None
    assert told[2].merged_from.title == "The other one"
    assert told[3].receipt is not None
    assert told[3].receipt.cost == "$0.2500"
    other.refresh_from_db()
    assert (other.merged_into_id, shown(other)) == (chat.pk, ["Two", "2"])
    assert other.archived_at is not None
    assert first == rows(chat)[2].pk
    versions.delete_message(message=rows(chat)[2])
    assert shown(chat) == ["One", "1"]


def test_others_write_while_a_long_session_is_merged_and_see_its_copies_all_at_once(
    chat: ChatSession, other: ChatSession, alice: User, meanwhile: Any
) -> None:
    say(chat, "One", "1")
    say(other, "Two", "2")
    say(other, "Three", "3")
    seen: list[list[str]] = []

    def go_on() -> None:
        seen.append(shown(chat))
        say(chat, "Between", "4")
        seen.append(shown(chat))

    meanwhile(go_on)
    merge_session(source=other, target=chat, person=alice)
    assert seen == [["One", "1"], ["One", "1", "Between", "4"]]
    assert shown(chat) == ["One", "1", "Between", "4", "Two", "2", "Three", "3"]
    assert SearchEntry.objects.filter(session=chat).count() == 8


@pytest.mark.parametrize("change", ["speaks", "is deleted", "loses its target"])
def test_a_merge_whose_sessions_change_meanwhile_leaves_nothing(
    chat: ChatSession, other: ChatSession, alice: User, meanwhile: Any, change: str
) -> None:
    say(chat, "One", "1")
    say(other, "Two", "2")
    steps: dict[str, Callable[[], object]] = {
        "speaks": lambda: say(other, "More", "3"),
        "is deleted": lambda: delete_sessions(chats=[other]),
        "loses its target": lambda: delete_sessions(chats=[chat]),
    }
    meanwhile(steps[change])
    with pytest.raises(Refused):
        merge_session(source=other, target=chat, person=alice)
    other.refresh_from_db()
    assert (other.archived_at, other.merged_into_id) == (None, None)
    assert Message.objects.filter(session=chat).count() == 2


def test_a_merge_is_taken_back_and_done_again(chat: ChatSession, other: ChatSession, alice: User) -> None:
    say(chat, "One", "1")
    say(other, "Two", "2")
    first = merge_session(source=other, target=chat, person=alice)
    with pytest.raises(NotPossible):
        merge_session(source=other, target=chat, person=alice)
    unmerge_session(source=other, first=first)
    unmerge_session(source=other, first=first)
    other.refresh_from_db()
    assert (shown(chat), other.archived_at, other.merged_into_id) == (["One", "1"], None, None)
    merge_session(source=other, target=chat, person=alice)
    assert shown(chat) == ["One", "1", "Two", "2"]
    archive(chats=[other], on=False)
    other.refresh_from_db()
    assert other.merged_into_id is None


def test_a_merge_is_not_taken_back_once_the_talk_went_on(
    chat: ChatSession, other: ChatSession, alice: User
) -> None:
    say(other, "Two", "2")
    first = merge_session(source=other, target=chat, person=alice)
    say(chat, "Three", "3")
    with pytest.raises(NotPossible):
        unmerge_session(source=other, first=first)
    assert shown(chat) == ["Two", "2", "Three", "3"]


def test_taking_back_deletes_nothing_but_what_was_merged(
    chat: ChatSession, other: ChatSession, alice: User
) -> None:
    question, _ = say(chat, "One", "1")
    say(other, "Two", "2")
    merge_session(source=other, target=chat, person=alice)
    unmerge_session(source=other, first=question.pk)
    assert shown(chat) == ["One", "1", "Two", "2"]


def test_messages_that_wait_are_not_left_behind_by_a_merge(
    chat: ChatSession, other: ChatSession, alice: User
) -> None:
    reply = begin(send(other, "Two").reply)
    send(other, "Waits")
    end(reply, status="failed")
    assert other.pending.count() == 1
    with pytest.raises(NotNow):
        merge_session(source=other, target=chat, person=alice)
    assert shown(chat) == []


def test_a_merged_question_asked_again_still_says_where_it_is_from(
    chat: ChatSession, other: ChatSession, alice: User
) -> None:
    say(other, "Two", "2")
    merge_session(source=other, target=chat, person=alice)
    end(versions.send_again(message=rows(chat)[0], author=alice, content="Two!").reply, text="2!")
    told = articles(rows(chat))[0]
    assert told.merged_from is not None
    assert told.merged_from.title == "The other one"


def test_the_talk_goes_on_after_a_merge(chat: ChatSession, other: ChatSession, alice: User) -> None:
    say(chat, "One", "1")
    say(other, "Two", "2")
    merge_session(source=other, target=chat, person=alice)
    say(chat, "Three", "3")
    assert shown(chat) == ["One", "1", "Two", "2", "Three", "3"]


def test_merging_an_empty_session_archives_it(chat: ChatSession, other: ChatSession, alice: User) -> None:
    say(chat, "One", "1")
    assert merge_session(source=other, target=chat, person=alice) is None
    assert shown(chat) == ["One", "1"]


def test_what_cannot_be_merged(chat: ChatSession, other: ChatSession, alice: User, bob: User) -> None:
    with pytest.raises(NotPossible):
        merge_session(source=chat, target=chat, person=alice)
    hers = ChatSession.objects.create(owner=bob, model="offline")
    with pytest.raises(NotPossible):
        merge_session(source=hers, target=chat, person=alice)
    reply = begin(send(other, "Two").reply)
    with pytest.raises(NotNow):
        merge_session(source=other, target=chat, person=alice)
    end(reply)


def test_the_copies_of_a_merge_that_is_under_way_are_nobodys_deletion(
    chat: ChatSession, make_chat: Callable[..., ChatSession], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make_chat(title="Target")
    say(chat, "One", "1")

    def breaks(copying: Any, before: ChatSession) -> None:
        assert deletions(target) == []
        raise RuntimeError

    monkeypatch.setattr(branching, "merged", breaks)
    with pytest.raises(RuntimeError):
        merge_session(source=ChatSession.objects.get(pk=chat.pk), target=target, person=alice)
    assert not Message.objects.filter(session=target).exists()
