"""Models of the premium plan: shown to all, asked by those who have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.errors import PremiumModel
from sessions_app.actions.templates import Contents, make_template, start_session
from sessions_app.models import ChatSession, Message, Reply, SessionMember, User
from tests.actions.steps import end, send

from .test_limits import HTMX, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def premium(settings: Any) -> str:
    settings.ANTHROPIC_API_KEY = "sk"
    settings.PREMIUM_MODELS = ["claude-opus-5-5"]
    return "claude-opus-5-5"


def test_a_premium_model_is_shown_and_refused(
    as_alice: Client, make_chat: Callable[..., ChatSession], premium: str
) -> None:
    chat = make_chat(model="claude-sonnet-5-5", provider="anthropic")
    page = as_alice.get(chat.get_absolute_url()).content.decode()
    assert f'<option value="{premium}" disabled>Claude Opus 5.5 (premium plan)</option>' in page
    told = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "Hi", "model": premium}, headers=HTMX)
    assert (told.status_code, "Claude Opus 5.5 is part of the premium plan." in words(told)) == (403, True)
    told = as_alice.post(f"/sessions/{chat.pk}/settings/", {"model": premium}, headers=HTMX)
    assert told.status_code == 403
    for body in ({"content": "Hi", "model": premium},):
        told = as_alice.post(f"/api/chat/sessions/{chat.pk}/messages", body, content_type="application/json")
        assert (told.status_code, told.json()["code"]) == (403, "premium_model")
    told = as_alice.post("/api/chat/sessions", {"model": premium}, content_type="application/json")
    assert told.status_code == 403
    assert Message.objects.count() == 0


def test_a_session_that_has_one_goes_on_by_the_rights_of_who_asks(
    make_chat: Callable[..., ChatSession], alice: User, premium: str
) -> None:
    chat = make_chat(model=premium, provider="anthropic")
    with pytest.raises(PremiumModel, match="Choose another model"):
        send(chat, "Hello")
    assert send(chat, "Hello", model="claude-sonnet-5-5").reply is not None
    User.objects.filter(pk=alice.pk).update(plan="premium")
    other = make_chat(model=premium, provider="anthropic")
    other.owner.refresh_from_db()
    assert send(other, "Hello").reply is not None


def test_who_presses_needs_the_plan_of_the_model_too(
    as_bob: Client, bob: User, alice: User, make_chat: Callable[..., ChatSession], premium: str
) -> None:
    User.objects.filter(pk=alice.pk).update(plan="premium")
    chat = make_chat(model=premium, provider="anthropic")
    chat.owner.refresh_from_db()
    end(send(chat, "Hello").reply)
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    here = f"/sessions/{chat.pk}/messages/{Reply.objects.get().pk}/regenerate/"
    told = as_bob.post(here, headers=HTMX)
    assert (told.status_code, "is part of the premium plan." in words(told)) == (403, True)
    assert as_bob.post(here, {"model": "claude-sonnet-5-5"}, headers=HTMX).status_code == 204
    assert Reply.objects.count() == 2


def test_the_default_and_templates_leave_it_to_those_who_have_it(
    alice: User, premium: str, settings: Any
) -> None:
    settings.DEFAULT_MODEL = premium
    started = start_session(
        template=make_template(owner=alice, contents=Contents("T", model=premium)), owner=alice
    )
    assert started.chat.model != premium
    assert "is part of the premium plan" in started.note
