"""What stands above a conversation whose own model does not answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.models import ChatSession, ModelOffer, ProviderState

WANTED = "claude-sonnet-5-5"


@pytest.fixture
def claude_chat(make_chat: Callable[..., ChatSession], settings: Any) -> ChatSession:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    settings.FALLBACK = True
    return make_chat(model=WANTED, provider="anthropic")


def leave_out(seconds: float, **more: Any) -> None:
    now = timezone.now()
    values = {"failures": 2, "last_error": "connection", "opened_at": now, "last_failed_at": now, **more}
    ProviderState.objects.create(provider="anthropic", open_until=now + timedelta(seconds=seconds), **values)


def test_a_provider_that_is_left_out_is_told_with_who_answers_and_gone_when_it_is_back(
    as_alice: Client, claude_chat: ChatSession
) -> None:
    page, part = f"/sessions/{claude_chat.pk}/", f"/answering/?session={claude_chat.pk}"
    words = "Claude Sonnet 5.5 cannot be reached right now; the offline assistant answers instead."
    assert "answers instead" not in as_alice.get(page).content.decode()
    leave_out(40)
    assert words in as_alice.get(page).content.decode()
    told = as_alice.get(part).content.decode()
    assert words in told
    assert 'data-seconds="40"' in told
    assert words in as_alice.get("/answering/").content.decode()
    ProviderState.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    assert "standing" not in as_alice.get(part).content.decode()


def test_with_nobody_else_it_says_so(as_alice: Client, claude_chat: ChatSession, settings: Any) -> None:
    settings.FALLBACK = False
    leave_out(40, last_error="overloaded")
    told = as_alice.get(f"/answering/?session={claude_chat.pk}").content.decode()
    assert "Claude Sonnet 5.5 is overloaded right now. Messages are sent to it all the same." in told


def test_a_session_whose_model_is_not_offered_any_more_says_who_answers(
    as_alice: Client, claude_chat: ChatSession
) -> None:
    ModelOffer.objects.create(provider="anthropic", model=WANTED, offered=False)
    page = as_alice.get(f"/sessions/{claude_chat.pk}/").content.decode()
    assert "Claude Sonnet 5.5 is not offered here; Claude Opus 5.5 answers." in page
    assert '<optgroup label="Anthropic">' in page
    assert f'value="{WANTED}"' not in page


def test_a_stranger_learns_nothing(as_bob: Client, claude_chat: ChatSession) -> None:
    assert as_bob.get(f"/answering/?session={claude_chat.pk}").status_code == 404
    assert as_bob.get("/answering/?session=x").status_code == 404


def test_the_health_page_and_the_list_of_models_tell_of_it(
    as_alice: Client, staff: Any, claude_chat: ChatSession
) -> None:
    leave_out(40)
    found = as_alice.get("/api/chat/models").json()["results"]
    assert {each["reachable"] for each in found if each["provider"] == "anthropic"} == {False}
    assert {each["reachable"] for each in found if each["provider"] == "offline"} == {True}
    client = Client()
    client.force_login(staff)
    page = client.get("/dashboard/health/").content.decode()
    assert "Left out: 2 failures in a row." in page
    assert "Tried again" in page
