"""Reading messages: the shown path or the whole tree, and what a client needs to draw each."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_app.actions.attachments import take_files
from sessions_app.actions.marks import annotate, rate_message, react
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import regenerate_reply
from sessions_app.actions.versions import edit_message, send_again
from sessions_app.models import ChatSession, Message, SessionMember, User
from tests.actions.steps import end, send

from .program import Program, problem


@pytest.fixture
def tree(chat: ChatSession, alice: User) -> dict[str, Message]:
    """A question with two answers, below the second a question that was asked twice."""
    first = send(chat, "One", client_id="one")
    end(first.reply, "complete", "Answer 1")
    assert first.message is not None
    assert first.reply is not None
    second = regenerate_reply(message=first.reply.message)
    end(second, "failed", "Answer 2", "error")
    asked = send(chat, "Two")
    end(asked.reply, "complete", "Answer 3")
    assert asked.message is not None
    assert asked.reply is not None
    again = send_again(message=asked.message, author=alice, content="Two anew")
    end(again.reply, "complete", "Answer 4")
    assert again.message is not None
    return {
        "one": first.message,
        "first": first.reply.message,
        "second": second.message,
        "two": asked.message,
        "anew": again.message,
    }


def listed(program: Program, chat: ChatSession, query: str = "") -> list[dict[str, Any]]:
    response = program.get(f"chat/sessions/{chat.pk}/messages{query}")
    assert response.status_code == 200, response.content
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


def words(rows: list[dict[str, Any]]) -> list[str]:
    return [row["content"] for row in rows]


def test_the_whole_tree_says_what_is_shown_and_which_version_each_is(
    alices: Program, chat: ChatSession, tree: dict[str, Message]
) -> None:
    assert words(listed(alices, chat)) == ["One", "Answer 2", "Two anew", "Answer 4"]
    rows = listed(alices, chat, "?all=true")
    assert words(rows) == ["One", "Answer 1", "Answer 2", "Two", "Two anew", "Answer 3", "Answer 4"]
    assert [row["active"] for row in rows] == [True, False, True, False, True, False, True]
    assert [row["position"] for row in rows] == [1, 2, 2, 3, 3, 4, 4]
    assert [(row["version"], row["versions"]) for row in rows] == [
        (1, 1), (1, 2), (2, 2), (1, 2), (2, 2), (1, 1), (1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?role=user", ["One", "Two anew"]),
        ("?role=assistant&all=true", ["Answer 1", "Answer 2", "Answer 3", "Answer 4"]),
        ("?after=2", ["Two anew", "Answer 4"]),
        ("?after={second}", ["Two anew", "Answer 4"]),
        ("?before={two}", ["One", "Answer 2"]),
        ("?after=1&before=4", ["Answer 2", "Two anew"]),
        ("?order=newest&limit=2", ["Answer 4", "Two anew"]),
        ("?after=2147483647", []),
    ],
)
def test_the_list_is_narrowed(
    alices: Program, chat: ChatSession, tree: dict[str, Message], query: str, found: list[str]
) -> None:
    keys = {name: str(row.pk) for name, row in tree.items()}
    assert words(listed(alices, chat, query.format(**keys))) == found


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_of_the_tree_follow_each_other(
    alices: Program, chat: ChatSession, tree: dict[str, Message], order: str
) -> None:
    found, address = [], f"chat/sessions/{chat.pk}/messages?all=true&limit=2&order={order}"
    while address:
        page = alices.get(address).json()
        found += words(page["results"])
        address = (page["next"] or "").partition("/api/")[2]
    assert sorted(found) == ["Answer 1", "Answer 2", "Answer 3", "Answer 4", "One", "Two", "Two anew"]
    assert found[0] == ("One" if order == "oldest" else "Answer 4")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("role=system", 400),
        ("all=1", 400),
        ("all=yes", 400),
        ("after=-1", 400),
        ("after=x", 400),
        ("after=2147483648", 400),
        ("order=up", 400),
        ("around=3", 400),
        ("limit=0", 400),
        ("role=user&role=user", 400),
        (f"after={uuid.UUID(int=7)}", 404),
    ],
)
def test_a_query_that_says_nothing_is_refused(
    alices: Program, chat: ChatSession, query: str, status: int
) -> None:
    response = alices.get(f"chat/sessions/{chat.pk}/messages?{query}")
    assert response.status_code == status
    assert problem(response) == ("invalid" if status == 400 else "not_found")


def test_a_message_of_another_session_is_no_place(
    alices: Program, chat: ChatSession, tree: dict[str, Message], make_chat: Any
) -> None:
    response = alices.get(f"chat/sessions/{make_chat().pk}/messages?after={tree['one'].pk}")
    assert response.status_code == 404


def test_a_message_tells_who_wrote_it_its_files_and_former_texts(
    alices: Program, chat: ChatSession, alice: User, tmp_path: Any, settings: Any
) -> None:
    settings.ATTACHMENTS_DIR = tmp_path
    [taken] = take_files(owner=alice, chat=chat, uploads=[SimpleUploadedFile("a.txt", b"Words")])
    assert taken.attachment is not None
    sent = send(chat, "Look", client_id="mine", attachments=[taken.attachment.pk])
    assert sent.message is not None
    row = alices.get(f"chat/messages/{sent.message.pk}").json()
    assert row["author"] == {"id": alice.pk, "username": "alice"}
    assert (row["client_id"], row["revisions"], row["edited_at"]) == ("mine", 0, None)
    [file] = row["attachments"]
    assert (file["name"], file["message"], file["session"]) == ("a.txt", row["id"], str(chat.pk))
    edit_message(message=sent.message, person=alice, content="Look here")
    edited = alices.get(f"chat/messages/{sent.message.pk}").json()
    assert edited["revisions"] == 1
    assert edited["edited_at"].endswith("Z")


def test_a_failed_answer_says_why(alices: Program, tree: dict[str, Message]) -> None:
    reply = tree["second"].reply
    type(reply).objects.filter(pk=reply.pk).update(error_type="overloaded", error_message="Too busy.")
    row = alices.get(f"chat/messages/{reply.pk}").json()
    assert row["error"] == {"type": "overloaded", "message": "Too busy."}
    assert (row["status"], row["stop_reason"], row["author"]) == ("failed", "error", None)
    assert row["finished_at"] is not None
    good = alices.get(f"chat/messages/{tree['first'].pk}").json()
    assert (good["error"], good["stop_reason"]) == (None, "end")


def test_marks_are_counted_and_ones_own_are_told(
    alices: Program, bobs: Program, chat: ChatSession, alice: User, bob: User, tree: dict[str, Message]
) -> None:
    SessionMember.objects.create(session=chat, user=bob)
    answer = tree["second"]
    for person, value in ((alice, 1), (bob, -1)):
        react(message=answer, user=person, emoji="👍")
        rate_message(message=answer, user=person, value=value, comment="So it is")
    annotate(message=answer, user=alice, comment="Mine")
    hers, his = (program.get(f"chat/messages/{answer.pk}").json()["marks"] for program in (alices, bobs))
    assert hers["reactions"] == his["reactions"] == [{"emoji": "👍", "count": 2, "own": True}]
    assert (hers["good"], hers["bad"], hers["notes"]) == (1, 1, 1)
    assert hers["own_rating"] == {"rating": 1, "stars": None, "comment": "So it is"}
    assert his["own_rating"]["rating"] == -1
    asked = alices.get(f"chat/messages/{tree['one'].pk}").json()["marks"]
    assert asked == {"reactions": [], "notes": 0, "good": 0, "bad": 0, "own_rating": None}


def test_a_list_takes_no_more_queries_for_many_messages_with_everything_on_them(
    alices: Program,
    chat: ChatSession,
    alice: User,
    tmp_path: Any,
    settings: Any,
    django_assert_max_num_queries: Any,
) -> None:
    settings.ATTACHMENTS_DIR = tmp_path
    for number in range(8):
        [taken] = take_files(owner=alice, chat=chat, uploads=[SimpleUploadedFile("a.txt", b"Words")])
        assert taken.attachment is not None
        sent = send_message(
            chat=chat, author=alice, content=f"Question {number}", attachments=[taken.attachment.pk]
        )
        end(sent.reply)
        assert sent.reply is not None
        react(message=sent.reply.message, user=alice, emoji="👍")
    with django_assert_max_num_queries(9):
        assert len(listed(alices, chat)) == 16


def test_messages_beside_their_session_are_those_of_their_list_at_the_same_price(
    alices: Program, chat: ChatSession, alice: User, tree: dict[str, Message],
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    answer = Message.objects.get(parent__client_id="one", active=True, role="assistant")
    rate_message(message=answer, user=alice, value=1, comment="Right.")
    for number in range(5):
        end(send(chat, f"More {number}").reply)
    with CaptureQueriesContext(connection) as of_the_list:
        listed = alices.get(f"chat/sessions/{chat.pk}/messages").json()["results"]
    with django_assert_max_num_queries(len(of_the_list) + 1):
        beside = alices.get(f"chat/sessions/{chat.pk}?messages=true").json()["messages"]
    assert beside == listed
    assert [row["marks"]["own_rating"] for row in beside if row["id"] == str(answer.pk)] != [None]
