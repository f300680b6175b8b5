"""The page of tools: what each may do, which ask, and taking back what was allowed for good."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from sessions_app.actions.approvals import count_premium_run
from sessions_app.models import ToolConsent, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tools(settings: Any) -> None:
    settings.PREMIUM_TOOLS = ["search_session_messages"]
    settings.APPROVAL_TOOLS = ["analyze_token_usage"]


def words(answer: Any) -> str:
    """What the page says, on one line."""
    return " ".join(strip_tags(answer.content.decode()).split())


def test_it_tells_which_tools_ask_and_which_need_another_plan(as_alice: Client) -> None:
    page = words(as_alice.get("/accounts/tools/"))
    assert "Token usage Asks you first" in page
    assert "Message search Premium plan only" in page
    assert "Ask again" not in page


def test_what_was_allowed_for_good_can_be_taken_back(as_alice: Client, alice: User, bob: User) -> None:
    for person in (alice, bob):
        ToolConsent.objects.create(user=person, tool_name="analyze_token_usage")
    assert "Allowed since" in words(as_alice.get("/accounts/tools/"))
    assert as_alice.post("/accounts/tools/ask/", {"tool": "analyze_token_usage"}).status_code == 302
    assert "Asks you first" in words(as_alice.get("/accounts/tools/"))
    assert ToolConsent.objects.get().user == bob


def test_premium_people_see_how_often_they_used_a_premium_tool(as_alice: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(plan="premium")
    assert "Used 0 times this month." in words(as_alice.get("/accounts/tools/"))
    count_premium_run(user=alice.pk, tool_name="search_session_messages")
    assert "Used once this month." in words(as_alice.get("/accounts/tools/"))


def test_taking_back_what_was_never_allowed_changes_nothing(as_alice: Client) -> None:
    assert as_alice.post("/accounts/tools/ask/", {"tool": "x" * 500}).status_code == 302
