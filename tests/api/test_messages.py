"""Messages by REST."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient

from sessions_app.actions.messages import send_message
from sessions_app.models import ChatSession, Message, PendingMessage, Reply, ToolCall, User
from sessions_app.realtime.runtime import Runtime

from .program import Program, problem

SHAPE = {
    "id", "session", "parent", "role", "content", "parts", "status", "model", "fell_back", "tool_calls", "citations", "usage", "tokens",
    "cost", "processing_ms", "turns", "created_at", "author", "client_id", "attachments", "stop_reason", "error",
    "active", "position", "version", "versions", "revisions", "edited_at", "marks", "finished_at",
}  # fmt: skip


def send(program: Program, chat: ChatSession, content: str = "Hello", **more: Any) -> Any:
    return program.post(f"chat/sessions/{chat.pk}/messages", {"content": content, **more})


def ended(chat: ChatSession, alice: User, status: str, content: str = "So far") -> Message:
    """An answer that ended some time ago."""
    sent = send_message(chat=chat, author=alice, content="Hello")
    assert sent.reply is not None
    Reply.objects.filter(pk=sent.reply.pk).update(status=status)
    Message.objects.filter(pk=sent.reply.pk).update(
        content=content, parts=[{"kind": "text", "turn": 1, "text": content}]
    )
    return Message.objects.get(pk=sent.reply.pk)


def test_a_send_answers_at_once_with_the_message_and_its_reply(alices: Program, chat: ChatSession) -> None:
    response = send(alices, chat, "Hello", client_id="a-1")
    assert response.status_code == 201
    message, reply = response.json()["message"], response.json()["reply"]
    assert set(message) == set(reply) == SHAPE
    assert (message["role"], message["status"], message["content"]) == ("user", "sent", "Hello")
    assert (reply["role"], reply["status"], reply["parent"]) == ("assistant", "queued", message["id"])
    assert reply["usage"] == {
        "input": 0,
        "cache_read": 0,
        "cache_write_5m": 0,
        "cache_write_1h": 0,
        "output": 0,
    }
    assert (reply["tokens"], reply["processing_ms"]) == (0, None)


def test_the_same_client_id_is_one_message(alices: Program, chat: ChatSession) -> None:
    first, second = send(alices, chat, client_id="a-1"), send(alices, chat, client_id="a-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Message.objects.count() == 2


def test_the_same_client_id_with_other_content_is_refused(alices: Program, chat: ChatSession) -> None:
    send(alices, chat, "Hello", client_id="a-1")
    response = send(alices, chat, "Other", client_id="a-1")
    assert (response.status_code, problem(response)) == (409, "client_id_reused")


def keyed(program: Program, chat: ChatSession, key: str, **more: Any) -> Any:
    body = {"content": "Hello", **more}
    return program.post(f"chat/sessions/{chat.pk}/messages", body, **{"Idempotency-Key": key})


def test_the_key_of_a_request_is_the_client_id(alices: Program, chat: ChatSession) -> None:
    first, second = keyed(alices, chat, "a-1"), keyed(alices, chat, "a-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert first.json()["message"]["client_id"] == "a-1"
    assert send(alices, chat, client_id="a-1").json() == keyed(alices, chat, "a-1", client_id="a-1").json()
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("key", "more"),
    [("x" * 65, {}), ("a b", {}), ("a-1", {"client_id": "a-2"}), ("\xe9", {})],
)
def test_a_key_that_cannot_be_the_client_id_is_refused(
    alices: Program, chat: ChatSession, key: str, more: dict[str, str]
) -> None:
    response = keyed(alices, chat, key, **more)
    assert (response.status_code, problem(response)) == (400, "invalid")
    assert list(response.json()["fields"]) == ["Idempotency-Key"]
    assert not Message.objects.exists()


def test_what_waits_is_repeated_as_what_waits(alices: Program, chat: ChatSession) -> None:
    send(alices, chat)
    first, second = keyed(alices, chat, "a-2"), keyed(alices, chat, "a-2")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert problem(keyed(alices, chat, "a-2", content="Other")) == "client_id_reused"


def test_nothing_is_sent_below_what_its_writer_did_not_see(
    alices: Program, alice: User, chat: ChatSession
) -> None:
    seen = ended(chat, alice, "complete")
    regenerated = alices.post(f"chat/messages/{seen.pk}/regenerate").json()["reply"]["id"]
    alices.post(f"chat/sessions/{chat.pk}/stop")
    response = send(alices, chat, seen=str(seen.pk))
    assert (response.status_code, problem(response)) == (409, "path_changed")
    assert send(alices, chat, seen=regenerated).status_code == 201


def test_a_send_while_a_reply_runs_waits(alices: Program, chat: ChatSession) -> None:
    send(alices, chat)
    for headers in ({}, {"Accept": "text/event-stream"}):
        path = f"chat/sessions/{chat.pk}/messages"
        response = alices.post(path, {"content": "Next", "client_id": "a-2"}, **headers)
        assert response.status_code == 202
        assert response.json()["pending"]["content"] == "Next"
    assert PendingMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        ({}, 400),
        ({"content": 5}, 400),
        ({"content": None}, 400),
        ({"content": "Hello", "role": "assistant"}, 400),
        ({"content": "Hello", "author": 1}, 400),
        ({"content": "Hello", "client_id": "x" * 65}, 400),
        ({"content": "Hello", "client_id": "a\x00b"}, 400),
        ({"content": "Hello", "parent": "no id"}, 400),
        ({"content": "Hello", "parent": str(uuid.uuid4())}, 409),
        ({"content": " \n "}, 422),
        ({"content": "Hello", "model": "no-such-model"}, 422),
        ({"content": "x" * (settings.MAX_MESSAGE_BYTES + 1)}, 413),
        ({"content": "x" * 2_600_000}, 413),
    ],
)
def test_bad_input_sends_nothing(alices: Program, chat: ChatSession, body: Any, status: int) -> None:
    response = alices.post(f"chat/sessions/{chat.pk}/messages", body)
    assert response.status_code == status
    assert problem(response)
    assert not Message.objects.exists()


def test_the_parent_must_be_in_the_same_session(
    alices: Program, alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    elsewhere = send_message(chat=make_chat(), author=alice, content="There").message
    assert elsewhere is not None
    response = send(alices, make_chat(), parent=str(elsewhere.pk))
    assert (response.status_code, problem(response)) == (409, "not_possible")


def test_the_list_is_the_shown_path_in_order(alices: Program, alice: User, chat: ChatSession) -> None:
    ended(chat, alice, "complete")
    again = ended(chat, alice, "failed")
    alices.post(f"chat/messages/{again.pk}/retry")
    rows = alices.get(f"chat/sessions/{chat.pk}/messages").json()["results"]
    assert [(row["role"], row["status"]) for row in rows] == [
        ("user", "sent"),
        ("assistant", "complete"),
        ("user", "sent"),
        ("assistant", "queued"),
    ]
    assert str(again.pk) not in {row["id"] for row in rows}


def test_a_list_takes_the_same_queries_for_many_as_for_few(
    alices: Program, alice: User, chat: ChatSession, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        answer = ended(chat, alice, "complete")
        ToolCall.objects.create(message=answer, turn=1, tool_name="t", tool_use_id="u")
    with django_assert_max_num_queries(7):
        assert len(alices.get(f"chat/sessions/{chat.pk}/messages").json()["results"]) == 20


def test_parts_come_without_what_only_the_provider_may_see(
    alices: Program, alice: User, chat: ChatSession
) -> None:
    answer = ended(chat, alice, "complete")
    parts = [
        {"kind": "thinking", "turn": 1, "text": "Hm", "raw": {"provider": "p", "block": {"signature": "s"}}}
    ]
    Message.objects.filter(pk=answer.pk).update(parts=parts)
    assert alices.get(f"chat/messages/{answer.pk}").json()["parts"] == [
        {"kind": "thinking", "turn": 1, "text": "Hm"}
    ]


def test_tool_calls_are_named_as_in_the_stream(alices: Program, alice: User, chat: ChatSession) -> None:
    answer = ended(chat, alice, "complete")
    call = ToolCall.objects.create(
        message=answer, turn=1, tool_name="count", tool_use_id="u", input={"a": 1}, result=[2], status="success",
        duration_ms=3,
    )  # fmt: skip
    assert alices.get(f"chat/messages/{answer.pk}").json()["tool_calls"] == [
        {
            "id": str(call.pk), "tool_id": "count", "input": {"a": 1}, "status": "success", "result": [2],
            "error": "", "duration_ms": 3,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "status"), [("retry", "failed"), ("continue", "interrupted"), ("regenerate", "complete")]
)
def test_another_answer_is_a_new_reply_to_the_same_message(
    alices: Program, alice: User, chat: ChatSession, operation: str, status: str
) -> None:
    answer = ended(chat, alice, status)
    response = alices.post(f"chat/messages/{answer.pk}/{operation}")
    assert response.status_code == 201
    assert response.json()["message"]["id"] == str(answer.parent_id)
    assert response.json()["reply"]["status"] == "queued"
    assert response.json()["reply"]["id"] != str(answer.pk)


@pytest.mark.parametrize("operation", ["retry", "continue"])
def test_what_makes_no_sense_for_a_finished_reply_is_refused(
    alices: Program, alice: User, chat: ChatSession, operation: str
) -> None:
    response = alices.post(f"chat/messages/{ended(chat, alice, 'complete').pk}/{operation}")
    assert (response.status_code, problem(response)) == (409, "not_possible")


@pytest.mark.parametrize("operation", ["retry", "continue", "regenerate"])
def test_another_answer_is_refused_for_others_and_for_questions(
    alices: Program, bobs: Program, alice: User, chat: ChatSession, operation: str
) -> None:
    answer = ended(chat, alice, "failed")
    assert bobs.post(f"chat/messages/{answer.pk}/{operation}").status_code == 404
    assert alices.post(f"chat/messages/{uuid.uuid4()}/{operation}").status_code == 404
    assert alices.post(f"chat/messages/{answer.parent_id}/{operation}").status_code == 409
    assert alices.post(f"chat/messages/{answer.pk}/{operation}", {"status": "complete"}).status_code == 400
    assert Message.objects.count() == 2


def test_regenerate_takes_a_model_that_is_offered(alices: Program, alice: User, chat: ChatSession) -> None:
    answer = ended(chat, alice, "complete")
    assert alices.post(f"chat/messages/{answer.pk}/regenerate", {"model": "nothing"}).status_code == 422
    assert alices.post(f"chat/messages/{answer.pk}/regenerate", {"model": "offline"}).status_code == 201


def test_a_queued_reply_is_stopped_on_the_spot(alices: Program, chat: ChatSession) -> None:
    reply = send(alices, chat).json()["reply"]
    stopped = alices.post(f"chat/sessions/{chat.pk}/stop")
    assert (stopped.status_code, stopped.json()["stopped"]) == (200, True)
    assert (stopped.json()["reply"]["id"], stopped.json()["reply"]["status"]) == (reply["id"], "stopped")
    assert alices.post(f"chat/sessions/{chat.pk}/stop").json() == {"stopped": False, "reply": None}


def test_strangers_neither_read_nor_send(
    bobs: Program, alices: Program, alice: User, chat: ChatSession
) -> None:
    answer = ended(chat, alice, "complete")
    assert bobs.get(f"chat/messages/{answer.pk}").status_code == 404
    assert alices.get(f"chat/messages/{uuid.uuid4()}").status_code == 404
    assert send(bobs, chat).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_wait_answers_when_the_reply_has_ended(
    alice_waits: AsyncClient, alice: User, chat: ChatSession, process: Runtime
) -> None:
    response = await alice_waits.post(
        f"/api/chat/sessions/{chat.pk}/messages?wait=1",
        b'{"content": "Hello"}',
        content_type="application/json",
    )
    assert response.status_code == 201
    reply = response.json()["reply"]
    assert reply["status"] == "complete"
    assert reply["content"]
    assert reply["tokens"] == sum(reply["usage"].values()) > 0
    assert reply["processing_ms"] is not None
    shown = await alice_waits.get(f"/api/chat/messages/{reply['id']}")
    assert shown.json() == reply
    calls = (await alice_waits.get(f"/api/chat/sessions/{chat.pk}/usage")).json()["results"]
    assert sum(call["tokens"] for call in calls if call["purpose"] == "reply") == reply["tokens"]
