"""Notifications that programs post, and the webhooks by which others do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.queries.happened import folded
from sessions_app.actions.tokens import make_token
from sessions_app.actions.webhooks import MOST, make_webhook
from sessions_app.agent.cards import posted
from sessions_app.doctor import examine
from sessions_app.models import ChatSession, Message, PendingMessage, Reply, SessionWebhook, User, Visit
from tests.actions.steps import end, send

from .program import Program, problem

FAILED = {
    "kind": "deploy",
    "title": "Deploy failed",
    "body": "Step `migrate` timed out.",
    "severity": "error",
    "link": "https://ci.example.org/runs/71",
}


def notify(program: Program, chat: ChatSession, **more: Any) -> Any:
    return program.post(f"chat/sessions/{chat.pk}/notifications", {**FAILED, **more})


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, problem(answer)


@pytest.fixture
def ci(alice: User) -> Program:
    secret = make_token(user=alice, name="CI", scopes=["write"])[1]
    return Program(Client(headers={"Authorization": f"Bearer {secret}"}))


def test_a_notification_stands_in_the_session_at_once_and_asks_for_nothing(
    ci: Program, chat: ChatSession
) -> None:
    end(send(chat, "How is it going?").reply)
    answer = notify(ci, chat)
    assert answer.status_code == 201
    message = answer.json()["message"]
    assert (answer.json()["reply"], message["content"], message["position"]) == (None, "", 3)
    card = posted(message["parts"])
    assert card is not None
    assert (card.heading, card.title, card.severity) == ("Notification from CI", "Deploy failed", "error")
    assert (card.topic, card.link, card.text) == ("deploy", FAILED["link"], FAILED["body"])
    assert Reply.objects.count() == 1
    chat.refresh_from_db()
    assert chat.message_count == 3
    assert examine() == []


@pytest.mark.parametrize("key", ["client_id", "Idempotency-Key"])
def test_the_same_twice_is_one_notification(ci: Program, chat: ChatSession, key: str) -> None:
    named: dict[str, Any] = {"client_id": "run-71"} if key == "client_id" else {}
    headers = {} if named else {key: "run-71"}
    path = f"chat/sessions/{chat.pk}/notifications"
    answers = [ci.post(path, {**FAILED, **named}, **headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["message"]["id"] == answers[1].json()["message"]["id"]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = ci.post(path, {**FAILED, **named, "title": "Deploy went well"}, **headers)
    assert refused(other) == (409, "client_id_reused")
    assert Message.objects.count() == 1


def test_one_that_wants_an_answer_is_asked_on_its_sender_s_account(
    with_token: Callable[..., Program], ci: Program, chat: ChatSession, alice: User
) -> None:
    assert refused(notify(ci, chat, answer=True)) == (403, "scope_missing")
    assert Message.objects.count() == 0
    answer = notify(with_token(alice, "write", "chat"), chat, answer=True, client_id="a")
    assert answer.status_code == 201
    assert answer.json()["reply"]["status"] == "queued"
    question = Message.objects.get(pk=answer.json()["message"]["id"])
    assert (question.author, posted(question.parts) is not None) == (alice, True)
    again = notify(with_token(alice, "write", "chat"), chat, answer=True, client_id="a")
    assert (again.status_code, again.json()["reply"]["id"]) == (200, answer.json()["reply"]["id"])


def test_while_a_reply_runs_it_waits_only_for_an_answer(alices: Program, chat: ChatSession) -> None:
    running = send(chat, "Write a poem").reply
    assert notify(alices, chat).status_code == 201
    waits = notify(alices, chat, answer=True, client_id="b")
    assert waits.status_code == 202
    assert PendingMessage.objects.get().cards[0]["title"] == "Deploy failed"
    assert refused(notify(alices, chat, client_id="b")) == (409, "client_id_reused")
    end(running, text="Roses")
    shown = list(Message.objects.filter(session=chat).shown())
    assert [(row.role, posted(row.parts) is not None) for row in shown] == [
        ("user", False), ("assistant", False), ("user", True), ("user", True), ("assistant", False),
    ]  # fmt: skip
    assert examine() == []


def test_it_belongs_to_the_answer_it_stands_below(ci: Program, alices: Program, chat: ChatSession) -> None:
    first = send(chat, "Write a poem").reply
    assert first is not None
    notify(ci, chat)
    end(first, text="Roses")
    again = alices.post(f"chat/messages/{first.pk}/regenerate", {})
    assert again.status_code == 201
    shown = Message.objects.filter(session=chat).shown()
    assert [posted(row.parts) is None for row in shown] == [True, True]
    end(Reply.objects.get(pk=again.json()["reply"]["id"]), text="Violets")
    assert alices.post(f"chat/messages/{first.pk}/switch", {}).status_code == 200
    assert [posted(row.parts) is None for row in shown.all()] == [True, True, False]
    assert examine() == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"link": "javascript:alert(1)"}, "bad_link"),
        ({"link": "https://alice:secret@example.org/"}, "bad_link"),
        ({"title": " \x07\n "}, "empty"),
        ({"title": "\u202e"}, "empty"),
        ({"severity": "fatal"}, "invalid"),
        ({"kind": "<b>"}, "invalid"),
        ({"title": "x" * 201}, "invalid"),
        ({"body": "x" * 20_001}, "invalid"),
        ({"source": "CI"}, "invalid"),
    ],
)
def test_what_cannot_be_posted_is_refused_and_says_why(
    ci: Program, chat: ChatSession, wrong: dict[str, Any], code: str
) -> None:
    status = 400 if code == "invalid" else 422
    assert refused(notify(ci, chat, **wrong)) == (status, code)
    assert Message.objects.count() == 0


def test_members_post_where_they_may_write(bobs: Program, chat: ChatSession, bob: User) -> None:
    assert refused(notify(bobs, chat)) == (404, "not_found")
    member = chat.memberships.create(user=bob)
    assert refused(notify(bobs, chat)) == (403, "read_only")
    member.role = "writer"
    member.save()
    assert notify(bobs, chat).status_code == 201


def test_figures_and_unread_marks_know_what_a_person_wrote(
    ci: Program, alices: Program, chat: ChatSession, alice: User
) -> None:
    end(send(chat, "Mine").reply)
    Visit.objects.create(user=alice, session=chat, at=timezone.now())
    notify(ci, chat)
    notify(alices, chat, answer=True)
    chat.refresh_from_db()
    assert chat.last_activity_at > Visit.objects.get().at
    today = timezone.localdate(timezone=alice.zone)
    facts = folded(today, today, alice.zone)[today]
    assert (facts.questions, facts.messages) == (1, 3)  # what was asked for is an answer all the same


def test_a_session_that_begins_with_one_is_called_by_it_and_found(
    ci: Program, alices: Program, chat: ChatSession
) -> None:
    notify(ci, chat)
    chat.refresh_from_db()
    assert chat.title == "Deploy failed"
    for words in ("deploy failed", "migrate"):
        found = alices.get(f"chat/search?q={words}").json()
        assert [hit["session"]["id"] for hit in found["results"]] == [str(chat.pk)]


def test_nobody_edits_a_notification(alices: Program, ci: Program, chat: ChatSession) -> None:
    key = notify(ci, chat).json()["message"]["id"]
    for body in ({"content": "All is well"}, {"content": "All is well", "send": True}):
        assert refused(alices.patch(f"chat/messages/{key}", body)) == (409, "not_possible")
    assert alices.delete(f"chat/messages/{key}").status_code == 200


# ---------------------------------------------------------------- managing webhooks


def test_a_browser_makes_webhooks_and_their_secret_is_told_once(
    alices: Program, with_token: Callable[..., Program], chat: ChatSession, alice: User
) -> None:
    path = f"chat/sessions/{chat.pk}/webhooks"
    made = alices.post(path, {"name": "CI", "answers": True})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    row = SessionWebhook.objects.get()
    assert made.json()["secret"] not in row.secret_sealed
    token = with_token(alice)
    assert refused(token.post(path, {"name": "Mine"})) == (403, "session_needed")
    [listed] = token.get(path).json()["results"]
    assert listed == {name: value for name, value in made.json().items() if name != "secret"}
    assert token.delete(f"{path}/{row.pk}").status_code == 204
    assert token.get(path).json()["results"] == []
    row.refresh_from_db()
    assert row.secret_sealed == ""


def test_others_of_a_session_revoke_their_own_webhooks_alone(
    bobs: Program, alices: Program, chat: ChatSession, alice: User, bob: User
) -> None:
    member = chat.memberships.create(user=bob, role="writer")
    hers, his = (make_webhook(chat=chat, maker=who, name="CI")[0] for who in (alice, bob))
    path = f"chat/sessions/{chat.pk}/webhooks"
    assert refused(bobs.delete(f"{path}/{hers.pk}")) == (403, "not_yours")
    assert bobs.delete(f"{path}/{his.pk}").status_code == 204
    member.role = "reader"
    member.save()
    assert refused(bobs.get(path)) == (403, "read_only")


def test_a_session_has_a_bounded_number_of_them(alices: Program, chat: ChatSession, alice: User) -> None:
    for number in range(MOST):
        make_webhook(chat=chat, maker=alice, name=f"CI {number}")
    assert refused(alices.post(f"chat/sessions/{chat.pk}/webhooks", {"name": "One more"})) == (
        409,
        "too_many_webhooks",
    )
