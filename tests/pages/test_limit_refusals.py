"""How a used-up limit is told on every way to ask: pages, programs, presses for others, what waits."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.actions.budgets import limit_session, set_budget
from analytics_app.models import Budget
from analytics_app.queries.budgets import standings
from analytics_app.refusals import refusal_for_others
from analytics_app.spans import span_of
from chatproject.server import BoundedRequest
from sessions_app.models import (
    ChatSession,
    Draft,
    Message,
    PendingMessage,
    Reply,
    SessionMember,
    User,
)
from tests.actions.steps import begin, end, send

from .test_limits import HTMX, USED_UP, month, spent, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def used_up(alice: User, chat: ChatSession) -> Message:
    """An answer in a session whose person has no tokens left."""
    end(send(chat, "Hello").reply)
    month(500, "tokens", user=alice)
    spent(alice, "1", chat)
    answer = Message.objects.filter(session=chat, role="assistant").get()
    assert answer.reply is not None
    return answer


def test_a_send_is_refused_at_the_composer_and_nothing_is_lost(
    as_alice: Client, alice: User, chat: ChatSession, used_up: Message
) -> None:
    Draft.objects.create(user=alice, session=chat, content="My next thought")
    form = {"content": "My next thought", "draft": "1", "client_id": "c"}
    told = as_alice.post(f"/sessions/{chat.pk}/messages/", form, headers=HTMX)
    assert told.status_code == 429
    assert told.headers["HX-Retarget"] == "#composer-notice"
    assert words(told).startswith(f"This month's limit of 500 tokens {USED_UP}")
    assert "Your draft is kept. See limits" in words(told)
    assert 'data-kind="budget"' in told.content.decode()
    assert Draft.objects.get().content == "My next thought"
    page = as_alice.post(f"/sessions/{chat.pk}/messages/", form)
    assert page.status_code == 429
    assert USED_UP in words(page)
    assert "Your draft is kept. See limits" in words(page)
    assert "My next thought</textarea>" in page.content.decode()
    assert Message.objects.filter(session=chat).count() == 2


def test_a_new_session_is_not_made_for_what_is_refused(as_alice: Client, used_up: Message) -> None:
    count = ChatSession.objects.count()
    page = as_alice.post("/sessions/", {"content": "My thought", "fresh": "1"})
    assert (page.status_code, USED_UP in words(page)) == (429, True)
    assert "My thought</textarea>" in page.content.decode()
    assert ChatSession.objects.count() == count


@pytest.mark.parametrize("verb", ["regenerate", "retry", "continue", "edit", "answer", "waiting", "send now"])
def test_other_ways_to_ask_are_refused_in_words(
    as_alice: Client, chat: ChatSession, used_up: Message, verb: str
) -> None:
    answer, question = used_up, used_up.parent
    assert question is not None
    here, form = f"/sessions/{chat.pk}/messages/{answer.pk}/{verb}/", {"send": "1"}
    if verb in ("edit", "waiting"):
        form["content"] = "Anew"
    if verb in ("retry", "continue"):
        answer.reply.__class__.objects.filter(pk=answer.pk).update(status="stopped")
    elif verb == "edit":
        here = f"/sessions/{chat.pk}/messages/{question.pk}/edit/"
    elif verb == "answer":
        Message.objects.filter(pk=answer.pk).update(
            deleted_at=timezone.now(), deletion=answer.pk, active=False
        )
        here = f"/sessions/{chat.pk}/messages/{question.pk}/answer/"
    elif verb == "waiting":
        Budget.objects.update(count=10**6)
        begin(send(chat, "Now").reply)
        Budget.objects.update(count=500)
        here = f"/sessions/{chat.pk}/messages/"
    elif verb == "send now":
        waits = PendingMessage.objects.create(session=chat, author=chat.owner, client_id="w", content="Later")
        here = f"/sessions/{chat.pk}/pending/{waits.pk}/send/"
    before = Message.objects.count(), PendingMessage.objects.count()
    told = as_alice.post(here, form, headers=HTMX)
    assert (told.status_code, USED_UP in words(told)) == (429, True)
    assert ("Your draft is kept." in words(told)) == ("content" in form)
    assert (Message.objects.count(), PendingMessage.objects.count()) == before


@pytest.mark.parametrize("verb", ["regenerate", "retry", "answer", "send now"])
def test_whoever_presses_for_another_learns_no_amount_of_theirs(
    as_bob: Client, bob: User, chat: ChatSession, used_up: Message, verb: str
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    here = f"/sessions/{chat.pk}/messages/{used_up.pk}/{verb}/"
    if verb == "retry":
        Reply.objects.update(status="failed")
    elif verb == "answer":
        used_up.__class__.objects.filter(pk=used_up.pk).update(
            deleted_at=timezone.now(), deletion=used_up.pk, active=False
        )
        here = f"/sessions/{chat.pk}/messages/{used_up.parent_id}/answer/"
    elif verb == "send now":
        waits = PendingMessage.objects.create(session=chat, author=chat.owner, client_id="w", content="Later")
        here = f"/sessions/{chat.pk}/pending/{waits.pk}/send/"
    told = as_bob.post(here, headers=HTMX)
    assert told.status_code == 429
    assert words(told).startswith(f"This month's limit of tokens of the person who asked {USED_UP}")
    assert "500" not in words(told)


def test_a_session_says_why_a_message_waits_to_whoever_reads_it(
    as_alice: Client, as_bob: Client, bob: User, chat: ChatSession, used_up: Message
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    PendingMessage.objects.create(session=chat, author=chat.owner, client_id="w", content="Later")
    for reader in (as_alice, as_bob):
        page = words(reader.get(chat.get_absolute_url()))
        assert f"This month's limit of tokens of the person who asked {USED_UP}" in page
        assert "What waits is sent when there is something left." in page
    Budget.objects.update(count=10**6)
    assert "What waits is sent" not in words(as_alice.get(chat.get_absolute_url()))


FIELDS = {"type", "title", "status", "detail", "code"}


def test_programs_get_a_kind_and_the_time_to_wait(
    as_alice: Client, alice: User, chat: ChatSession, used_up: Message
) -> None:
    def post(path: str, **body: Any) -> Any:
        return as_alice.post(f"/api/chat/{path}", body, content_type="application/json")

    for path in (f"sessions/{chat.pk}/messages", f"messages/{used_up.pk}/regenerate"):
        told = post(path, **({"content": "Hello"} if path.endswith("messages") else {}))
        problem = told.json()
        assert (told.status_code, problem["code"]) == (429, "budget")
        assert (problem["measure"], problem["limit"], problem["used"]) == ("tokens", 500, 1000)
        resets = datetime.fromisoformat(problem["resets_at"])
        assert resets == span_of("month", timezone.now()).ends
        assert abs(int(told.headers["Retry-After"]) - (resets - timezone.now()).total_seconds()) < 10
        assert "draft" not in problem["detail"]  # a program has none
    Budget.objects.all().delete()
    set_budget(actor=None, measure="requests", period="minute", amount=1, user=alice)
    chats = [ChatSession.objects.create(owner=alice, model="offline", provider="offline") for _ in range(3)]
    told = [post(f"sessions/{each.pk}/messages", content="Hello") for each in chats][-1]
    assert (told.status_code, told.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(told.headers["Retry-After"]) <= 60
    assert "This minute's limit of 1\u00a0message is used up. You can send again in" in told.json()["detail"]


def test_programs_learn_no_sums_that_are_not_theirs(
    as_alice: Client, as_bob: Client, bob: User, alice: User, chat: ChatSession, used_up: Message
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    told = as_bob.post(f"/api/chat/messages/{used_up.pk}/regenerate", {}, content_type="application/json")
    problem = told.json()
    assert (told.status_code, set(problem)) == (429, FIELDS | {"resets_at"})
    Budget.objects.all().delete()
    month(500, "tokens", workspace=True)
    body = {"content": "Hello"}
    told = as_alice.post(f"/api/chat/sessions/{chat.pk}/messages", body, content_type="application/json")
    assert set(told.json()) == FIELDS | {"resets_at"}
    Budget.objects.all().delete()
    set_budget(actor=None, measure="tokens", period="ever", amount=500, session=chat)
    told = as_alice.post(f"/api/chat/sessions/{chat.pk}/messages", body, content_type="application/json")
    problem = told.json()
    assert (problem["resets_at"], problem["used"], "Retry-After" in told.headers) == (
        None,
        1000,
        False,
    )


def test_a_status_has_its_words() -> None:
    answer = BoundedRequest.__new__(BoundedRequest)
    answer.setResponseCode(429)
    assert answer.code_message == b"Too Many Requests"


def test_what_others_read_names_nobody_who_raises_a_limit(alice: User, chat: ChatSession) -> None:
    limit_session(person=alice, chat=chat, money=Decimal("0.5"))
    spent(alice, "0.6", chat)
    reason = refusal_for_others(standings(alice, chat)[0], timezone.now()).reason
    assert reason == "This session's cost limit is used up. It is raised in the settings of the session."


def test_a_limit_tells_its_owner_that_they_can_raise_it(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    limit_session(person=alice, chat=chat, money=Decimal("0.5"))
    spent(alice, "0.6", chat)
    notice = words(as_alice.get(f"/accounts/plan/limits/?session={chat.pk}"))
    assert notice.startswith(
        "This session's cost limit of $0.50 is used up. You can raise it in the settings of this session."
    )


def test_a_member_is_told_that_its_owner_can_raise_it(
    as_bob: Client, bob: User, alice: User, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    limit_session(person=alice, chat=chat, money=Decimal("0.5"))
    spent(alice, "0.6", chat)
    notice = words(as_bob.get(f"/accounts/plan/limits/?session={chat.pk}"))
    assert "Its owner can raise it in the settings of the session." in notice
    assert "You can raise it" not in notice
