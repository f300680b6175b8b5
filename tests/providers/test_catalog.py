from __future__ import annotations

from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price

from sessions_app.providers import catalog
from sessions_app.providers.base import ModelInfo

PAID = [info for info in catalog.models() if not info.free]
IN_TABLE = {"gemini": "google"}


def cost(info: ModelInfo, usage: Usage) -> Decimal:
    provider = IN_TABLE.get(info.provider, info.provider)
    return calc_price(usage, model_ref=info.id, provider_id=provider).total_price


@pytest.mark.parametrize("info", PAID, ids=lambda info: info.id)
def test_every_model_of_the_catalog_has_a_price(info: ModelInfo) -> None:
    assert cost(info, Usage(input_tokens=1_000, output_tokens=1_000)) > 0


def test_ids_are_unique_and_the_offline_assistant_is_free() -> None:
    ids = [info.id for info in catalog.models()]
    assert len(ids) == len(set(ids))
    assert [info.id for info in catalog.models() if info.free] == ["offline"]


@pytest.mark.parametrize(
    ("model_id", "sampling", "prefill", "thinking"),
    [
        ("claude-opus-5-5", False, False, "adaptive"),
        ("claude-opus-4-7", False, False, "adaptive"),
        ("claude-sonnet-4-6", True, False, "adaptive"),
        ("claude-haiku-4-5", True, True, "enabled"),
    ],
)
def test_a_generation_takes_what_its_api_takes(
    model_id: str, sampling: bool, prefill: bool, thinking: str
) -> None:
    info = catalog.model(model_id)
    assert (info.sampling, info.prefill, info.thinking) == (sampling, prefill, thinking)


def test_a_dated_id_is_its_undated_model() -> None:
    info = catalog.model("claude-haiku-4-5-20251001")
    assert (info.id, info.label) == ("claude-haiku-4-5-20251001", "Claude Haiku 4.5")


@pytest.mark.parametrize("model_id", ["", "gpt-5", "claude", "claude-<b>", "claude-" + "9" * 200])
def test_an_id_that_is_no_claude_is_unknown_and_said_so(model_id: str) -> None:
    with pytest.raises(catalog.UnknownModel, match="There is no model named"):
        catalog.model_or_default(model_id, "anthropic")


def test_an_unlisted_claude_works_with_limits_that_every_claude_keeps() -> None:
    info = catalog.model_or_default("claude-3-5-haiku-20241022", "anthropic")
    assert (info.max_output, info.sampling, info.thinking) == (4_096, False, "")


def test_an_unlisted_claude_is_unknown_to_the_offline_provider() -> None:
    with pytest.raises(KeyError):
        catalog.model_or_default("claude-9", "offline")


@pytest.mark.parametrize("provider", ["anthropic", "openai", "gemini"])
def test_titles_are_written_by_the_cheapest_model(provider: str) -> None:
    usage = Usage(input_tokens=1_000, output_tokens=20)
    prices = {info.id: cost(info, usage) for info in PAID if info.provider == provider}
    assert min(prices, key=lambda model_id: prices[model_id]) == catalog.title_model(provider).id


def test_the_offline_assistant_writes_its_own_titles_and_nobody_has_none() -> None:
    assert catalog.title_model("offline").free
    with pytest.raises(catalog.UnknownModel):
        catalog.title_model("nobody")


@pytest.mark.parametrize(
    ("model_id", "provider"),
    [("gpt-7-nova", "openai"), ("o3-2025-04-16", "openai"), ("gemini-5-neon", "gemini")],
)
def test_an_unlisted_model_is_taken_by_its_own_provider_and_no_other(model_id: str, provider: str) -> None:
    assert catalog.model_or_default(model_id, provider).provider == provider
    for other in {"anthropic", "openai", "gemini"} - {provider}:
        with pytest.raises(catalog.UnknownModel):
            catalog.model_or_default(model_id, other)


def test_a_listed_model_is_unknown_to_another_provider() -> None:
    with pytest.raises(catalog.UnknownModel):
        catalog.model_or_default("gemini-3.8-flash", "anthropic")
    assert catalog.model_or_default("gemini-3.8-flash", "").label == "Gemini 3.8 Flash"


def test_a_gemini_without_thinking_is_told_the_least_level_that_it_takes() -> None:
    words = {catalog.thinking_when_off(info.id) for info in PAID if info.provider == "gemini"}
    assert words == {"minimal", "low"}
