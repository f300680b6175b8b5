"""Staff's page of models: what it shows, what it changes, and what it asks providers for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sessions_app import offering
from sessions_app.models import AuditEntry, ModelOffer, ModelPrice
from sessions_app.providers.base import Event, KeyRefused, ModelInfo, Request

PAGE = "/admin/sessions_app/modeloffer/"
WANTED = "claude-sonnet-5-5"


class Listing:
    """A provider whose list this is; what it raises is its answer too."""

    listed: list[ModelInfo] | Exception = []

    def __init__(self, **_: Any) -> None: ...

    async def list_models(self) -> list[ModelInfo]:
        if isinstance(Listing.listed, Exception):
            raise Listing.listed
        return Listing.listed

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        raise NotImplementedError
        yield

    async def aclose(self) -> None: ...


@pytest.fixture
def listing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[Listing]:
    from sessions_app.realtime import connections

    settings.OPENAI_API_KEY = "sk-test"
    settings.PROVIDERS = settings.PROVIDERS | {"openai": "tests.admin.test_models.Listing"}
    monkeypatch.setattr(connections, "_made", {})
    Listing.listed = []
    return Listing


def words_of(answer: Any) -> str:
    return str(answer.content.decode())


def model(name: str, window: int = 4000) -> ModelInfo:
    return ModelInfo(name, "openai", name.upper(), window, 1000)


def test_every_model_stands_in_one_table_with_its_price_or_where_to_set_one(
    as_root: Client, settings: Any
) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    ModelOffer.objects.create(
        provider="anthropic", model="claude-unpriced-9", label="Nine", fallbacks=["offline"]
    )
    shown = words_of(as_root.get(PAGE))
    for words in ("Claude Sonnet 5.5", "Nine", "Offline assistant", "usual order", "unknown: set one"):
        assert words in shown
    page = as_root.get(PAGE).content.decode()
    assert "/admin/sessions_app/modelprice/add/?provider=anthropic&amp;model=claude-unpriced-9" in page


def test_chosen_models_are_offered_and_no_longer_and_that_is_written_down(
    as_root: Client, settings: Any
) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    as_root.post(PAGE, {"model": [WANTED, "nobody-knows"], "offered": "0"})
    assert not offering.is_offered(WANTED)
    as_root.post(PAGE, {"model": [WANTED], "offered": "1"})
    assert offering.is_offered(WANTED)
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "detail"))
    assert told == [("stopped offering a model", WANTED), ("offered a model", WANTED)]


def test_what_was_done_is_said_in_numbers(as_root: Client, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    assert "none was chosen" in words_of(as_root.post(PAGE, {"offered": "1"}, follow=True))
    one = as_root.post(PAGE, {"model": [WANTED], "offered": "0"}, follow=True)
    assert "1 model is not offered any more." in words_of(one)


def test_a_model_is_added_with_who_answers_instead_in_order(as_root: Client, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    add = f"{reverse('admin:sessions_app_modeloffer_add')}?provider=anthropic&model={WANTED}"
    assert WANTED in as_root.get(add).content.decode()
    given = {"provider": "anthropic", "model": WANTED, "offered": "on", "audience": "staff", "position": "0",
             "first": "claude-haiku-5-5", "second": "offline", "third": ""}  # fmt: skip
    assert as_root.post(add, given | {"second": "claude-haiku-5-5"}).status_code == 200  # refused: twice
    assert as_root.post(add, given).status_code == 302
    row = ModelOffer.objects.get(model=WANTED)
    assert (row.fallbacks, row.audience, row.source) == (["claude-haiku-5-5", "offline"], "staff", "catalog")
    change = reverse("admin:sessions_app_modeloffer_change", args=[row.pk])
    assert as_root.get(change).status_code == 200
    assert as_root.post(change, given | {"usual": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.fallbacks is None
    assert AuditEntry.objects.filter(action="changed offered model").exists()


def test_the_models_of_a_server_begin_with_its_name(as_root: Client, settings: Any) -> None:
    settings.COMPATIBLE_SERVERS = {"ollama": {"url": "http://127.0.0.1:1/v1", "key": "", "label": ""}}
    add = reverse("admin:sessions_app_modeloffer_add")
    given = {
        "provider": "ollama",
        "model": "llama3.2",
        "offered": "on",
        "audience": "everyone",
        "position": "0",
    }
    assert "begin with ollama/" in as_root.post(add, given).content.decode()
    assert as_root.post(add, given | {"model": "ollama/llama3.2"}).status_code == 302
    assert offering.is_offered("ollama/llama3.2")


def test_a_server_whose_models_are_not_known_yet_says_what_to_do(as_root: Client, settings: Any) -> None:
    settings.COMPATIBLE_SERVERS = {"ollama": {"url": "http://127.0.0.1:1/v1", "key": ""}}
    assert "No model is known yet: refresh the lists" in as_root.get(PAGE).content.decode()
    assert PAGE in as_root.get("/admin/").content.decode().partition("Running replies")[0]


def test_a_refreshed_list_brings_models_that_are_not_offered_yet_and_marks_those_that_are_gone(
    as_root: Client, listing: type[Listing]
) -> None:
    listing.listed = [model("gpt-x"), model("gpt-y")]
    shown = words_of(as_root.post(PAGE, {"refresh": "1"}, follow=True))
    assert "OpenAI names 2 models: 2 new here, 0 gone." in shown
    assert not offering.is_offered("gpt-x")
    as_root.post(PAGE, {"model": ["gpt-x"], "offered": "1"})
    assert offering.model("gpt-x").context_window == 4000
    assert offering.is_offered("gpt-x")
    listing.listed = [model("gpt-y")]
    assert "0 new here, 1 gone" in words_of(as_root.post(PAGE, {"refresh": "1"}, follow=True))
    assert not offering.is_offered("gpt-x")


def test_a_provider_that_gives_no_list_leaves_its_models_as_they_were(
    as_root: Client, listing: type[Listing]
) -> None:
    listing.listed = [model("gpt-x")]
    as_root.post(PAGE, {"refresh": "1"})
    listing.listed = KeyRefused()
    shown = words_of(as_root.post(PAGE, {"refresh": "1"}, follow=True))
    assert "OpenAI: The key was refused. Staff can set a new one. Its models stay as they were." in shown
    assert not ModelOffer.objects.get(model="gpt-x").gone


def test_staff_without_the_right_look_and_change_nothing(as_staff: Client, as_alice: Client) -> None:
    assert "Refresh lists" not in as_staff.get(PAGE).content.decode()
    assert as_staff.post(PAGE, {"model": [WANTED], "offered": "0"}).status_code == 403
    assert as_staff.get(reverse("admin:sessions_app_modeloffer_add")).status_code == 403
    assert as_alice.get(PAGE).status_code == 302
    assert not ModelOffer.objects.exists()
    assert not ModelPrice.objects.exists()
