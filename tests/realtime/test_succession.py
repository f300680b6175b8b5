"""Where other parts meet who answers instead: cards, windows that were counted, models of the same provider, Stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from sessions_app.models import ModelOffer, ProviderState, Reply
from sessions_app.realtime import counting, planning, taking
from tests.upstream import Scenario, Upstream
from tests.upstream.tokens import prompt_size

from .second import MODEL, offer_second, set_up
from .stage import Stage, check_sound, stored

WANTED = "claude-sonnet-5-5"
BUDGET = 12_000
DIGITS = '"\\' * 1500  # twice as many bytes in the request as in the database


@pytest.fixture(scope="module")
def running_second() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def second(running_second: Upstream, settings: Any, monkeypatch: Any, transactional_db: None) -> Upstream:
    running_second.reset()
    set_up(settings, monkeypatch, running_second)
    offer_second()
    ModelOffer.objects.create(provider="anthropic", model=WANTED, fallbacks=[MODEL])
    counting._known.clear()
    return running_second


async def unmeasured(stage: Stage, count: int) -> None:
    """Answers that nobody counted, below a budget that the next question exceeds."""

    def limit() -> None:
        stage.chat.settings = {"context_tokens": BUDGET}
        stage.chat.save()

    await stored(limit)
    for number in range(count):
        await stage.ended(await stage.begin(Scenario("bad_request"), f"{number} {DIGITS}"))


async def test_a_provider_that_answers_a_request_that_was_cut_is_no_longer_doubted(
    stage: Stage, second: Upstream
) -> None:
    await unmeasured(stage, 6)
    doubt = {"provider": "anthropic", "failures": 1, "last_error": "connection"}
    await stored(lambda: ProviderState.objects.create(**doubt))
    reply = await stage.answer(Scenario("words", words=3), f"Last {DIGITS}")
    assert stage.upstream.counted
    assert reply.model_config["begins_at"] > 1
    assert await stored(lambda: ProviderState.objects.get().failures) == 0


async def test_who_answers_instead_is_asked_with_what_it_counts_as_fitting(
    stage: Stage, second: Upstream
) -> None:
    await unmeasured(stage, 7)
    second.set_default(Scenario("words", words=3))
    reply = await stage.answer("unauthorized", f"Last {DIGITS}")
    assert (reply.status, reply.message.model) == ("complete", MODEL)
    assert prompt_size(second.replies[-1].body) <= BUDGET
    await stored(lambda: check_sound(stage.chat))


@pytest.mark.parametrize(
    ("scenario", "tries", "answers"), [("overloaded", 2, "claude-haiku-5-5"), ("unauthorized", 1, MODEL)]
)
async def test_a_model_of_the_same_provider_answers_where_the_fault_may_be_the_models_alone(
    stage: Stage, second: Upstream, scenario: str, tries: int, answers: str
) -> None:
    second.set_default("words")
    named = ["claude-haiku-5-5", MODEL]
    await stored(lambda: ModelOffer.objects.filter(model=WANTED).update(fallbacks=named))
    stage.upstream.script(*[scenario] * tries)
    reply = await stage.ended(await stage.begin("words"))
    assert (reply.status, reply.message.model) == ("complete", answers)
    failures = await stored(lambda: ProviderState.objects.get().failures)
    assert failures == (0 if answers != MODEL else 1)  # a provider whose other model answers is not left out


async def test_a_request_that_could_not_be_made_at_first_goes_to_whom_it_was_for(
    stage: Stage, second: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    second.set_default("words")
    soon = timezone.now() + timedelta(seconds=60)
    out = {"provider": "anthropic", "failures": 2, "last_error": "connection", "open_until": soon}
    await stored(lambda: ProviderState.objects.create(**out))
    await stored(lambda: ModelOffer.objects.filter(model=WANTED).update(fallbacks=[MODEL, "offline"]))
    broken = iter([True])

    def planned(reply: Reply) -> Any:
        if next(broken, False):
            raise OperationalError("out of order")
        return planning.planned(reply)

    monkeypatch.setattr(taking, "planned", planned)
    reply = await stage.answer("words")
    assert (reply.status, reply.message.model) == ("complete", MODEL)
    assert [row.model for row in await stage.ledger(reply)] == [MODEL]


async def test_a_library_that_is_missing_hands_on_to_the_next(
    stage: Stage, second: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.realtime.second import SecondProvider

    monkeypatch.setattr(SecondProvider, "library", "no_such_library")
    await stored(lambda: ModelOffer.objects.filter(model=WANTED).update(fallbacks=[MODEL, "offline"]))
    reply = await stage.answer("unauthorized")
    assert (reply.status, reply.message.model) == ("complete", "offline")
