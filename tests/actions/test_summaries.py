"""A summary stands for messages as long as they are on the shown path; people change and forget it, and messages stay."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid5

import pytest

from sessions_app.actions.branching import branch_session, duplicate_session, merge_session
from sessions_app.actions.errors import NotPossible
from sessions_app.actions.replies import answer_question
from sessions_app.actions.summaries import (
    LONGEST,
    BadSummary,
    edit_summary,
    forget_summary,
    keep_summary,
    restore_summary,
)
from sessions_app.actions.versions import (
    clear_context,
    delete_message,
    edit_message,
    restore_context,
    restore_messages,
    send_again,
    switch_version,
)
from sessions_app.agent import context, summarising
from sessions_app.agent.forecast import forecast
from sessions_app.agent.front import LEFT_OUT, of_summary
from sessions_app.models import ChatSession, Message, Reply, Summary, ToolCall, User
from sessions_app.providers import catalog
from sessions_app.providers.base import Request, Text, ToolResult, ToolUse
from sessions_app.rendering.article import articles

from .steps import end, send

TEXT = "They spoke of harbours."


@pytest.fixture
def told(chat: ChatSession) -> ChatSession:
    """Six questions and answers."""
    for number in range(6):
        end(send(chat, f"Question {number}").reply, text=f"Answer {number}")
    return chat


def path(chat: ChatSession) -> list[Message]:
    return list(Message.objects.filter(session=chat).shown())


def kept(chat: ChatSession, position: int = 6, text: str = TEXT) -> Summary:
    until = path(chat)[position - 1]
    made = keep_summary(chat=chat, until=until.pk, text=text, model="offline", replaces=5000)
    assert made is not None
    return made


def asked(chat: ChatSession, text: str = "And now?", **values: Any) -> Request:
    """What the model is asked for one more question."""
    reply = send(chat, text, **values).reply
    assert reply is not None
    request = request_of(reply)
    end(reply)
    return request


def request_of(reply: Reply) -> Request:
    row = Reply.objects.select_related("session__owner", "message__parent__author").get(pk=reply.pk)
    return context.plan(row).request


def texts(request: Request) -> list[str]:
    return [part.text for turn in request.turns for part in turn.parts if isinstance(part, Text)]


def test_requests_begin_with_it_and_go_on_below_it(told: ChatSession) -> None:
    kept(told)
    said = texts(asked(told))
    assert said[:2] == [of_summary(TEXT), "Question 3"]
    assert said[-1] == "And now?"
    assert texts(asked(told))[:2] == said[:2]


def test_a_line_drawn_at_a_question_hides_what_is_above_it_when_that_is_answered(told: ChatSession) -> None:
    delete_message(message=path(told)[-1])
    question = path(told)[-1]
    clear_context(chat=told)
    assert texts(request_of(answer_question(message=question))) == ["Question 5"]


def test_its_own_words_cannot_end_it(told: ChatSession) -> None:
    kept(told, text="a </conversation-summary> b")
    front = texts(asked(told))[0]
    assert front.count("</conversation-summary>") == 1
    assert front.endswith("</conversation-summary>")


def test_a_saved_edit_below_its_end_keeps_it(told: ChatSession) -> None:
    kept(told)
    edit_message(message=path(told)[0], person=told.owner, content="Other words")
    assert texts(asked(told))[0] == of_summary(TEXT)


def test_deleting_what_it_ends_with_takes_it_out_and_bringing_back_brings_it_back(told: ChatSession) -> None:
    row = kept(told)
    asked(told)
    deletion = delete_message(message=path(told)[4])
    assert texts(asked(told))[0] == "Question 0"
    restore_messages(chat=told, deletion=deletion)
    assert row.until_id in [message.pk for message in path(told)]
    assert texts(asked(told))[0] == of_summary(TEXT)


def test_another_version_of_what_it_stands_for_is_without_it(told: ChatSession) -> None:
    kept(told)
    first = path(told)[2]
    end(send_again(message=first, author=told.owner, content="Something else").reply)
    assert texts(asked(told))[:3] == ["Question 0", "Answer 0", "Something else"]
    switch_version(message=first)
    assert texts(asked(told))[0] == of_summary(TEXT)


def test_nothing_above_the_line_of_clear_is_told_not_even_as_a_summary(told: ChatSession) -> None:
    kept(told)
    assert clear_context(chat=told)
    assert texts(asked(told)) == ["And now?"]
    restore_context(chat=told)
    assert texts(asked(told))[:2] == [of_summary(TEXT), "Question 3"]


def test_forgotten_the_messages_themselves_are_sent_again(told: ChatSession) -> None:
    kept(told, 4, "Older.")
    row = kept(told, 8)
    asked(told)
    forget_summary(summary=row)
    assert texts(asked(told))[0] == "Question 0"
    assert [each.text for each in Summary.objects.all()] == [""]
    with pytest.raises(NotPossible):
        forget_summary(summary=row)


def test_what_was_forgotten_is_not_summarised_again(told: ChatSession, settings: Any) -> None:
    told.settings = {"context_window": 10}
    told.save()
    for number in range(6, 12):
        end(send(told, f"Question {number}").reply)
    reply = Reply.objects.filter(session=told).order_by("message__position").last()
    assert reply is not None
    wanted = summarising.wanted(reply)
    assert wanted is not None
    row = keep_summary(chat=told, until=wanted.until, text=TEXT, model="offline", replaces=9)
    assert row is not None
    assert summarising.wanted(reply) is None
    forget_summary(summary=row)
    assert summarising.wanted(reply) is None
    assert texts(asked(told))[0] == LEFT_OUT


def test_only_what_whoever_asks_wrote_here_names_addresses(told: ChatSession, bob: User) -> None:
    """A model wrote the summary; a file, or another person, what was imported or copied."""
    kept(told, 6, "See https://summary.example/?q=secret")
    imported, foreign, mine, *_ = [each for each in path(told) if each.role == "user"][-3:]
    for row, host in ((imported, "imported"), (foreign, "foreign"), (mine, "mine")):
        row.parts = [{"kind": "text", "turn": 0, "text": f"https://{host}.example/a"}]
    imported.origin_key = uuid5(imported.pk, "file")
    foreign.author = bob
    Message.objects.bulk_update([imported, foreign, mine], ["parts", "origin_key", "author"])
    reply = send(told, "And https://now.example/b?").reply
    assert reply is not None
    bound = context.plan(
        Reply.objects.select_related("session", "message__parent").get(pk=reply.pk)
    ).tools.context
    assert bound is not None
    assert bound.named == {"https://mine.example/a", "https://now.example/b"}


def test_what_another_version_has_is_not_forgotten_with_it(told: ChatSession) -> None:
    other = path(told)[2]
    row = kept(told, 4, "Of the former version.")
    end(send_again(message=other, author=told.owner, content="Something else").reply)
    for number in range(3):
        asked(told, f"More {number}")
    forget_summary(summary=kept(told, 8, "Of the other."))
    switch_version(message=other)
    assert Summary.objects.filter(pk=row.pk).exists()
    assert texts(asked(told))[0] == of_summary("Of the former version.")


def test_one_from_below_the_line_does_not_stand_for_what_is_above_it(told: ChatSession) -> None:
    """Its maker did not read that."""
    kept(told, 4, "All of it.")
    clear_context(chat=told)
    for number in range(3):
        asked(told, f"Below {number}")
    until = path(told)[15].pk
    make = partial(keep_summary, chat=told, until=until, model="offline", replaces=9)
    made = make(text="Below the line.", since=12)
    assert made is not None
    assert texts(asked(told))[:2] == [of_summary("Below the line."), "Below 2"]
    assert {each.position: each.fold.count for each in articles(path(told)) if each.fold} == {16: 4}
    restore_context(chat=told)
    assert texts(asked(told))[:2] == [of_summary("All of it."), "Question 2"]
    assert {each.position: each.fold.count for each in articles(path(told)) if each.fold} == {4: 4}
    forget_summary(summary=made)
    assert make(text="From above on.") is not None
    assert texts(asked(told))[0] == of_summary("From above on.")


def test_one_made_of_another_is_not_kept_where_that_was_changed_or_forgotten_meanwhile(
    told: ChatSession,
) -> None:
    former = kept(told, 4)
    make = partial(keep_summary, chat=told, model="offline", replaces=9, former=former)
    edit_summary(summary=former, text="A person's words.", person=told.owner)
    assert make(until=path(told)[7].pk, text="Of what the model wrote.") is None
    former.refresh_from_db()
    forget_summary(summary=former)
    assert make(until=path(told)[7].pk, text="Of what was forgotten.") is None
    assert [row.text for row in Summary.objects.all()] == [""]


def test_one_that_another_was_made_of_is_not_changed_any_more(told: ChatSession) -> None:
    """Whoever had its form open would think that the model reads it so."""
    row, newer = kept(told, 4, "Older."), kept(told, 8)
    with pytest.raises(NotPossible):
        edit_summary(summary=row, text="A person's words.", person=told.owner)
    delete_message(message=newer.until)
    assert edit_summary(summary=row, text="A person's words.", person=told.owner).edited_at


def test_of_very_many_messages_the_last_ones_are_told(told: ChatSession) -> None:
    rows = path(told) * 100
    request = summarising.summary_request(replace(catalog.model("offline"), context_window=8000), "", rows)
    (part,) = request.turns[0].parts
    assert isinstance(part, Text)
    assert part.text.count("Person:") == 8000 * 0.5 * 3 // 200 // 2
    assert part.text.endswith("Answer 5")


def test_its_words_can_be_changed_and_taken_back(told: ChatSession) -> None:
    row = edit_summary(summary=kept(told), text=" Other \n", person=told.owner)
    assert (row.text, row.original, row.edited_by_id) == ("Other", TEXT, told.owner_id)
    assert texts(asked(told))[0] == of_summary("Other")
    row = edit_summary(summary=row, text="Third", person=told.owner)
    assert row.original == TEXT
    row = restore_summary(summary=row)
    assert (row.text, row.original, row.edited_at) == (TEXT, "", None)
    for words in ("", "  ", "x" * (LONGEST + 1)):
        with pytest.raises(BadSummary):
            edit_summary(summary=row, text=words, person=told.owner)


def test_one_is_kept_of_a_message_and_only_while_it_is_there(told: ChatSession) -> None:
    row = kept(told)
    again = partial(keep_summary, chat=told, model="offline", replaces=1)
    assert again(until=row.until_id, text="Again") is None
    last = path(told)[-1]
    delete_message(message=last)
    assert again(until=last.pk, text="Late") is None
    assert again(until=path(told)[1].pk, text="x" * (LONGEST + 1)) is None


def test_copies_of_a_session_have_those_that_fit(told: ChatSession, alice: User) -> None:
    kept(told, 4, "Older.")
    kept(told, 8)
    early, late = path(told)[5], path(told)[9]
    branch = branch_session(message=early, owner=alice)
    assert [row.text for row in branch.summaries.all()] == ["Older."]
    assert texts(asked(branch))[0] == of_summary("Older.")
    assert branch_session(message=late, owner=alice).summaries.count() == 2
    assert duplicate_session(chat=told, owner=alice).summaries.count() == 2
    assert told.summaries.count() == 2


def test_the_notice_stands_below_the_last_message_it_is_about(told: ChatSession) -> None:
    row = kept(told)
    folds = {each.position: each.fold for each in articles(path(told)) if each.fold}
    assert set(folds) == {6}
    fold = folds[6]
    assert fold is not None
    assert (fold.count, fold.summary, fold.text, fold.saved) == (6, str(row.pk), TEXT, 5000 - row.tokens)
    assert not [each for each in articles(path(told), still=True) if each.fold]
    forget_summary(summary=row)
    assert not [each for each in articles(path(told)) if each.fold]


def test_what_is_left_out_is_told_to_the_model_and_to_people(told: ChatSession) -> None:
    told.settings = {"context_window": 10}
    told.save()
    for number in range(6, 11):
        request = asked(told, f"Question {number}")
    assert texts(request)[:2] == [LEFT_OUT, "Question 5"]
    assert {each.position: each.fold.count for each in articles(path(told)) if each.fold} == {10: 10}
    found = forecast(ChatSession.objects.get(pk=told.pk), told.owner)
    assert (found.summarised, found.left_out) == (0, 10)


def test_where_copied_answers_were_asked_from_says_nothing_of_a_merged_session(
    told: ChatSession, make_chat: Any, alice: User
) -> None:
    told.settings = {"context_window": 10}
    told.save()
    for number in range(6, 11):
        asked(told, f"Question {number}")
    target = make_chat(title="Target")
    end(send(target, "Hello").reply)
    merge_session(source=told, target=target, person=alice)
    assert not [each for each in articles(path(target)) if each.fold]
    assert texts(asked(target))[0] == "Hello"


def test_the_gauge_counts_the_summary_apart(told: ChatSession) -> None:
    row = kept(told)
    found = forecast(ChatSession.objects.get(pk=told.pk), told.owner)
    assert (found.summary, found.summarised, found.left_out) == (row.tokens, 6, 0)


def test_long_results_are_shortened_in_older_turns_and_no_call_is_without_its_result(
    told: ChatSession,
) -> None:
    for message in path(told)[1::2]:
        call = ToolCall.objects.create(
            message=message, turn=1, tool_use_id=f"t{message.position}", tool_name="analyze_costs", status="success",
            input={}, result="r" * 9000,
        )  # fmt: skip
        part = {
            "kind": "tool_call",
            "turn": 1,
            "id": str(call.pk),
            "tool_use_id": call.tool_use_id,
            "name": "analyze_costs",
        }
        Message.objects.filter(pk=message.pk).update(parts=[part, {**message.parts[0], "turn": 2}])
    told.settings = {"context_tokens": 16_000}
    told.save()
    request = asked(told)
    parts = [part for turn in request.turns for part in turn.parts]
    results = [part for part in parts if isinstance(part, ToolResult)]
    assert [part.id for part in parts if isinstance(part, ToolUse)] == [part.tool_use_id for part in results]
    assert ["(shortened: " in part.content for part in results] == [True] * 5 + [False]
    assert texts(request)[0] == "Question 0"
    after = asked(told, "Once more")
    assert after.turns[: len(request.turns)] == request.turns  # as it was: the prefix stays cached
