"""What a token gets no further with than it goes: what waits, tool calls that ask, and what it asked for before its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app import gates
from sessions_app.actions.accounts import revoke_all_tokens
from sessions_app.actions.tokens import make_token, revoke_token, sweep
from sessions_app.gates import TokenLimit
from sessions_app.models import (
    ApiToken,
    ChatSession,
    Message,
    PendingMessage,
    Reply,
    SessionMember,
    ToolCall,
    ToolConsent,
    User,
)
from tests.actions.steps import begin, send

from .program import Program, problem

MakeChat = Callable[..., ChatSession]


def bearing(user: User, messages: int | None = None) -> tuple[ApiToken, Program]:
    limit = TokenLimit("requests", "day", messages) if messages else None
    token, secret = make_token(user=user, limit=limit)
    return token, Program(Client(headers={"Authorization": f"Bearer {secret}"}))


def waits(chat: ChatSession, content: str = "Next", token: ApiToken | None = None) -> PendingMessage:
    pending = send(chat, content, client_id=content, token=token).pending
    assert pending is not None
    return pending


def used(token: ApiToken) -> Any:
    return gates.token_limits([token])[token.public_id].used


def path_of(pending: PendingMessage) -> str:
    return f"chat/sessions/{pending.session_id}/pending/{pending.pk}"


def came_by(pending: PendingMessage) -> Any:
    pending.refresh_from_db()
    return pending.api_token


# ---------------------------------------------------------------- what waits


def test_what_waits_goes_out_with_the_token_it_is_hurried_with_which_counts_it_once(
    alice: User, chat: ChatSession
) -> None:
    (first, ours), (second, theirs) = bearing(alice, 5), bearing(alice, 1)
    begin(send(chat, "Now").reply)
    pending = waits(chat, token=first)
    assert ours.post(f"{path_of(pending)}/send").status_code == 202
    assert (came_by(pending), used(first)) == (first.public_id, 1)
    for _ in range(2):
        assert theirs.post(f"{path_of(pending)}/send").status_code == 202
    assert (came_by(pending), used(first), used(second)) == (second.public_id, 1, 1)
    other = waits(chat, "After", token=first)
    refused = theirs.post(f"{path_of(other)}/send")
    assert (refused.status_code, problem(refused)) == (429, "budget")
    assert (came_by(other), other.position, used(second)) == (first.public_id, 1, 1)


def test_a_reply_to_what_was_hurried_with_a_token_is_on_that_token(alice: User, chat: ChatSession) -> None:
    token, program = bearing(alice)
    send(chat, "Now")  # nobody works on it: it ends when it is asked to stop
    pending = waits(chat)
    assert program.post(f"{path_of(pending)}/send").status_code == 201
    assert Reply.objects.unfinished().get().api_token == token.public_id


def test_another_member_changes_neither_the_words_nor_the_token_of_what_waits(
    alice: User, bob: User, as_bob: Client, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    begin(send(chat, "Now").reply)
    pending = waits(chat)
    _, program = bearing(bob)
    refused = program.patch(path_of(pending), {"content": "Bobs words"})
    assert (refused.status_code, problem(refused)) == (403, "not_yours")
    page = as_bob.post(f"/sessions/{chat.pk}/pending/{pending.pk}/edit/", {"content": "Bobs words"})
    assert page.status_code == 403
    assert program.post(f"{path_of(pending)}/send").status_code == 202
    assert came_by(pending) is None
    assert pending.content == "Next"


def test_words_are_sent_with_the_token_they_were_written_with(
    alice: User, alices: Program, chat: ChatSession
) -> None:
    (token, program), (full, spent) = bearing(alice, 1), bearing(alice, 1)
    begin(send(chat, "Now").reply)
    pending = waits(chat)
    for _ in range(2):
        assert program.patch(path_of(pending), {"content": "Its words"}).status_code == 200
    assert (came_by(pending), pending.content, used(token)) == (token.public_id, "Its words", 1)
    waits(chat, "Another", token=full)
    refused = spent.patch(path_of(pending), {"content": "No words"})
    assert (refused.status_code, problem(refused)) == (429, "budget")
    assert (came_by(pending), pending.content) == (token.public_id, "Its words")
    assert alices.patch(path_of(pending), {"content": "Mine"}).status_code == 200
    assert came_by(pending) is None


# ---------------------------------------------------------------- tool calls that ask


def asks(chat: ChatSession, token: ApiToken | None) -> ToolCall:
    reply = send(chat, "How much?", token=token).reply
    assert reply is not None
    Reply.objects.filter(pk=reply.pk).update(status="waiting")
    return ToolCall.objects.create(
        message_id=reply.pk, turn=1, tool_name="analyze_costs", tool_use_id="1", status="awaiting_approval"
    )


def answer(program: Program, call: ToolCall, decision: str = "once") -> Any:
    body = {"tool_call": str(call.pk), "decision": decision}
    return program.post(f"chat/messages/{call.message_id}/approve", body)


def test_a_token_answers_tool_calls_of_its_own_replies_alone(
    alice: User, alices: Program, make_chat: MakeChat
) -> None:
    (token, program), (other, _) = bearing(alice), bearing(alice)
    calls = [asks(make_chat(), each) for each in (other, None)]
    for call in calls:
        refused = answer(program, call)
        assert (refused.status_code, problem(refused)) == (403, "not_yours")
        assert "asked for with it" in refused.json()["detail"]
        assert answer(alices, call).status_code == 201
    assert answer(program, asks(make_chat(), token)).status_code == 201


def test_what_is_allowed_always_is_allowed_in_a_browser(
    alice: User, alices: Program, chat: ChatSession
) -> None:
    token, program = bearing(alice)
    call = asks(chat, token)
    refused = answer(program, call, "always")
    assert (refused.status_code, problem(refused)) == (403, "session_needed")
    assert not ToolConsent.objects.exists()
    assert answer(alices, call, "always").status_code == 201
    assert ToolConsent.objects.exists()


# ---------------------------------------------------------------- the end of a token


def by_sweeping(token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).update(expiry=timezone.now() - timedelta(days=31))
    sweep()


ENDS: dict[str, Callable[[ApiToken], Any]] = {
    "revoked": lambda token: revoke_token(token=token),
    "swept": by_sweeping,
    "revoked by staff": lambda token: revoke_all_tokens(people=[token.user], actor=None),
}


@pytest.mark.parametrize("how", ENDS)
def test_with_a_token_what_was_asked_for_with_it_ends(alice: User, make_chat: MakeChat, how: str) -> None:
    token, _ = make_token(user=alice, limit=TokenLimit("money", "day", 1))
    queued, running, waiting = make_chat(), make_chat(), make_chat()
    send(queued, "One", token=token)
    waits(queued, token=token)
    begin(send(running, "Two", token=token).reply)
    asks(waiting, token)
    others = begin(send(make_chat(), "Four").reply)
    ENDS[how](token)
    assert not ApiToken.objects.exists()
    found = {reply.session: reply for reply in Reply.objects.all()}
    assert (found[queued].status, found[waiting].status, found[running].status) == (
        "stopped", "stopped", "running",
    )  # fmt: skip
    assert found[running].stop_requested_at is not None
    others.refresh_from_db()
    assert others.stop_requested_at is None
    assert queued.pending.count() == 1  # with a dead token nothing goes out
    assert Message.objects.filter(session=queued, role="user").count() == 1
