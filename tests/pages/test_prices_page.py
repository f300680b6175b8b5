"""What models cost: where prices come from, which are unknown, and an example to the last digit."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.queries import prices
from analytics_app.queries.prices import EXAMPLE, KINDS, Table
from sessions_app import pricing
from sessions_app.models import ChatSession, ModelPrice, TokenUsage, User
from sessions_app.providers import catalog
from sessions_app.providers.base import Counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key(settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-test"


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode().replace("<", " <")).split())


def own_price(**values: Any) -> ModelPrice:
    given = {
        "provider": "anthropic", "model": "claude-opus-5-5", "valid_from": timezone.now() - timedelta(days=9), "input": 1,
        "cache_read": Decimal("0.1"), "cache_write_5m": 2, "cache_write_1h": 3, "output": 7,
    }  # fmt: skip
    return ModelPrice.objects.create(**given | values)


@pytest.fixture
def unpriced(alice: User, chat: ChatSession) -> TokenUsage:
    return TokenUsage.objects.create(
        user=alice, session_key=chat.pk, provider="anthropic", model="claude-new-9", input=1234, output=6, cost=None,
        price_source="unknown", ok=True, at=timezone.now(), settled_at=timezone.now(),
    )  # fmt: skip


def test_every_offered_model_has_its_price_and_an_example_that_is_right(
    as_alice: Client, alice: User, settings: Any
) -> None:
    settings.OPENAI_API_KEY = settings.GEMINI_API_KEY = "key"
    page = words(as_alice.get("/dashboard/prices/"))
    found = prices.prices(alice, timezone.now(), everyone=False)
    assert [each.model for each in found] == [model.id for model in catalog.models()]
    for each in found:
        assert each.label in page
        assert each.cost == pricing.price(each.provider, each.model, EXAMPLE, timezone.now())[0]
        assert sum((step.cost for step in each.example), Decimal(0)) == each.cost
        for kind, rate in each.rates.items():
            alone = pricing.price(each.provider, each.model, Counts(**{kind: 50_000}), timezone.now())[0]
            assert alone == rate / 20
        assert set(each.rates) == set(KINDS)
    assert "Price table" in page
    assert "Free" in page


def test_long_contexts_that_cost_more_are_said(as_alice: Client, alice: User) -> None:
    haiku = next(
        each
        for each in prices.prices(alice, timezone.now(), everyone=False)
        if each.model == "claude-haiku-5-5"
    )
    (tier,) = haiku.tiers
    over = pricing.price("anthropic", haiku.model, Counts(input=tier.above + 1), timezone.now())[0]
    assert over == (tier.above + 1) * tier.rates["input"] / 1_000_000
    assert f"more than {tier.above:,} tokens of input" in words(as_alice.get("/dashboard/prices/"))


def test_prices_of_staff_stand_with_what_was_and_what_comes(as_alice: Client) -> None:
    now = timezone.now()
    own_price(
        valid_from=now - timedelta(days=99), valid_until=now - timedelta(days=9), note="The old contract."
    )
    own_price(valid_until=now + timedelta(days=5))
    own_price(valid_from=now + timedelta(days=5), input=Decimal("0.0000000001"))
    page = words(as_alice.get("/dashboard/prices/"))
    assert "Set by staff" in page
    assert page.index("coming from") < page.index("valid now from") < page.index("past from")
    assert "“The old contract.”" in page
    assert "Input $0.0000000001," in page
    assert "/admin/" not in as_alice.get("/dashboard/prices/").content.decode()


def test_a_price_nobody_knows_is_named_and_leads_to_its_calls(as_alice: Client, unpriced: TokenUsage) -> None:
    answer = as_alice.get("/dashboard/prices/")
    page = words(answer)
    assert "claude-new-9 not offered now price unknown" in page
    assert "claude-new-9 1 1,240" in page
    link = re.search(r'href="(/dashboard/rows/calls/\?[^"]*unpriced=1[^"]*)"', answer.content.decode())
    assert link is not None
    assert "1 call, 1,240 tokens, 1 call of unknown price" in " ".join(
        strip_tags(as_alice.get(link[1].replace("&amp;", "&")).content.decode()).split()
    )


def test_others_calls_are_told_to_staff_alone(
    as_bob: Client, client: Client, staff: User, unpriced: TokenUsage
) -> None:
    page = words(as_bob.get("/dashboard/prices/"))
    assert "claude-new-9" not in page
    assert "You have none: each of your calls has a price." in page
    client.force_login(staff)
    assert "claude-new-9 1 1,240" in words(client.get("/dashboard/prices/"))
    assert "/admin/sessions_app/modelprice/add/" not in client.get("/dashboard/prices/").content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="change_modelprice"))
    html = client.get("/dashboard/prices/").content.decode()
    assert "/admin/sessions_app/modelprice/add/?provider=anthropic&amp;model=claude-new-9" in html


def test_the_age_of_the_table_is_told_and_an_old_one_is_a_warning(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    table = prices.table(now.date())
    assert table.age == (now.date() - table.published).days >= 0
    assert not Table("1", date(2026, 1, 1), 90).old
    assert Table("1", date(2026, 1, 1), 91).old
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=9_000))
    client.force_login(alice)
    page = words(client.get("/dashboard/prices/"))
    assert f"genai-prices {table.version}" in page
    assert "days old. Prices that changed since" in page
