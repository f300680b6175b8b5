"""Versions of a message and sessions side by side: which are shown, how they differ, and who may look."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.actions import branching, replies, versions
from sessions_app.models import ChatSession, Message, Reply, SessionMember, TokenUsage, User
from tests.actions.steps import end, send

NOWHERE = "01890000-0000-7000-8000-000000000000"


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def question_and(chat: ChatSession, question: str, text: str) -> Message:
    reply = send(chat, question).reply
    end(reply, text=text)
    assert reply is not None
    return Message.objects.select_related("reply", "parent").get(pk=reply.pk)


def regenerated(message: Message, text: str) -> Message:
    reply = replies.regenerate_reply(
        message=Message.objects.select_related("reply", "parent").get(pk=message.pk)
    )
    end(reply, text=text)
    return Message.objects.select_related("reply", "parent").get(pk=reply.pk)


def paid(message: Message, cost: str | None, output: int, first: int) -> None:
    TokenUsage.objects.create(
        session=message.session, session_key=message.session_id, message=message, user=message.session.owner,
        provider="anthropic", model="claude-haiku-4-5", output=output, cost=cost,
        first_token_ms=first, ok=True, settled_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def pair(chat: ChatSession) -> tuple[Message, Message]:
    first = question_and(chat, "Write the notice.", "Unfortunately we failed to deliver your event.")
    return first, regenerated(first, "We could not deliver your event.")


def get(client: Client, path: str, **asked: Any) -> Any:
    return client.get(path, {name: str(value) for name, value in asked.items()})


def page(client: Client, chat: Any, **sides: Any) -> str:
    return text_of(get(client, f"/sessions/{chat.pk}/compare/", **sides))


# ---------------------------------------------------------------- versions


def test_the_shown_answer_stands_against_the_one_before(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    shown = page(as_alice, pair[0].session)
    assert "two versions of one answer" in shown
    assert "Version 2 against 1" in shown
    assert "Write the notice." in shown
    assert "Unfortunately" in shown[: shown.index("We could not") if "We could not" in shown else None]
    assert '<del class="diff">' in shown
    assert '<ins class="diff">' in shown


def test_figures_come_from_the_ledger(as_alice: Client, pair: tuple[Message, Message]) -> None:
    paid(pair[0], "0.0021", 96, 310)
    paid(pair[1], "0.0120", 158, 720)
    shown = page(as_alice, pair[0].session)
    for words in ("$0.0021", "$0.0120", "+\u00a0$0.0099", "5.7 times", "+\u00a062", "158 and 96",
                  "first token 0.31\u00a0s", "7 words", "6 words", "−\u00a01"):  # fmt: skip
        assert words in shown, words


def test_an_unknown_price_is_named_and_not_counted_as_a_difference(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    paid(pair[0], None, 96, 310)
    paid(pair[1], "0.0120", 158, 720)
    shown = page(as_alice, pair[0].session)
    assert "price unknown" in shown
    assert "times" not in shown.split("Output tokens")[0].split("Differences")[1].split("Time to the end")[0]


def test_any_two_versions_may_be_chosen_and_swapped(as_alice: Client, pair: tuple[Message, Message]) -> None:
    third = regenerated(pair[1], "A third way.")
    shown = page(as_alice, third.session, left=third.pk, right=pair[0].pk)
    assert "Version 1 against 3" in shown
    assert f"?left={pair[0].pk}&amp;right={third.pk}" in shown
    assert page(as_alice, third.session, left=pair[0].pk).count("Version 3 against 1") == 1
    assert page(as_alice, third.session, right=pair[0].pk).count("Version 1 against 2") == 1
    assert page(as_alice, third.session, left=third.pk, right=third.pk).count("Version 3 against 2") == 1


def test_versions_of_a_question_are_compared_too(
    as_alice: Client, alice: User, pair: tuple[Message, Message]
) -> None:
    first = pair[0].parent
    assert first is not None
    sent = versions.send_again(message=first, author=alice, content="Write a shorter notice.")
    end(sent.reply, text="Short.")
    shown = page(as_alice, first.session, left=first.pk)
    assert "two versions of one question" in shown
    assert "shorter" in shown
    assert page(as_alice, first.session).count("two versions of one question") == 1


def test_the_one_in_use_says_so_and_the_other_can_be_used(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    shown = page(as_alice, pair[0].session)
    here = f"/sessions/{pair[0].session_id}/messages"
    assert f'action="{here}/{pair[0].pk}/switch/"' in shown
    assert f'action="{here}/{pair[1].pk}/switch/"' not in shown
    assert shown.count("In use") == 1
    assert f'action="{here}/{pair[1].pk}/branch/"' in shown


def test_a_reader_compares_but_changes_nothing(
    as_bob: Client, bob: User, pair: tuple[Message, Message]
) -> None:
    SessionMember.objects.create(session=pair[0].session, user=bob, role="reader")
    shown = page(as_bob, pair[0].session)
    assert "/switch/" not in shown
    assert "/branch/" in shown


def test_without_marks_the_texts_are_there_and_so_is_the_share(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    shown = page(as_alice, pair[0].session, set="1")
    assert "compare--plain" in shown
    assert "Same text" in shown
    assert "compare--plain" not in page(as_alice, pair[0].session, set="1", marks="1")


def test_a_session_without_versions_says_how_to_get_one(as_alice: Client, chat: ChatSession) -> None:
    assert "No message of this session has a second version yet." in page(as_alice, chat)
    question_and(chat, "One", "Answer")
    assert "No message of this session has a second version yet." in page(as_alice, chat)


def test_a_running_version_is_shown_as_far_as_it_is(as_alice: Client, pair: tuple[Message, Message]) -> None:
    replies.regenerate_reply(message=Message.objects.select_related("reply", "parent").get(pk=pair[1].pk))
    assert "starting" in page(as_alice, pair[0].session)


def test_hostile_text_stays_text(as_alice: Client, chat: ChatSession) -> None:
    first = question_and(chat, "<script>alert(0)</script>", "x")
    second = regenerated(first, "y")
    hostile = "&lt;img src=x onerror=alert(1)&gt;"
    Message.objects.filter(pk=second.pk).update(html=f"<p>{hostile}</p>")
    Message.objects.filter(pk=first.pk).update(model="<b>model</b>")
    shown = page(as_alice, chat)
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert "<b>model" not in shown


@pytest.mark.parametrize("key", ["nonsense", NOWHERE])
def test_a_version_that_is_not_there_is_missing(
    as_alice: Client, pair: tuple[Message, Message], key: str
) -> None:
    for side in ("left", "right"):
        assert get(as_alice, f"/sessions/{pair[0].session_id}/compare/", **{side: key}).status_code == 404


def test_only_versions_of_one_message_stand_beside_each_other(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    path = f"/sessions/{pair[0].session_id}/compare/"
    assert get(as_alice, path, left=pair[0].pk, right=pair[0].parent_id).status_code == 404


def test_a_message_of_another_session_or_person_is_missing(
    as_alice: Client, as_bob: Client, bob: User, make_chat: Any, pair: tuple[Message, Message]
) -> None:
    path = f"/sessions/{make_chat().pk}/compare/"
    assert get(as_alice, path, left=pair[0].pk).status_code == 404
    own = make_chat(owner=bob)
    assert get(as_bob, f"/sessions/{own.pk}/compare/", left=pair[0].pk).status_code == 404
    assert as_bob.get(f"/sessions/{pair[0].session_id}/compare/").status_code == 404


def test_a_deleted_version_is_missing(as_alice: Client, pair: tuple[Message, Message]) -> None:
    versions.delete_message(message=pair[1])
    path = f"/sessions/{pair[0].session_id}/compare/"
    assert get(as_alice, path, left=pair[1].pk).status_code == 404
    assert "No message of this session" in page(as_alice, pair[0].session)


# ---------------------------------------------------------------- sessions


@pytest.fixture
def branch(chat: ChatSession, alice: User) -> ChatSession:
    """A branch after the second answer; then both went on."""
    question_and(chat, "First question", "First answer")
    second = question_and(chat, "Second question", "Second answer")
    made = branching.branch_session(message=second, owner=alice)
    question_and(chat, "What if we wait?", "Then costs rise.")
    question_and(made, "What if we act?", "Then costs fall.")
    question_and(made, "And then?", "All is well.")
    made.refresh_from_db()
    return made


def both(client: Client, left: Any, right: Any, **more: Any) -> str:
    return text_of(get(client, "/compare/", left=left.pk, right=right.pk, **more))


def test_a_branch_folds_what_it_shares_and_pairs_the_rest(
    as_alice: Client, chat: ChatSession, branch: ChatSession
) -> None:
    shown = both(as_alice, chat, branch)
    assert "4 messages are the same" in shown
    assert shown.count('<div class="pair">') == 4
    assert "\u00a0% the same text" in shown
    assert shown.count("No message here.") == 2
    assert "added: </span>act</ins>" in shown
    assert "removed: </span>wait</del>" in shown


def test_of_a_branch_alone_its_parent_is_the_other_and_the_other_way_round(
    as_alice: Client, chat: ChatSession, branch: ChatSession
) -> None:
    whole = both(as_alice, chat, branch)
    for given in ({"left": branch.pk}, {"right": branch.pk}, {"left": chat.pk}, {"right": chat.pk}):
        assert "4 messages are the same" in text_of(get(as_alice, "/compare/", **given))
    assert f"?left={branch.pk}&amp;right={chat.pk}" in whole


def test_a_copy_that_was_edited_is_compared_with_its_origin(
    as_alice: Client, alice: User, chat: ChatSession, branch: ChatSession
) -> None:
    copied = Message.objects.filter(session=branch, role="user").earliest("position")
    versions.edit_message(message=copied, person=alice, content="First changed question")
    shown = both(as_alice, chat, branch)
    assert "3 messages are the same" in shown
    assert "added: </span>changed</ins>" in shown


def test_equal_sessions_say_so(as_alice: Client, chat: ChatSession, alice: User) -> None:
    question_and(chat, "First question", "First answer")
    copy = branching.duplicate_session(chat=chat, owner=alice)
    assert "Both sessions say the same." in both(as_alice, chat, copy)


def test_long_sessions_come_in_pages_of_twenty_pairs(as_alice: Client, make_chat: Any) -> None:
    chats = [make_chat(version=1), make_chat(version=1)]
    for each in chats:
        for position in range(1, 46):
            Message.objects.create(
                session=each, role="user", position=position, content=f"Line {position} of {each.pk}"
            )
    first = both(as_alice, *chats)
    assert first.count('<div class="pair">') == 20
    assert "Line 21" not in first
    assert "from=20" in first
    more = text_of(
        as_alice.get(
            "/compare/",
            {"left": str(chats[0].pk), "right": str(chats[1].pk), "from": "20"},
            headers={"HX-Request": "true"},
        )
    )
    assert "<html" not in more
    assert more.count('<div class="pair">') == 20
    last = both(as_alice, *chats, **{"from": 40})
    assert last.count('<div class="pair">') == 5
    assert "from=" not in last
    assert both(as_alice, *chats, **{"from": "nonsense"}).count('<div class="pair">') == 20


def test_queries_do_not_grow_with_the_pairs(as_alice: Client, make_chat: Any) -> None:
    chats = [make_chat(version=1), make_chat(version=1)]

    def queries(first: int, last: int) -> int:
        for each in chats:
            for n in range(first, last):
                Message.objects.create(session=each, role="user", position=n, content=f"Line {n}")
        with CaptureQueriesContext(connection) as taken:
            both(as_alice, *chats)
        return len(taken)

    queries(1, 3)
    assert queries(3, 4) == queries(4, 16)


def test_without_sessions_there_is_a_choice(as_alice: Client, chat: ChatSession) -> None:
    shown = text_of(as_alice.get("/compare/"))
    assert "Choose two sessions" in shown
    assert f'value="{chat.pk}"' in shown


@pytest.mark.parametrize("key", ["nonsense", NOWHERE])
def test_a_session_that_is_not_there_is_missing(as_alice: Client, chat: ChatSession, key: str) -> None:
    assert get(as_alice, "/compare/", left=chat.pk, right=key).status_code == 404


def test_a_strangers_session_is_missing_and_not_among_the_choices(
    as_bob: Client, bob: User, make_chat: Any, chat: ChatSession, branch: ChatSession
) -> None:
    own = make_chat(owner=bob)
    assert get(as_bob, "/compare/", left=own.pk, right=chat.pk).status_code == 404
    assert get(as_bob, "/compare/", left=chat.pk).status_code == 404
    assert str(chat.pk) not in text_of(get(as_bob, "/compare/", left=own.pk))


def test_the_parent_of_a_branch_that_one_may_not_read_is_not_told(
    as_bob: Client, bob: User, chat: ChatSession, branch: ChatSession
) -> None:
    ChatSession.objects.filter(pk=branch.pk).update(owner=bob)
    shown = text_of(get(as_bob, "/compare/", left=branch.pk))
    assert str(chat.pk) not in shown
    assert "Choose two sessions" in shown


def test_looking_changes_nothing(as_alice: Client, chat: ChatSession, branch: ChatSession) -> None:
    before = (ChatSession.objects.get(pk=chat.pk).version, Reply.objects.count(), Message.objects.count())
    both(as_alice, chat, branch)
    page(as_alice, chat)
    assert before == (
        ChatSession.objects.get(pk=chat.pk).version,
        Reply.objects.count(),
        Message.objects.count(),
    )
    assert as_alice.post("/compare/").status_code == 405
