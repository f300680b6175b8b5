"""What is offered, from the catalog, what staff decided and which providers are set up; and who may choose what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_app import offering
from sessions_app.actions.errors import PremiumModel, UnknownModel
from sessions_app.agent.summarising import summary_model
from sessions_app.lineup import ASSUMED_OF_SERVER, Row, Setup, lineup
from sessions_app.models import ModelOffer, ProviderState, Reply, User
from sessions_app.providers.catalog import UnknownModel as NotKnown

ALL = Setup(("anthropic", "openai", "ollama", "offline"), (("ollama", "Home"),))
LLAMA = "ollama/llama3.2"


def row(model: str, provider: str, **more: Any) -> Row:
    usual: dict[str, Any] = {
        "label": "", "offered": True, "audience": "everyone", "source": "listed", "context_window": None,
        "max_output": None, "pictures": None, "tools": None, "fallbacks": None, "gone": False, "position": 0,
    }  # fmt: skip
    return Row(provider=provider, model=model, **{**usual, **more})


def test_the_offline_assistant_is_always_offered_and_others_where_they_are_set_up() -> None:
    assert list(lineup(Setup(("offline",)), ()).offers) == ["offline"]
    claudes = lineup(Setup(("anthropic", "offline")), ()).offers
    assert list(claudes)[-1] == "offline"
    assert "claude-sonnet-5-5" in claudes


def test_what_a_row_says_wins_over_the_catalog_and_what_it_does_not_say_is_the_catalogs() -> None:
    now = lineup(ALL, [row("claude-sonnet-5-5", "anthropic", label="Our Sonnet", context_window=1000)])
    info = now.offers["claude-sonnet-5-5"].info
    assert (info.label, info.context_window, info.max_output) == ("Our Sonnet", 1000, 128_000)


def test_a_servers_model_is_known_by_its_name_alone() -> None:
    info = lineup(ALL, [row(LLAMA, "ollama")]).offers[LLAMA].info
    assert (info.id, info.provider, info.label) == (LLAMA, "ollama", "llama3.2")
    assert (info.context_window, info.max_output, info.tools) == (*ASSUMED_OF_SERVER, True)


def test_what_is_switched_off_or_not_set_up_or_gone_from_its_list_is_known_but_not_offered() -> None:
    rows = [
        row("claude-opus-5", "anthropic", offered=False),
        row("gone", "openai", gone=True),
        row("kept", "openai", gone=True, source="staff"),
        row("elsewhere/x", "elsewhere"),
    ]
    now = lineup(ALL, rows)
    assert {each.model for each in rows} <= set(now.known)
    assert {each.model for each in rows} & set(now.offers) == {"kept"}


def test_the_default_models_provider_is_first_and_staff_put_models_in_order() -> None:
    rows = [row("b", "openai", position=2), row("a", "openai", position=1)]
    setup = Setup(ALL.providers, ALL.servers, default="b")
    assert [each for each in lineup(setup, rows).offers if each in ("a", "b")] == ["a", "b"]
    assert next(iter(lineup(setup, rows).offers.values())).info.provider == "openai"


@pytest.mark.parametrize("model", ["claude-new-9", "gpt-4o", "gemini-9-pro", "ollama/mistral"])
def test_the_default_model_may_be_one_that_the_catalog_does_not_know(model: str) -> None:
    setup = Setup(("anthropic", "openai", "gemini", "ollama", "offline"), ALL.servers, default=model)
    assert next(iter(lineup(setup, ()).offers)) == model


@pytest.fixture
def providers(settings: Any, db: None) -> None:
    settings.ANTHROPIC_API_KEY = settings.OPENAI_API_KEY = "sk-test"
    settings.COMPATIBLE_SERVERS = {"ollama": {"url": "http://127.0.0.1:1/v1", "key": "", "label": "Home"}}
    settings.FALLBACK = True
    for model, audience in (("gpt-a", "everyone"), ("gpt-p", "premium"), ("gpt-s", "staff")):
        ModelOffer.objects.create(provider="openai", model=model, audience=audience, source="staff")
    ModelOffer.objects.create(provider="ollama", model=LLAMA, source="listed")


@pytest.mark.usefixtures("providers")
def test_each_person_sees_and_may_choose_what_is_for_them(alice: User, staff: User) -> None:
    shown = {choice.id: choice.locked for choice in offering.choices(alice)}
    assert (shown["gpt-a"], shown["gpt-p"], "gpt-s" in shown) == (False, True, False)
    assert offering.choose("gpt-a", person=alice).provider == "openai"
    with pytest.raises(PremiumModel, match="premium plan"):
        offering.choose("gpt-p", person=alice)
    with pytest.raises(UnknownModel):
        offering.choose("gpt-s", person=alice)
    assert "gpt-s" not in {info.id for info in offering.offered(alice)}
    assert offering.choose("gpt-s", person=staff).id == "gpt-s"
    assert offering.choose("", "gpt-s", alice) == offering.default_model(alice)  # its session goes on


@pytest.mark.usefixtures("providers")
def test_every_model_has_a_name_and_figures_wherever_its_id_is_shown() -> None:
    assert (offering.label(LLAMA), offering.provider_label("ollama")) == ("llama3.2", "Home")
    assert offering.model("ollama/unheard-of").provider == "ollama"
    assert offering.cheap_model("ollama", LLAMA).id == LLAMA
    assert offering.cheap_model("openai", "gpt-a").id == "gpt-6-luna"
    ModelOffer.objects.create(provider="openai", model="gpt-6-luna", offered=False)
    assert (
        offering.cheap_model("openai", "gpt-a").id == "gpt-a"
    )  # what is switched off writes no titles either
    with pytest.raises(NotKnown):
        offering.model("nobody-knows")
    assert offering.label("nobody-knows") == "nobody-knows"


@pytest.mark.usefixtures("providers")
def test_who_answers_instead_is_the_usual_model_of_each_other_provider_unless_staff_say(
    alice: User, settings: Any
) -> None:
    claude = offering.model("claude-sonnet-5-5")
    usual = offering.fallbacks(claude, alice)
    assert [info.provider for info in usual] == ["openai", "ollama", "offline"]
    row = ModelOffer.objects.create(provider="anthropic", model=claude.id, fallbacks=["gpt-p", LLAMA, "gone"])
    assert [info.id for info in offering.fallbacks(claude, alice)] == [LLAMA]  # what alice may use
    ModelOffer.objects.filter(pk=row.pk).update(fallbacks=[])
    assert offering.fallbacks(claude, alice) == []
    assert offering.fallbacks(offering.model("offline"), alice) == []
    settings.FALLBACK = False
    assert offering.fallbacks(offering.model(LLAMA), alice) == []


@pytest.mark.usefixtures("providers")
def test_choosing_asks_one_small_query_and_hears_of_a_change_at_once(
    alice: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        offering.choose("gpt-a", person=alice)
    ModelOffer.objects.filter(model="gpt-a").update(offered=False)
    with pytest.raises(UnknownModel):
        offering.choose("gpt-a", person=alice)


@pytest.mark.usefixtures("providers")
def test_summaries_are_not_asked_of_a_provider_that_is_left_out(settings: Any) -> None:
    settings.SUMMARY_MODEL = "claude-haiku-5-5"
    reply = Reply(model_config={"provider": "openai", "model": "gpt-a"})
    assert summary_model(reply).id == "claude-haiku-5-5"
    soon = timezone.now() + timedelta(seconds=60)
    ProviderState.objects.create(provider="anthropic", failures=2, open_until=soon)
    assert summary_model(reply).id == "gpt-6-luna"
