"""Notifications and webhooks on the pages: what they look like, and that nothing in them does anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.branching import duplicate_session
from sessions_app.actions.cards import post_card
from sessions_app.actions.messages import send_message
from sessions_app.actions.notifications import Notification, notify
from sessions_app.actions.webhooks import make_webhook
from sessions_app.agent.cards import Card
from sessions_app.models import ChatSession, Message, SessionWebhook, User
from tests.actions.steps import end, send

HTMX = {"HX-Request": "true"}
HOSTILE = Notification(
    '"><script>x</script>',
    "deploy",
    "<img src=x onerror=alert(1)> failed",
    '<b hx-post="/sessions/">bold</b> [run](javascript:alert(1)) ![p](https://evil.example/p.png)\n\n**really**',
    "https://ci.example.org/?a=1&b=2",
    "critical",
)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def posted(chat: ChatSession, notification: Notification = HOSTILE, **more: Any) -> Message:
    sent = notify(chat=chat, author=chat.owner, notification=notification, **more)
    assert sent.message is not None
    return sent.message


def article(page: str, message: Message) -> str:
    found = re.search(rf'<article id="message-{message.pk}".*?</article>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_notification_is_an_article_of_its_own_that_says_who_it_is_from(
    as_alice: Client, chat: ChatSession
) -> None:
    end(send(chat, "Hello").reply)
    message = posted(
        chat, Notification("CI", "deploy", "Deploy failed", "Twice", "https://ci.example.org/", "error")
    )
    shown = article(text_of(as_alice.get(f"/sessions/{chat.pk}/")), message)
    assert 'data-kind="notification"' in shown
    assert 'aria-label="Notification from CI"' in shown
    for words in ("Error", "Deploy failed", "Twice", "deploy"):
        assert words in shown
    assert 'href="https://ci.example.org/"' in shown
    assert 'target="_blank" rel="noopener noreferrer nofollow"' in shown
    assert f"/messages/{message.pk}/answer/" in shown
    assert 'data-tool="edit"' not in shown
    assert 'data-tool="more"' in shown
    assert as_alice.get(f"/sessions/{chat.pk}/messages/{message.pk}/edit/").status_code == 404


def test_nothing_in_a_notification_does_anything(as_alice: Client, chat: ChatSession) -> None:
    message = posted(chat)
    shown = article(text_of(as_alice.get(f"/sessions/{chat.pk}/")), message)
    body = shown.partition("<textarea")[0]
    assert "<script" not in body
    assert "<img" not in body
    assert "<b " not in body
    assert 'href="javascript:' not in body
    assert "<strong>really</strong>" in body
    assert 'href="https://ci.example.org/?a=1&amp;b=2"' in body


def test_a_card_of_a_file_is_read_without_trust(as_alice: Client, chat: ChatSession) -> None:
    message = posted(chat)
    part = {
        "kind": "card", "turn": 0, "card": "notification", "title": ["x"], "severity": "worst", "events": "no",
        "link": "javascript:alert(1)", "at": -1, "text": "As it came",
    }  # fmt: skip
    Message.objects.filter(pk=message.pk).update(parts=[part], html="")
    shown = article(text_of(as_alice.get(f"/sessions/{chat.pk}/")), message)
    assert 'aria-label="Notification"' in shown
    assert "As it came" in shown
    assert "javascript:" not in shown


def test_cards_beside_words_are_chips_above_them(as_alice: Client, chat: ChatSession, alice: User) -> None:
    card = Card("activity", "errors", "3 errors in the last hour", "<i>first</i>\nsecond", "error")
    sent = send_message(chat=chat, author=alice, content="What is this?", cards=[card])
    assert sent.message is not None
    shown = article(text_of(as_alice.get(f"/sessions/{chat.pk}/")), sent.message)
    assert 'aria-label="You"' in shown
    chip = shown.partition('<details class="card-chip"')[2].partition("</details>")[0]
    assert "3 errors in the last hour" in chip
    assert "&lt;i&gt;first&lt;/i&gt;" in chip
    assert shown.index("card-chip") < shown.index("What is this?")


def test_what_waits_with_a_card_alone_says_its_title_and_cannot_be_edited(
    as_alice: Client, chat: ChatSession
) -> None:
    send(chat, "Hello")
    waits = notify(
        chat=chat, author=chat.owner, notification=Notification("CI", "a", "Deploy failed"), answer=True
    )
    assert waits.pending is not None
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    chip = page.partition(f'id="pending-{waits.pending.pk}"')[2].partition("</div>")[0]
    assert "Deploy failed" in chip
    assert 'aria-label="Edit"' not in chip
    path = f"/sessions/{chat.pk}/pending/{waits.pending.pk}/edit/"
    assert as_alice.post(path, {"content": "Mine"}).status_code == 409
    assert chat.pending.get().content == ""


def test_a_card_alone_of_another_kind_is_its_person_s(
    as_alice: Client, chat: ChatSession, alice: User
) -> None:
    message, made = post_card(chat=chat, card=Card("activity", "errors", "3 errors"), author=alice)
    assert made
    shown = article(text_of(as_alice.get(f"/sessions/{chat.pk}/")), message)
    assert 'aria-label="You"' in shown
    assert "3 errors" in shown
    assert Message.objects.written().filter(pk=message.pk).exists()


def test_two_sessions_that_differ_in_a_notification_are_compared_by_it(
    as_alice: Client, chat: ChatSession, make_chat: Callable[..., ChatSession]
) -> None:
    same, failed, went = (
        Notification("CI", "deploy", f"Deploy {word}") for word in ("began", "failed", "went well")
    )
    posted(chat, same)
    copy = duplicate_session(chat=chat, owner=chat.owner)
    posted(chat, failed)
    posted(copy, went)
    page = text_of(as_alice.get("/compare/", {"left": str(chat.pk), "right": str(copy.pk)}))
    assert page.count('<p class="notification__title"') == 2
    for title in (same.title, failed.title, went.title):
        assert title in page


# ---------------------------------------------------------------- webhooks


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["in the page", "without scripts"])
def test_a_webhook_is_made_shown_once_and_revoked(
    as_alice: Client, chat: ChatSession, headers: dict[str, str]
) -> None:
    path = f"/sessions/{chat.pk}/webhooks/"
    assert path in text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "None yet." in text_of(as_alice.get(path, headers=headers))
    made = text_of(as_alice.post(path, {"name": "CI <b>", "answers": "1"}, headers=headers))
    row = SessionWebhook.objects.get()
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", made)
    assert secret is not None
    assert (row.name, row.answers) == ("CI <b>", True)
    assert f"http://testserver/hooks/{row.pk}" in made
    again = as_alice.get(path, headers=headers)
    assert secret[0] not in text_of(again)
    assert "CI &lt;b&gt;" in text_of(again)
    assert "no-store" in again["Cache-Control"]
    gone = as_alice.post(f"{path}{row.pk}/revoke/", headers=headers)
    assert "is revoked" in text_of(gone)
    assert as_alice.post(f"{path}{row.pk}/revoke/", headers=headers).status_code == 404


def test_a_webhook_without_a_name_is_refused_in_words(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/webhooks/", {"name": "  "}, headers=HTMX)
    assert answer.status_code == 422
    assert "A webhook needs a name" in text_of(answer)
    assert SessionWebhook.objects.count() == 0


def test_readers_of_a_session_see_no_webhooks(
    as_bob: Client, chat: ChatSession, alice: User, bob: User
) -> None:
    chat.memberships.create(user=bob)
    webhook, _ = make_webhook(chat=chat, maker=alice, name="CI")
    path = f"/sessions/{chat.pk}/webhooks/"
    assert path not in text_of(as_bob.get(f"/sessions/{chat.pk}/"))
    assert as_bob.get(path).status_code == 404
    assert as_bob.post(f"{path}{webhook.pk}/revoke/").status_code == 404
