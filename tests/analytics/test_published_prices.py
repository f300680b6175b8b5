"""What a call costs is what its provider's published prices say, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sessions_app.pricing import price
from sessions_app.providers import catalog
from sessions_app.providers.base import Counts

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
ONE_CALL = Counts(input=1_234, cache_read=50_000, cache_write_5m=2_000, cache_write_1h=1_000, output=567)

PRICING = "platform.claude.com/docs/en/about-claude/pricing, table Model pricing"
OVERVIEW = "platform.claude.com/docs/en/models/{}/overview, Pricing"
# Model, USD a million tokens: input, cache read, cache write for 5 minutes and an hour, output; what ONE_CALL costs at
# these prices, worked out by hand; where they are published (read in November 2026).
PUBLISHED = [
    ("claude-sonnet-5-5", "2 0.10 2.50 4 10", "0.022138", OVERVIEW.format("sonnet-5-5")),
    ("claude-opus-5-5", "4 0.20 5 8 20", "0.044276", OVERVIEW.format("opus-5-5")),
    ("claude-haiku-5-5", "0.10 0.01 0.125 0.20 0.50", "0.0013569", OVERVIEW.format("haiku-5-5")),
    (
        "claude-fable-5-2",
        "8 0.20 10 16 40",
        "0.078552",
        "docs.laozhang.ai, Claude Fable 5.2, Anthropic's list price",
    ),
    ("claude-fable-5-1", "10 0.25 12.50 20 50", "0.09819", PRICING),
    ("claude-opus-5", "5 0.50 6.25 10 25", "0.067845", PRICING),
    ("claude-sonnet-5", "2 0.20 2.50 4 10", "0.027138", OVERVIEW.format("sonnet-5")),
    ("claude-opus-4-8", "5 0.50 6.25 10 25", "0.067845", PRICING),
    ("claude-opus-4-7", "5 0.50 6.25 10 25", "0.067845", PRICING),
    ("claude-opus-4-6", "5 0.50 6.25 10 25", "0.067845", PRICING),
    ("claude-sonnet-4-6", "3 0.30 3.75 6 15", "0.040707", PRICING),
    ("claude-haiku-4-5", "1 0.10 1.25 2 5", "0.013569", PRICING),
    ("claude-opus-4-5", "5 0.50 6.25 10 25", "0.067845", PRICING),
]
OPENAI = "developers.openai.com/api/docs/models/{}, Pricing"
GOOGLE = "ai.google.dev/gemini-api/docs/pricing"
# The same of other providers; where one asks nothing for writing to its cache, written tokens cost what input does.
OTHERS = [
    ("openai", "gpt-6.1-sol", "2 0.10 2.50 2.50 10", OPENAI.format("gpt-6.1-sol")),
    ("openai", "gpt-6.1-terra", "1 0.05 1.25 1.25 5", OPENAI.format("gpt-6.1-terra")),
    ("openai", "gpt-6-luna", "0.10 0.01 0.125 0.125 0.50", OPENAI.format("gpt-6-luna")),
    ("openai", "gpt-6-astra", "10 1 12.50 12.50 50", OPENAI.format("gpt-6-astra")),
    ("openai", "gpt-5.6-sol", "4 0.40 5 5 20", OPENAI.format("gpt-5.6-sol")),
    ("gemini", "gemini-3.8-flash", "0.75 0.075 0.75 0.75 3.75", GOOGLE),
    ("gemini", "gemini-4-argon", "2 0.10 2 2 10", GOOGLE),
    ("gemini", "gemini-3.5-flash-lite", "0.30 0.03 0.30 0.30 2.50", GOOGLE),
    ("gemini", "gemini-3.5-flash", "1.50 0.15 1.50 1.50 9", GOOGLE),
    ("gemini", "gemini-3.1-pro-preview", "2 0.20 2 2 12", GOOGLE),
]
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "rates", "cost", "source"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_a_call_costs_what_is_published(model: str, rates: str, cost: str, source: str) -> None:
    """Each kind by itself, so that no two mistakes balance, and a call of all kinds: each token is counted once."""
    for kind, rate in zip(KINDS, rates.split(), strict=True):
        assert price("anthropic", model, Counts(**{kind: 1_000}), AT) == (Decimal(rate) / 1_000, "table"), (
            source
        )
    assert price("anthropic", model, ONE_CALL, AT) == (Decimal(cost), "table"), source


@pytest.mark.django_db
@pytest.mark.parametrize(("provider", "model", "rates", "source"), OTHERS, ids=[row[1] for row in OTHERS])
def test_a_call_of_another_provider_costs_what_is_published(
    provider: str, model: str, rates: str, source: str
) -> None:
    for kind, rate in zip(KINDS, rates.split(), strict=True):
        assert price(provider, model, Counts(**{kind: 1_000}), AT) == (Decimal(rate) / 1_000, "table"), source


@pytest.mark.django_db
def test_a_call_counts_cached_tokens_of_google_once() -> None:
    """90,000 of 100,000 tokens of the prompt were cached: 10,000 at 0.75, 90,000 at 0.075, 1,000 out at 3.75."""
    counts = Counts(input=10_000, cache_read=90_000, output=1_000)
    assert price("gemini", "gemini-3.8-flash", counts, AT) == (Decimal("0.018"), "table")


def test_every_model_with_a_price_is_among_them() -> None:
    named = {row[0] for row in PUBLISHED} | {row[1] for row in OTHERS}
    assert named == {info.id for info in catalog.models() if not info.free}


@pytest.mark.django_db
def test_long_prompts_of_haiku_cost_five_times_as_much_cached_tokens_counted_in() -> None:
    """Over 100,000 tokens in, every token of the call: platform.claude.com/docs/en/models/haiku-5-5/overview."""
    just = Counts(input=40_000, cache_read=60_000, output=1_000)
    over = Counts(input=40_000, cache_read=60_001, output=1_000)
    assert price("anthropic", "claude-haiku-5-5", just, AT)[0] == Decimal("0.0051")
    assert price("anthropic", "claude-haiku-5-5", over, AT)[0] == Decimal("0.02550005")
