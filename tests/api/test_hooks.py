"""What comes by an incoming webhook: signed it is posted in its maker's name, all else is refused alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from analytics_app.actions.budgets import set_budget
from sessions_app.actions.organising import delete_sessions
from sessions_app.actions.webhooks import make_webhook, revoke_webhook
from sessions_app.agent.cards import posted
from sessions_app.api.hooks import LARGEST, MOST
from sessions_app.models import ChatSession, Message, Reply, SessionWebhook, User
from sessions_app.signing import new_secret, signature
from tests.actions.steps import end, send

from .program import problem

BODY = {"kind": "deploy", "title": "Deploy failed", "severity": "error"}


class Sender:
    """A program that knows the secret of a webhook."""

    def __init__(self, webhook: SessionWebhook, secret: str) -> None:
        self.path, self.secret = f"/hooks/{webhook.pk}", secret

    def post(self, body: Any = BODY, id: str = "msg_1", off: int = 0, path: str = "", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        at = str(int(time.time()) + off)
        signed = {
            "webhook-id": id,
            "webhook-timestamp": at,
            "webhook-signature": signature(self.secret, id, at, raw),
        }
        told = {name: value for name, value in {**signed, **headers}.items() if value}
        client = Client(enforce_csrf_checks=True)
        return client.post(path or self.path, raw, content_type="application/json", headers=told)


@pytest.fixture
def webhook(chat: ChatSession, alice: User) -> SessionWebhook:
    return make_webhook(chat=chat, maker=alice, name="CI", answers=True)[0]


@pytest.fixture
def sender(chat: ChatSession, alice: User) -> Sender:
    return Sender(*make_webhook(chat=chat, maker=alice, name="CI", answers=True))


def test_what_is_signed_stands_in_the_session(sender: Sender, chat: ChatSession, alice: User) -> None:
    answer = sender.post()
    assert (answer.status_code, answer.json()["answer"]) == (201, "none")
    message = Message.objects.get(pk=answer.json()["message"])
    card = posted(message.parts)
    assert card is not None
    assert (message.session, message.author, card.heading) == (chat, alice, "Notification from CI")
    row = SessionWebhook.objects.get()
    assert row.uses == 1
    assert row.last_used_at is not None


def test_a_repeated_message_is_taken_once_and_never_as_another(sender: Sender) -> None:
    """A sender tries again with a new time, a thief with the same."""
    first, again, stolen = sender.post(), sender.post(off=5), sender.post()
    assert [each.status_code for each in (first, again, stolen)] == [201, 200, 200]
    assert first.json()["message"] == again.json()["message"] == stolen.json()["message"]
    assert Message.objects.count() == 1
    assert problem(sender.post({**BODY, "title": "Other"})) == "client_id_reused"
    assert sender.post(id="msg_2").status_code == 201


def test_an_answer_is_on_its_maker_s_account_and_waits_for_the_running_one(
    sender: Sender, chat: ChatSession, alice: User
) -> None:
    asked = sender.post({**BODY, "answer": True})
    assert (asked.status_code, asked.json()["answer"]) == (201, "asked")
    reply = Reply.objects.get()
    assert reply.message.parent is not None
    assert reply.message.parent.author == alice
    waits = sender.post({**BODY, "answer": True}, id="msg_2")
    assert (waits.status_code, waits.json()) == (202, {"message": None, "answer": "waits"})
    end(reply)
    assert Message.objects.filter(session=chat).count() == 4


def test_what_waits_when_it_is_revoked_is_posted_without_an_answer(
    sender: Sender, chat: ChatSession, alice: User
) -> None:
    send(chat, "Hello")
    assert sender.post({**BODY, "answer": True}).json()["answer"] == "waits"
    revoke_webhook(webhook=SessionWebhook.objects.get(), by=alice)
    assert not chat.pending.exists()
    assert Reply.objects.filter(session=chat).count() == 1
    last = Message.objects.filter(session=chat).shown().last()
    assert last is not None
    assert posted(last.parts) is not None


def test_one_whose_answer_may_not_be_made_is_posted_all_the_same(
    sender: Sender, chat: ChatSession, alice: User
) -> None:
    quiet = Sender(*make_webhook(chat=chat, maker=alice, name="Quiet"))
    assert quiet.post({**BODY, "answer": True}).json()["answer"] == "refused"
    set_budget(actor=None, measure="requests", period="day", amount=1, user=alice)
    end(send(chat, "The only one").reply)
    answer = sender.post({**BODY, "answer": True})
    assert (answer.status_code, answer.json()["answer"]) == (201, "refused")
    assert Message.objects.filter(session=chat, parts__0__card="notification").count() == 2
    assert Reply.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"off": -301},
        {"off": 301},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": ""},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1"},
        {"path": "/hooks/01938f2e-b002-7e31-9a40-1b2c3d4e5f60"},
        {"path": "/hooks/nothing"},
    ],
)
def test_all_that_is_not_genuine_is_refused_alike(sender: Sender, wrong: dict[str, Any]) -> None:
    refused, stranger = sender.post(**wrong), Sender(SessionWebhook.objects.get(), new_secret()).post()
    assert (refused.status_code, stranger.status_code) == (401, 401)
    if wrong.get("path") != "/hooks/nothing":  # which is no address of a webhook
        assert refused.content == stranger.content
        assert problem(refused) == "authentication_failed"
    assert Message.objects.count() == 0
    assert SessionWebhook.objects.get().uses == 0


def revoked(webhook: SessionWebhook) -> None:
    revoke_webhook(webhook=webhook, by=webhook.maker)


def switched_off(webhook: SessionWebhook) -> None:
    User.objects.filter(pk=webhook.maker_id).update(is_active=False)


def put_out(webhook: SessionWebhook) -> None:
    webhook.session.memberships.all().delete()


def made_reader(webhook: SessionWebhook) -> None:
    webhook.session.memberships.update(role="reader")


def deleted(webhook: SessionWebhook) -> None:
    delete_sessions(chats=[webhook.session])


def resealed_elsewhere(webhook: SessionWebhook) -> None:
    SessionWebhook.objects.filter(pk=webhook.pk).update(secret_sealed="nonsense")


@pytest.mark.parametrize("ends", [revoked, switched_off, put_out, made_reader, deleted, resealed_elsewhere])
def test_a_webhook_is_dead_with_its_secret_its_maker_and_its_session(
    chat: ChatSession, bob: User, ends: Callable[[SessionWebhook], None]
) -> None:
    chat.memberships.create(user=bob, role="writer")
    webhook, secret = make_webhook(chat=chat, maker=bob, name="CI")
    sender = Sender(webhook, secret)
    assert sender.post().status_code == 201
    ends(webhook)
    dead, unknown = sender.post(id="msg_2"), sender.post(path="/hooks/01938f2e-b002-7e31-9a40-1b2c3d4e5f60")
    assert dead.status_code == 401
    assert dead.content == unknown.content
    assert Message.objects.count() == 1


def test_what_is_signed_and_wrong_is_told_why(sender: Sender) -> None:
    assert sender.post(b"no json").status_code == 400
    assert problem(sender.post({**BODY, "kind": ""})) == "invalid"
    assert problem(sender.post({**BODY, "link": "ftp://example.org"})) == "bad_link"
    assert sender.post(b"x" * (LARGEST + 1)).status_code == 413
    assert Client().get(sender.path).status_code == 405
    assert Message.objects.count() == 0


def test_a_webhook_takes_so_many_a_minute_and_others_cannot_use_that_up(
    sender: Sender, webhook: SessionWebhook, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = True
    cache.clear()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    forged: dict[str, Any] = {"webhook-signature": "v1,AAAA"}
    for _ in range(5):
        assert sender.post(**forged).status_code == 401
    codes = [sender.post(id=f"msg_{number}").status_code for number in range(MOST + 1)]
    assert codes == [201] * MOST + [429]
    cache.clear()


def test_secrets_are_sealed_again_with_a_new_key(sender: Sender, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    before = SessionWebhook.objects.get().secret_sealed
    call_command("reseal")
    assert SessionWebhook.objects.get().secret_sealed != before
    settings.SECRET_KEY_FALLBACKS = []
    assert sender.post().status_code == 201
