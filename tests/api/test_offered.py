"""Models, tools, and the person who asks, by REST."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from analytics_app.actions.budgets import set_budget
from analytics_app.api.me import MeShape
from sessions_app.api.offered import ModelShape, ToolShape
from sessions_app.models import ApiToken, McpServer, McpTool, ModelPrice, ToolConsent, User

from .held import fits
from .program import Program, problem


@pytest.fixture
def connected(settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "key"
    settings.DEFAULT_MODEL = "claude-haiku-5-5"
    settings.PREMIUM_MODELS = ["claude-opus-5-5"]


def by(name: str, response: Any) -> dict[str, Any]:
    return {row[name]: row for row in response.json()["results"]}


def test_models_say_what_they_take_and_cost(alices: Program, connected: None) -> None:
    ModelPrice.objects.create(
        provider="anthropic", model="claude-haiku-5-5", input="1.5", cache_read="0.1", cache_write_5m="2",
        cache_write_1h="3", output="7",
    )  # fmt: skip
    found = by("id", alices.get("chat/models"))
    assert all(fits(ModelShape, row) for row in found.values())
    haiku, opus, offline = (found[name] for name in ("claude-haiku-5-5", "claude-opus-5-5", "offline"))
    assert (haiku["default"], haiku["available"], haiku["premium"]) == (True, True, False)
    assert Decimal(haiku["prices"]["input"]) == Decimal("1.5")
    assert (opus["available"], opus["premium"], opus["thinking"]) == (False, True, "always")
    assert (offline["pictures"], offline["thinking"]) == (False, "never")
    assert Decimal(offline["prices"]["output"]) == 0
    assert found["claude-haiku-4-5"]["sampling"] is True


def test_a_price_that_is_not_known_is_null_and_premium_people_have_all(
    alices: Program, alice: User, connected: None, settings: Any
) -> None:
    settings.DEFAULT_MODEL = "claude-next-9"
    User.objects.filter(pk=alice.pk).update(plan="premium")
    found = by("id", alices.get("chat/models"))
    assert found["claude-next-9"]["prices"] is None
    assert all(row["available"] for row in found.values())


def test_tools_say_what_they_take_and_whose_they_are(alices: Program, alice: User, settings: Any) -> None:
    settings.APPROVAL_TOOLS, settings.PREMIUM_TOOLS = ["analyze_costs"], ["analyze_token_usage"]
    server = McpServer.objects.create(name="books", url="https://books.example/mcp")
    McpTool.objects.create(
        server=server, name="find", enabled=True, input_schema='{"type": "object"}', seen_at=timezone.now()
    )
    ToolConsent.objects.create(user=alice, tool_name="analyze_costs")
    found = by("name", alices.get("chat/tools"))
    assert all(fits(ToolShape, row) for row in found.values())
    costs, usage, outside = (
        found[name] for name in ("analyze_costs", "analyze_token_usage", "mcp_books_find")
    )
    assert (costs["source"], costs["needs_approval"], bool(costs["consent"])) == ("workspace", True, True)
    assert "time_range" in costs["input_schema"]["properties"]
    assert (usage["premium"], usage["available"], usage["consent"]) == (True, False, None)
    assert (outside["source"], outside["server"]) == ("mcp", "books")


def test_a_tool_asks_again(alices: Program, bobs: Program, alice: User) -> None:
    for name in ("analyze_costs", "mcp_gone_tool"):
        ToolConsent.objects.create(user=alice, tool_name=name)
    assert bobs.delete("chat/tools/analyze_costs/consent").status_code == 204
    assert bobs.delete("chat/tools/mcp_gone_tool/consent").status_code == 404
    assert ToolConsent.objects.count() == 2
    for name in ("analyze_costs", "mcp_gone_tool"):
        assert alices.delete(f"chat/tools/{name}/consent").status_code == 204
    assert not ToolConsent.objects.exists()
    assert alices.delete("chat/tools/analyze_costs/consent").status_code == 204
    assert alices.delete("chat/tools/nothing/consent").status_code == 404
    assert alices.delete("chat/tools/a%00b/consent").status_code == 404


def test_one_reads_oneself_and_ones_token(
    alices: Program, alice: User, staff: User, with_token: Callable[..., Program]
) -> None:
    set_budget(actor=staff, measure="money", period="month", amount=Decimal("2.5"), user=alice)
    me = alices.get("chat/me").json()
    assert fits(MeShape, me)
    assert (me["id"], me["username"], me["plan"], me["staff"]) == (alice.pk, "alice", "free", False)
    assert (me["thread"], me["token"], me["time_zone"]) == (f"user-{alice.pk}", None, str(alice.zone))
    assert me["preferences"] == {"time_zone": None, "shortcuts": True, "video_questions": True}
    assert [(each["of"], each["limit"], each["used"]) for each in me["limits"]] == [("person", "2.5", "0")]
    told = with_token(alice, "read").get("chat/me").json()
    assert fits(MeShape, told)
    assert (told["token"]["scopes"], told["token"]["expires_at"]) == (["read"], None)
    assert told["token"]["id"] == str(ApiToken.objects.get().public_id)


def test_preferences_are_changed_as_on_the_page(alices: Program, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(preferences={"export": {"format": "md"}})
    changed = alices.patch(
        "chat/me", {"preferences": {"time_zone": "Europe/Berlin", "shortcuts": False}}
    ).json()
    assert fits(MeShape, changed)
    assert (changed["time_zone"], changed["preferences"]["shortcuts"]) == ("Europe/Berlin", False)
    again = alices.patch("chat/me", {"preferences": {"time_zone": None}}).json()
    assert again["preferences"] == {"time_zone": None, "shortcuts": False, "video_questions": True}
    assert User.objects.get(pk=alice.pk).preferences == {"export": {"format": "md"}, "shortcuts": False}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"preferences": {"export": {}}}, 400, "invalid"),
        ({"preferences": {"shortcuts": "off"}}, 400, "invalid"),
        ({"staff": True, "preferences": {}}, 400, "invalid"),
        ({"preferences": {"time_zone": "Mars"}}, 422, "bad_preference"),
        ({"preferences": {"time_zone": ""}}, 422, "bad_preference"),
    ],
)
def test_bad_preferences_change_nothing(
    alices: Program, alice: User, body: Any, status: int, code: str
) -> None:
    refused = alices.patch("chat/me", body)
    assert (refused.status_code, problem(refused)) == (status, code)
    assert User.objects.get(pk=alice.pk).preferences == {}
