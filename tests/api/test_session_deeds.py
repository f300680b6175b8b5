"""Branches, copies, merges, the way back, the context, and messages that wait, by REST."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.utils import timezone

from sessions_app.actions import idempotency
from sessions_app.actions.messages import send_message
from sessions_app.models import (
    ChatSession,
    IdempotencyKey,
    Message,
    PendingMessage,
    Reply,
    SessionMember,
    User,
)
from tests.actions.steps import begin, end

from .program import Program, problem

Make = Callable[..., ChatSession]


def talk(chat: ChatSession, *words: str) -> list[Message]:
    for each in words:
        end(
            send_message(chat=chat, author=chat.owner, content=each).reply, "complete", f"About {each}", "end"
        )
    return list(chat.messages.shown())


def contents(program: Program, key: str) -> list[str]:
    return [row["content"] for row in program.get(f"chat/sessions/{key}/messages").json()["results"]]


# ---------------------------------------------------------------- branches and copies


def test_a_branch_ends_with_the_message_or_the_last_one(alices: Program, chat: ChatSession) -> None:
    rows = talk(chat, "one", "two")
    whole = alices.post(f"chat/sessions/{chat.pk}/branch")
    part = alices.post(f"chat/sessions/{chat.pk}/branch", {"message": str(rows[1].pk)})
    assert whole.status_code == part.status_code == 201
    assert contents(alices, whole.json()["id"]) == ["one", "About one", "two", "About two"]
    assert contents(alices, part.json()["id"]) == ["one", "About one"]
    assert part.json()["parent"] == str(chat.pk)


def test_a_branch_needs_a_message_of_its_session(alices: Program, chat: ChatSession, make_chat: Make) -> None:
    path = f"chat/sessions/{chat.pk}/branch"
    empty = alices.post(path)
    assert (empty.status_code, problem(empty)) == (409, "not_possible")
    other = talk(make_chat(), "other")[0]
    for key in (other.pk, uuid.uuid4()):
        assert alices.post(path, {"message": str(key)}).status_code == 404
    assert problem(alices.post(path, {"message": "x"})) == "invalid"


def test_no_branch_is_made_of_an_answer_that_grows(alices: Program, chat: ChatSession) -> None:
    begin(send_message(chat=chat, author=chat.owner, content="one").reply)
    for deed in ("branch", "duplicate"):
        answer = alices.post(f"chat/sessions/{chat.pk}/{deed}", None, **{"Idempotency-Key": deed})
        assert (answer.status_code, problem(answer)) == (409, "not_now")
    assert ChatSession.objects.filter(deleted_at=None).count() == 1
    end(chat.replies.get(), "complete", "text", "end")
    assert (
        alices.post(f"chat/sessions/{chat.pk}/branch", None, **{"Idempotency-Key": "branch"}).status_code
        == 201
    )


def test_a_duplicate_is_made_once_for_one_key(alices: Program, chat: ChatSession) -> None:
    talk(chat, "one")
    answers = [
        alices.post(f"chat/sessions/{chat.pk}/duplicate", None, **{"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert contents(alices, answers[0].json()["id"]) == ["one", "About one"]
    assert ChatSession.objects.count() == 2


def test_a_reader_branches_into_a_session_of_their_own(bobs: Program, bob: User, chat: ChatSession) -> None:
    talk(chat, "one")
    SessionMember.objects.create(session=chat, user=bob)
    made = bobs.post(f"chat/sessions/{chat.pk}/branch").json()
    assert ChatSession.objects.get(pk=made["id"]).owner == bob


# ---------------------------------------------------------------- merges


def test_a_merge_is_done_once_and_taken_back(alices: Program, chat: ChatSession, make_chat: Make) -> None:
    target = make_chat()
    talk(chat, "one")
    talk(target, "two")
    merged = alices.post(f"chat/sessions/{chat.pk}/merge", {"into": str(target.pk)})
    assert merged.status_code == 200, merged.content
    assert merged.json()["session"]["message_count"] == 4
    assert contents(alices, str(target.pk)) == ["two", "About two", "one", "About one"]
    assert alices.get(f"chat/sessions/{chat.pk}").json()["archived"] is True
    again = alices.post(f"chat/sessions/{chat.pk}/merge", {"into": str(target.pk)})
    assert (again.status_code, problem(again)) == (409, "not_possible")
    back = alices.post(f"chat/sessions/{chat.pk}/unmerge", {"first": merged.json()["first"]})
    assert (back.status_code, back.json()["archived"]) == (200, False)
    assert contents(alices, str(target.pk)) == ["two", "About two"]


def test_only_own_sessions_are_merged_and_none_into_itself(
    bobs: Program, bob: User, chat: ChatSession, make_chat: Make
) -> None:
    own = make_chat(owner=bob)
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.WRITER)
    assert bobs.post(f"chat/sessions/{chat.pk}/merge", {"into": str(own.pk)}).status_code == 404
    assert bobs.post(f"chat/sessions/{own.pk}/merge", {"into": str(chat.pk)}).status_code == 404
    assert bobs.post(f"chat/sessions/{chat.pk}/unmerge").status_code == 404
    itself = bobs.post(f"chat/sessions/{own.pk}/merge", {"into": str(own.pk)})
    assert (itself.status_code, problem(itself)) == (409, "not_possible")
    assert problem(bobs.post(f"chat/sessions/{own.pk}/merge", {})) == "invalid"


# ---------------------------------------------------------------- the way back, and for good


def test_restoring_leads_out_of_the_trash_then_out_of_the_archive(alices: Program, chat: ChatSession) -> None:
    path = f"chat/sessions/{chat.pk}"
    alices.delete(path)
    alices.delete(f"{path}?permanent=true")
    assert alices.post(f"{path}/restore").json()["archived"] is True
    assert alices.post(f"{path}/restore").json()["archived"] is False
    assert alices.post(f"{path}/restore").status_code == 200
    assert alices.post(f"chat/sessions/{uuid.uuid4()}/restore").status_code == 404


def test_only_what_is_deleted_goes_for_good(alices: Program, chat: ChatSession) -> None:
    path = f"chat/sessions/{chat.pk}"
    talk(chat, "one")
    assert alices.post(f"{path}/purge").status_code == 404
    alices.delete(f"{path}?permanent=true")
    assert alices.post(f"{path}/purge").status_code == 204
    assert alices.post(f"{path}/restore").status_code == 404
    assert not ChatSession.objects.filter(pk=chat.pk).exists()


def test_what_still_ends_does_not_go_for_good(alices: Program, chat: ChatSession) -> None:
    begin(send_message(chat=chat, author=chat.owner, content="one").reply)
    alices.delete(f"chat/sessions/{chat.pk}?permanent=true")
    answer = alices.post(f"chat/sessions/{chat.pk}/purge")
    assert (answer.status_code, problem(answer)) == (409, "not_now")


# ---------------------------------------------------------------- context


def test_the_context_begins_anew_and_is_whole_again(
    alices: Program, bobs: Program, bob: User, chat: ChatSession
) -> None:
    path = f"chat/sessions/{chat.pk}"
    assert alices.post(f"{path}/clear-context").json()["context_from"] is None
    last = talk(chat, "one")[-1]
    for _ in range(2):
        assert alices.post(f"{path}/clear-context").json() == {
            "session": str(chat.pk),
            "context_from": str(last.pk),
        }
    SessionMember.objects.create(session=chat, user=bob)
    for deed in ("clear-context", "restore-context"):
        assert problem(bobs.post(f"{path}/{deed}")) == "read_only"
    assert alices.post(f"{path}/restore-context").json()["context_from"] is None


# ---------------------------------------------------------------- what waits


@pytest.fixture
def waiting(chat: ChatSession) -> list[str]:
    """An answer grows; two messages wait."""
    begin(send_message(chat=chat, author=chat.owner, content="one").reply)
    for each in ("two", "three"):
        send_message(chat=chat, author=chat.owner, content=each)
    return [f"chat/sessions/{chat.pk}/pending/{key}" for key in chat.pending.values_list("pk", flat=True)]


def test_what_waits_is_listed_changed_and_taken_back(
    alices: Program, chat: ChatSession, waiting: list[str]
) -> None:
    changed = alices.patch(waiting[0], {"content": "TWO"})
    assert (changed.status_code, changed.json()["content"]) == (200, "TWO")
    assert alices.get(waiting[0]).json() == changed.json()
    listed = f"chat/sessions/{chat.pk}/pending"
    assert [row["content"] for row in alices.get(listed).json()["results"]] == ["TWO", "three"]
    first = alices.get(f"{listed}?limit=1").json()
    rest = alices.get(first["next"].removeprefix("http://testserver/api/")).json()
    assert [row["content"] for row in rest["results"]] == ["three"]
    assert alices.delete(waiting[0]).status_code == 204
    assert (
        alices.delete(waiting[0]).status_code == alices.patch(waiting[0], {"content": "x"}).status_code == 404
    )
    assert problem(alices.patch(waiting[1], {"content": " "})) == "empty"
    assert problem(alices.patch(waiting[1], {})) == "invalid"


def test_a_hurried_message_goes_to_the_front_and_stops_the_answer(
    alices: Program, chat: ChatSession, waiting: list[str]
) -> None:
    answer = alices.post(f"{waiting[1]}/send")
    assert (answer.status_code, answer.json()["pending"]["content"]) == (202, "three")
    assert chat.replies.get().stop_requested_at is not None
    assert [row.content for row in chat.pending.all()] == ["three", "two"]


def test_without_an_answer_it_goes_out_at_once(
    alices: Program, chat: ChatSession, waiting: list[str]
) -> None:
    end(chat.replies.get(), "failed", "text", "error")
    sent = alices.post(f"{waiting[0]}/send")
    assert sent.status_code == 201
    assert (sent.json()["message"]["content"], sent.json()["reply"]["status"]) == ("two", "queued")
    assert alices.post(f"{waiting[0]}/send").status_code == 404


def test_what_waits_is_found_through_its_session_only(
    alices: Program, bobs: Program, bob: User, make_chat: Make, chat: ChatSession, waiting: list[str]
) -> None:
    key, other = PendingMessage.objects.values_list("pk", flat=True)[0], make_chat()
    assert alices.get(f"chat/sessions/{other.pk}/pending/{key}").status_code == 404
    SessionMember.objects.create(session=chat, user=bob)
    assert bobs.get(waiting[0]).status_code == 200
    for answer in (
        bobs.patch(waiting[0], {"content": "x"}),
        bobs.delete(waiting[0]),
        bobs.post(f"{waiting[0]}/send"),
    ):
        assert (answer.status_code, problem(answer)) == (403, "read_only")


# ---------------------------------------------------------------- answers that were kept


def test_answers_of_a_session_that_is_deleted_for_good_are_not_given_again(alices: Program) -> None:
    made = alices.post("chat/sessions", {"title": "Secret plans"}, **{"Idempotency-Key": "a"}).json()
    alices.post("chat/sessions", {"title": "Others"}, **{"Idempotency-Key": "b"})
    chat = ChatSession.objects.get(pk=made["id"])
    answer = talk(chat, "one")[1]
    note = {"comment": "A secret"}
    alices.post(f"chat/messages/{answer.pk}/annotate", note, **{"Idempotency-Key": "c"})
    assert IdempotencyKey.objects.filter(session_key=chat.pk).count() == 2
    alices.delete(f"chat/sessions/{chat.pk}?permanent=true")
    assert alices.post(f"chat/sessions/{chat.pk}/purge").status_code == 204
    assert [each.key for each in IdempotencyKey.objects.all()] == ["b"]


def test_of_one_who_has_too_many_keys_the_oldest_go(
    alices: Program, bobs: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST", 2)
    for key in "abc":
        alices.post("chat/sessions", {}, **{"Idempotency-Key": key})
    bobs.post("chat/sessions", {}, **{"Idempotency-Key": "d"})
    assert idempotency.sweep() is False
    assert sorted(IdempotencyKey.objects.values_list("key", flat=True)) == ["b", "c", "d"]


def test_an_answer_that_was_deleted_is_not_given_to_who_asks_again(
    alices: Program, chat: ChatSession
) -> None:
    first = talk(chat, "one")[1]
    again = {"Idempotency-Key": "k"}
    made = alices.post(f"chat/messages/{first.pk}/regenerate", {}, **again).json()["reply"]["id"]
    end(Reply.objects.get(pk=made))
    assert alices.post(f"chat/messages/{first.pk}/regenerate", {}, **again).status_code == 200
    Message.objects.filter(pk=made).update(deleted_at=timezone.now())
    for headers in ({}, {"Accept": "text/event-stream"}):
        response = alices.post(f"chat/messages/{first.pk}/regenerate", {}, **again, **headers)
        assert (response.status_code, problem(response)) == (409, "not_possible")
