"""One message by REST: rewriting, asking again, versions, deleting and bringing back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from sessions_app.actions.branching import branch_session
from sessions_app.models import ChatSession, Message, Reply, SessionMember, User
from tests.actions.steps import end, send

from .program import Program, problem


@pytest.fixture
def asked(chat: ChatSession) -> Message:
    """A question with its answer."""
    sent = send(chat, "Before")
    end(sent.reply)
    assert sent.message is not None
    return sent.message


@pytest.fixture
def answer(asked: Message) -> Message:
    return Message.objects.get(parent=asked)


def tag(program: Program, message: Message) -> str:
    return str(program.get(f"chat/messages/{message.pk}")["ETag"])


@pytest.mark.parametrize("method", ["put", "patch"])
def test_saving_keeps_place_answer_and_the_former_text(
    alices: Program, asked: Message, answer: Message, method: str
) -> None:
    response = getattr(alices, method)(f"chat/messages/{asked.pk}", {"content": "After"})
    assert response.status_code == 200
    assert (response.json()["id"], response.json()["content"]) == (str(asked.pk), "After")
    assert response.json() == alices.get(f"chat/messages/{asked.pk}").json()
    [former] = alices.get(f"chat/messages/{asked.pk}/revisions").json()["results"]
    assert (former["number"], former["content"], former["replaced_by"]) == (1, "Before", "alice")
    assert former["parts"] == [{"kind": "text", "turn": 0, "text": "Before"}]
    assert alices.get(f"chat/messages/{answer.pk}").status_code == 200
    assert Message.objects.count() == 2


def test_sending_again_is_a_version_with_an_answer_of_its_own(alices: Program, asked: Message) -> None:
    body = {"content": "After", "send": True, "client_id": "edit-1"}
    first = alices.patch(f"chat/messages/{asked.pk}", body)
    assert first.status_code == 201
    assert first.json()["message"]["content"] == "After"
    assert (first.json()["message"]["version"], first.json()["message"]["versions"]) == (2, 2)
    assert first.json()["reply"]["status"] == "queued"
    second = alices.patch(f"chat/messages/{asked.pk}", body)
    assert (second.status_code, second["Idempotency-Replayed"]) == (200, "true")
    assert second.json() == first.json()
    third = alices.patch(
        f"chat/messages/{asked.pk}", {"content": "After", "send": True}, **{"Idempotency-Key": "edit-1"}
    )
    assert third.json() == first.json()
    rows = alices.get(f"chat/messages/{asked.pk}/versions").json()["results"]
    assert [(row["content"], row["active"]) for row in rows] == [("Before", False), ("After", True)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"content": 1}, 400, "invalid"),
        ({"content": "After", "send": "yes"}, 400, "invalid"),
        ({"content": "After", "model": "offline"}, 400, "invalid"),
        ({"content": "After", "send": False, "client_id": "x"}, 400, "invalid"),
        ({"content": "After", "attachments": []}, 400, "invalid"),
        ({"content": " "}, 422, "empty"),
        ({"content": " ", "send": True}, 422, "empty"),
        ({"content": "x" * 400_001}, 413, "too_long"),
        ({"content": "After", "send": True, "model": "none"}, 422, "unknown_model"),
        ({"content": "After", "send": True, "attachments": [str(uuid.UUID(int=7))]}, 409, "not_possible"),
    ],
)
def test_a_bad_edit_changes_nothing(
    alices: Program, asked: Message, body: Any, status: int, code: str
) -> None:
    response = alices.patch(f"chat/messages/{asked.pk}", body)
    assert (response.status_code, problem(response)) == (status, code)
    asked.refresh_from_db()
    assert (asked.content, asked.revisions, Message.objects.count()) == ("Before", [], 2)


def test_answers_are_not_rewritten(alices: Program, answer: Message) -> None:
    for body in ({"content": "Mine"}, {"content": "Mine", "send": True}):
        response = alices.put(f"chat/messages/{answer.pk}", body)
        assert (response.status_code, problem(response)) == (409, "not_possible")
        assert response.json()["detail"] == "Only a person's message can be edited."


def test_while_a_reply_runs_only_saving_goes(alices: Program, chat: ChatSession, asked: Message) -> None:
    send(chat, "Next")
    path = f"chat/messages/{asked.pk}"
    assert problem(alices.patch(path, {"content": "After", "send": True})) == "not_now"
    assert problem(alices.delete(path)) == "not_now"
    assert problem(alices.post(f"{path}/switch")) in ("not_now",)
    assert alices.patch(path, {"content": "After"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("put", {"content": "After"}),
        ("patch", {"content": "After"}),
        ("patch", {"content": "After", "send": True}),
        ("delete", None),
    ],
)
def test_what_was_changed_meanwhile_is_left_alone(
    alices: Program, asked: Message, method: str, body: Any
) -> None:
    path, old = f"chat/messages/{asked.pk}", tag(alices, asked)
    assert alices.patch(path, {"content": "Elsewhere"}).status_code == 200
    given = [path] if body is None else [path, body]
    response = getattr(alices, method)(*given, **{"If-Match": old})
    assert (response.status_code, problem(response)) == (412, "changed_meanwhile")
    asked.refresh_from_db()
    assert (asked.content, asked.deleted_at, Message.objects.count()) == ("Elsewhere", None, 2)
    response = getattr(alices, method)(*given, **{"If-Match": tag(alices, asked)})
    assert response.status_code in (200, 201)


def test_any_state_is_meant_by_a_star(alices: Program, asked: Message) -> None:
    response = alices.put(f"chat/messages/{asked.pk}", {"content": "After"}, **{"If-Match": "*"})
    assert response.status_code == 200


def test_an_unchanged_message_is_not_sent_again(alices: Program, asked: Message) -> None:
    response = alices.get(f"chat/messages/{asked.pk}", **{"If-None-Match": tag(alices, asked)})
    assert (response.status_code, response.content) == (304, b"")


def test_a_deleted_message_takes_what_follows_with_it_and_comes_back(
    alices: Program, chat: ChatSession, asked: Message, answer: Message
) -> None:
    gone = alices.delete(f"chat/messages/{asked.pk}")
    assert gone.status_code == 200
    assert (gone.json()["deletion"], gone.json()["count"]) == (str(asked.pk), 2)
    assert (gone.json()["content"], gone.json()["inside"]) == ("Before", False)
    for key in (asked.pk, answer.pk):
        assert alices.get(f"chat/messages/{key}").status_code == 404
    assert alices.delete(f"chat/messages/{asked.pk}").status_code == 404
    listed = alices.get(f"chat/sessions/{chat.pk}/messages/deleted").json()["results"]
    assert listed == [gone.json()]
    back = alices.post(f"chat/messages/{asked.pk}/restore")
    assert (back.status_code, back.json()["active"]) == (200, True)
    assert alices.get(f"chat/messages/{answer.pk}").json()["active"]
    assert alices.get(f"chat/sessions/{chat.pk}/messages/deleted").json()["results"] == []
    again = alices.post(f"chat/messages/{asked.pk}/restore")
    assert (again.status_code, problem(again)) == (409, "not_possible")


def test_what_was_deleted_inside_another_comes_back_after_it(
    alices: Program, chat: ChatSession, asked: Message, answer: Message
) -> None:
    alices.delete(f"chat/messages/{answer.pk}")
    alices.delete(f"chat/messages/{asked.pk}")
    rows = alices.get(f"chat/sessions/{chat.pk}/messages/deleted").json()["results"]
    assert [(row["deletion"], row["inside"]) for row in rows] == [
        (str(asked.pk), False),
        (str(answer.pk), True),
    ]
    assert problem(alices.post(f"chat/messages/{answer.pk}/restore")) == "not_possible"
    assert alices.post(f"chat/messages/{asked.pk}/restore").status_code == 200
    assert alices.post(f"chat/messages/{answer.pk}/restore").status_code == 200


def test_a_version_is_chosen(alices: Program, chat: ChatSession, asked: Message, answer: Message) -> None:
    made = alices.post(f"chat/messages/{answer.pk}/regenerate").json()["reply"]["id"]
    end(Reply.objects.get(pk=made), text="Another")
    switched = alices.post(f"chat/messages/{answer.pk}/switch")
    assert (switched.status_code, switched.json()["active"]) == (200, True)
    assert not alices.get(f"chat/messages/{made}").json()["active"]
    shown = alices.get(f"chat/sessions/{chat.pk}/messages").json()["results"]
    assert [row["id"] for row in shown] == [str(asked.pk), str(answer.pk)]


def test_a_question_without_an_answer_is_answered_once(
    alices: Program, chat: ChatSession, asked: Message, alice: User
) -> None:
    branch = branch_session(message=asked, owner=alice)
    [copy] = Message.objects.filter(session=branch)
    key = {"Idempotency-Key": "k"}
    made = alices.post(f"chat/messages/{copy.pk}/answer", **key)
    assert (made.status_code, made.json()["message"]["id"]) == (201, str(copy.pk))
    again = alices.post(f"chat/messages/{copy.pk}/answer", **key)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.json() == made.json()
    end(Reply.objects.get(pk=made.json()["reply"]["id"]))
    for message in (copy.pk, made.json()["reply"]["id"]):
        response = alices.post(f"chat/messages/{message}/answer")
        assert (response.status_code, problem(response)) == (409, "not_possible")


@pytest.mark.parametrize("operation", ["retry", "continue", "regenerate"])
def test_another_answer_under_one_key_is_one(alices: Program, answer: Message, operation: str) -> None:
    Reply.objects.filter(pk=answer.pk).update(status="interrupted")
    key = {"Idempotency-Key": "again-1"}
    first = alices.post(f"chat/messages/{answer.pk}/{operation}", **key)
    second = alices.post(f"chat/messages/{answer.pk}/{operation}", **key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Reply.objects.count() == 2
    other = alices.post(f"chat/messages/{answer.pk}/{operation}")
    assert (other.status_code, problem(other)) == (409, "not_now")
    bad = alices.post(f"chat/messages/{answer.pk}/{operation}", **{"Idempotency-Key": "a b"})
    assert (bad.status_code, problem(bad)) == (400, "invalid")


def test_a_key_is_of_one_request(alices: Program, asked: Message, answer: Message) -> None:
    key = {"Idempotency-Key": "again-1"}
    made = alices.post(f"chat/messages/{answer.pk}/regenerate", **key).json()["reply"]["id"]
    end(Reply.objects.get(pk=made))
    other = alices.post(f"chat/messages/{made}/regenerate", **key)
    assert (other.status_code, problem(other)) == (422, "key_reused")


def test_readers_read_and_change_nothing(
    bobs: Program, bob: User, chat: ChatSession, asked: Message, answer: Message
) -> None:
    SessionMember.objects.create(session=chat, user=bob)
    path = f"chat/messages/{asked.pk}"
    assert bobs.get(path).status_code == 200
    assert bobs.get(f"{path}/versions").status_code == bobs.get(f"{path}/revisions").status_code == 200
    refused = [
        bobs.put(path, {"content": "Mine"}),
        bobs.patch(path, {"content": "Mine"}),
        bobs.delete(path),
        bobs.post(f"{path}/switch"),
        bobs.post(f"{path}/restore"),
        bobs.post(f"{path}/answer"),
        bobs.post(f"chat/messages/{answer.pk}/retry"),
    ]
    assert [(each.status_code, problem(each)) for each in refused] == [(403, "read_only")] * len(refused)
    assert bobs.get(f"chat/sessions/{chat.pk}/messages/deleted").status_code == 404


@pytest.mark.parametrize(
    "operation", ["", "/versions", "/revisions", "/switch", "/restore", "/answer", "/marks"]
)
def test_what_is_missing_is_404(alices: Program, operation: str) -> None:
    path = f"chat/messages/{uuid.uuid4()}{operation}"
    posts = operation in ("/switch", "/restore", "/answer")
    assert problem(alices.post(path) if posts else alices.get(path)) == "not_found"
    if not operation:
        assert alices.put(path, {"content": "x"}).status_code == alices.delete(path).status_code == 404
