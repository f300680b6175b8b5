"""The dashboard shows what the tools say: one's own figures, everyone's only to staff who ask."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

PANELS = ()
from sessions_app.models import ChatSession, TokenUsage, User

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on other threads


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


@pytest.fixture
def spent(alice: User, bob: User, chat: ChatSession) -> None:
    for person, tokens, cost in ((alice, 1111, "1.5"), (bob, 7000, "3.25")):
        TokenUsage.objects.create(
            user=person, session_key=chat.pk, provider="anthropic", model="claude-opus-5-5", input=tokens,
            cost=cost, ok=True, at=timezone.now(), settled_at=timezone.now(),
        )  # fmt: skip


def test_every_tool_but_search_has_a_panel() -> None:
    tools = {path.rpartition(".")[2] for path in configured.AGENT_TOOLS}
    assert set(PANELS) == tools - {"search_session_messages"}


@pytest.mark.parametrize(
    "query", ["", "?time_range=today", "?time_range=all", "?time_range=nonsense&scope=%00"]
)
def test_a_member_sees_their_own_figures_and_no_others(as_alice: Client, spent: None, query: str) -> None:
    page = words(as_alice.get(f"/dashboard/{query}"))
    assert "1,111 tokens, $1.5000" in page
    assert "7,000" not in page
    assert "Everyone" not in page


def test_a_member_who_asks_for_everyone_gets_their_own(as_alice: Client, spent: None) -> None:
    page = words(as_alice.get("/dashboard/?scope=everyone"))
    assert "1,111 tokens" in page
    assert "8,111" not in page


def test_staff_see_everyones_figures_when_they_ask(client: Client, staff: User, spent: None) -> None:
    client.force_login(staff)
    assert "8,111" not in words(client.get("/dashboard/"))
    assert "8,111 tokens, $4.7500" in words(client.get("/dashboard/?scope=everyone"))


def test_a_tool_that_is_broken_says_so_in_its_panel(as_alice: Client, spent: None, settings: Any) -> None:
    settings.PREMIUM_TOOLS = ["analyze_costs"]
    page = words(as_alice.get("/dashboard/"))
    assert "This tool needs the premium plan." in page
    assert "1,111 tokens" in page


def test_a_tool_that_asks_in_a_conversation_does_not_ask_here(
    as_alice: Client, spent: None, settings: Any
) -> None:
    settings.APPROVAL_TOOLS = ["analyze_token_usage"]
    assert "1,111 tokens, $1.5000" in words(as_alice.get("/dashboard/"))


def test_nothing_yet_is_said_in_words(as_bob: Client) -> None:
    page = words(as_bob.get("/dashboard/"))
    assert "0 tokens" in page
