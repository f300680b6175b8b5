"""Another model answers where the wanted one cannot: when, when never, who pays, and how a provider comes back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from analytics_app.actions.budgets import set_budget
from sessions_app import standing
from sessions_app.actions import ledger, running
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import continue_reply, regenerate_reply
from sessions_app.agent.events import CallStarted
from sessions_app.api.shapes import message_shapes
from sessions_app.models import (
    ChatSession,
    Message,
    ModelOffer,
    ModelPrice,
    ProviderState,
    Reply,
    TokenUsage,
    uuid7,
)
from sessions_app.providers.base import Counts
from sessions_app.realtime import connections
from sessions_app.realtime.planning import switched
from sessions_app.rendering.article import articles
from tests.upstream import Scenario, Upstream

from .document import Document
from .page import Page
from .second import MODEL, offer_second, set_up
from .stage import Stage, check_sound, last_message, stored

WANTED = "claude-sonnet-5-5"


@pytest.fixture(scope="module")
def running_second() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def second(running_second: Upstream, settings: Any, monkeypatch: Any, transactional_db: None) -> Upstream:
    """Another provider, whose model answers where Claude cannot."""
    running_second.reset()
    set_up(settings, monkeypatch, running_second)
    offer_second()
    ModelOffer.objects.create(provider="anthropic", model=WANTED, fallbacks=[MODEL])
    price = dict.fromkeys(("input", "cache_read", "cache_write_5m", "cache_write_1h", "output"), 7)
    ModelPrice.objects.create(provider="openai", model=MODEL, valid_from="2020-01-01T00:00Z", **price)
    return running_second


async def kill(settings: Any) -> None:
    """Nobody listens where the first provider was."""
    with closing(socket.socket()) as port:
        port.bind(("127.0.0.1", 0))
        settings.ANTHROPIC_BASE_URL = f"http://127.0.0.1:{port.getsockname()[1]}"
    await connections.close()


async def bring_back(settings: Any, upstream: Upstream) -> None:
    settings.ANTHROPIC_BASE_URL = upstream.url
    await connections.close()


async def state() -> ProviderState | None:
    return await stored(lambda: ProviderState.objects.filter(provider="anthropic").first())


async def let_time_pass() -> None:
    """The time for which a provider is left out is over."""
    past = timezone.now() - timedelta(seconds=1)
    assert await stored(lambda: ProviderState.objects.update(open_until=past))


async def test_the_next_provider_answers_for_one_that_is_gone_and_the_page_says_so(
    stage: Stage, second: Upstream, settings: Any
) -> None:
    second.set_default(Scenario("words", words=3))
    await kill(settings)
    reply = await stage.answer("words")
    assert (reply.status, reply.message.content) == ("complete", "w1 w2 w3 ")
    assert reply.message.model == reply.model_config["model"] == MODEL
    assert reply.model_config["provider"] == "openai"
    assert reply.model_config["fell_back"] == {"from": WANTED, "why": "connection"}
    chunk = next(each for each in await stage.journal(reply) if each["data"].get("status") == "fallback")
    assert (chunk["data"]["from"], chunk["data"]["to"]) == (WANTED, MODEL)
    sentence = "Claude Sonnet 5.5 cannot be reached right now; Second One answers instead."
    assert chunk["data"]["message"] == sentence

    def look() -> None:
        check_sound(stage.chat)
        shown = articles([Message.objects.select_related("reply", "author").get(pk=reply.pk)])[0]
        assert shown.model_label == "Second One"
        assert shown.instead == "instead of Claude Sonnet 5.5, which could not be reached"
        assert shown.receipt is not None
        assert shown.receipt.model == "Second One"
        told = message_shapes([Message.objects.select_related("reply", "author").get(pk=reply.pk)])[0]
        assert (told["model"], told["fell_back"]) == (MODEL, {"from": WANTED, "why": "connection"})

    await stored(look)


async def test_each_call_is_on_the_ledger_under_the_model_that_was_asked(
    stage: Stage, second: Upstream
) -> None:
    reply = await stage.answer("overloaded")
    rows = await stage.ledger(reply)
    asked = [(row.provider, row.model, row.attempt, row.ok) for row in rows]
    claude = ("anthropic", WANTED)
    assert asked == [(*claude, 1, False), (*claude, 2, False), ("openai", MODEL, 3, True)]
    assert rows[2].cost == 7 * Decimal(rows[2].total) / 1_000_000
    assert len(stage.upstream.replies) == 2  # fewer tries where somebody else is there
    stored_chat = await stored(lambda: ChatSession.objects.get(pk=stage.chat.pk))
    assert stored_chat.cost == rows[2].cost
    assert (stored_chat.provider, stored_chat.model) == ("anthropic", WANTED)  # it stays the session's


def words_of(document: Document, reply: Reply | None) -> str:
    article = document.root.find(f"message-{reply.pk if reply else ''}")
    return " ".join(article.text.split()) if article else ""


def told_of_providers(document: Document) -> str:
    element = document.root.find("providers-changed")
    return element.attributes.get("data-at", "") or "" if element else ""


async def test_an_open_page_shows_who_answers_while_the_answer_is_written(
    stage: Stage, second: Upstream, settings: Any
) -> None:
    page = await Page.opened(stage.chat)
    try:
        second.set_default(Scenario("gate", after=3, words=6))
        await kill(settings)
        sent = await stage.send()
        assert sent.reply is not None
        await stage.growing(sent.reply, "w3")
        await page.until(lambda document: "w3" in words_of(document, sent.reply))
        head = "Second One instead of Claude Sonnet 5.5, which could not be reached writing"
        assert head in words_of(page.document, sent.reply)
        second.release()
        await stage.ended(sent.reply)
        await page.until_ended(sent.reply.pk)
        await page.check_matches()
        second.set_default("words")
        await stage.answer("words")  # the second failure in a row: pages are told who answers from now on
        await page.until(lambda document: told_of_providers(document) != "")
    finally:
        await page.cut()


@pytest.mark.parametrize("scenario", ["cut_rst", "error_event", "api_event", "tool_then_cut"])
async def test_never_after_something_was_shown(stage: Stage, second: Upstream, scenario: str) -> None:
    if scenario == "tool_then_cut":
        stage.upstream.script("tool", "overloaded", "overloaded", "overloaded")
        reply = await stage.ended(await stage.begin("words"))
    else:
        reply = await stage.answer(Scenario(scenario, after=3))
    assert (reply.status, reply.message.model) == ("failed", WANTED)
    assert second.replies == []


@pytest.mark.parametrize("scenario", ["bad_request", "too_long", "refusal"])
async def test_never_for_what_another_model_would_not_take_either(
    stage: Stage, second: Upstream, scenario: str
) -> None:
    reply = await stage.answer(Scenario(scenario, after=0))
    assert reply.message.model == WANTED
    assert second.replies == []


async def test_never_for_an_answer_that_goes_on(stage: Stage, second: Upstream) -> None:
    first = await stage.answer(Scenario("max_tokens", after=3))
    message = await last_message(stage)
    stage.upstream.set_default("unauthorized")
    reply = await stored(lambda: continue_reply(message=message))
    went_on = await stage.ended(reply)
    assert (went_on.status, went_on.error_type) == ("failed", "authentication")
    assert went_on.message.content == first.message.content
    assert second.replies == []


async def test_answering_again_asks_the_wanted_model_first(stage: Stage, second: Upstream) -> None:
    await stage.answer("unauthorized")
    message = await last_message(stage)
    assert message.model == MODEL
    stage.upstream.set_default("words")
    again = await stage.ended(await stored(lambda: regenerate_reply(message=message)))
    assert (again.message.model, "fell_back" in again.model_config) == (WANTED, False)


async def test_a_provider_that_fails_twice_is_left_out_then_tried_by_one_reply_and_used_again(
    stage: Stage, second: Upstream, settings: Any
) -> None:
    second.set_default("words")
    await kill(settings)
    for _ in range(2):
        await stage.answer("words")
    out = await state()
    assert out is not None
    assert (out.failures, out.last_error) == (2, "connection")
    assert out.open_until is not None
    assert out.open_until > timezone.now()
    await bring_back(settings, stage.upstream)
    left_out = await stage.answer("words")  # it would answer, but nobody asks it yet
    assert left_out.message.model == MODEL
    assert [row.provider for row in await stage.ledger(left_out)] == ["openai"]
    assert stage.upstream.replies == []
    await let_time_pass()
    again = await stage.answer("words")
    assert (again.message.model, len(stage.upstream.replies)) == (WANTED, 1)
    closed = await state()
    assert closed is not None
    assert (closed.failures, closed.open_until, closed.opened_at) == (0, None, None)
    await stored(lambda: check_sound(stage.chat))


async def test_of_replies_at_once_one_tries_it_again_and_a_failure_leaves_it_out_for_as_long(
    stage: Stage, second: Upstream, settings: Any
) -> None:
    second.set_default("words")
    owner = stage.chat.owner
    values = {"failures": 2, "last_error": "connection", "opened_at": timezone.now()}
    await stored(
        lambda: ProviderState.objects.create(
            provider="anthropic", open_until=timezone.now() - timedelta(seconds=1), **values
        )
    )
    stage.upstream.set_default("unauthorized")
    chats = await stored(
        lambda: [
            ChatSession.objects.create(owner=owner, model=WANTED, provider="anthropic", title="n")
            for _ in range(4)
        ]
    )
    sends = [partial(send_message, chat=chat, author=owner, content="Hi") for chat in chats]
    await asyncio.gather(*(stored(send) for send in sends))
    await stage.runner.run_until_idle()
    models = await stored(lambda: list(Reply.objects.values_list("message__model", "status")))
    assert models == [(MODEL, "complete")] * 4
    assert len(stage.upstream.replies) == 1
    out = await state()
    assert out is not None
    assert out.open_until is not None
    assert out.open_until > timezone.now() + timedelta(seconds=settings.FALLBACK_SECONDS - 30)


async def test_a_rate_limit_lasts_as_long_as_it_says_and_a_missing_model_says_nothing_of_the_provider(
    stage: Stage, second: Upstream
) -> None:
    await stage.answer("missing")
    assert await state() is None
    await stage.answer(Scenario("rate_limited", retry_after="25"))
    out = await state()
    assert out is not None
    assert out.open_until is not None
    assert timedelta(seconds=15) < out.open_until - timezone.now() <= timedelta(seconds=25)


def test_a_model_whose_budget_is_used_up_is_skipped(
    second: Upstream, claude_chat: ChatSession, settings: Any
) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-first"
    ModelOffer.objects.filter(model=WANTED).update(fallbacks=[MODEL, "offline"])
    chat, owner = claude_chat, uuid7()
    send_message(chat=chat, author=chat.owner, content="Hi")
    (reply,) = running.claim_replies(owner=owner)
    spent = ledger.Call(uuid7(), chat.owner_id, chat.pk, None, "anthropic", WANTED)
    ledger.begin_call(spent)
    ledger.settle_call(ledger.Settlement(spent.usage, Counts(input=10**6), ok=True))
    set_budget(actor=None, measure="money", period="month", amount=Decimal(1), user=chat.owner)
    asked: dict[str, Any] = {"kind": "connection", "tried": {WANTED}, "last": True}
    plan = switched(owner=owner, reply=reply, usage=uuid7(), event=CallStarted(1, 2), **asked)
    assert plan is not None
    assert plan.provider == "offline"
    assert list(TokenUsage.objects.open().values_list("provider", flat=True)) == ["offline"]
    reply.refresh_from_db()
    assert reply.model_config["fell_back"] == {"from": WANTED, "why": "connection"}


async def test_a_model_whose_window_is_too_small_is_skipped(stage: Stage, second: Upstream) -> None:
    def shrink() -> None:
        ModelOffer.objects.filter(model=MODEL).update(context_window=2000, max_output=1000)
        ModelOffer.objects.filter(model=WANTED).update(fallbacks=[MODEL, "offline"])

    await stored(shrink)
    reply = await stage.answer("unauthorized", "Long words. " * 400)
    assert (reply.status, reply.message.model) == ("complete", "offline")
    assert second.replies == []


async def test_without_another_provider_the_offline_assistant_answers_and_says_so(
    stage: Stage, second: Upstream, settings: Any
) -> None:
    settings.OPENAI_API_KEY = ""
    await stored(lambda: ModelOffer.objects.all().delete())
    await kill(settings)
    reply = await stage.answer("words", "What did this week cost?")
    assert (reply.status, reply.message.model) == ("complete", "offline")
    assert reply.message.content


async def test_with_nobody_else_it_fails_as_before_and_is_asked_each_time(
    stage: Stage, second: Upstream, settings: Any
) -> None:
    settings.FALLBACK = False
    for number in range(3):
        reply = await stage.answer("unauthorized", f"Try {number}")
        assert (reply.status, reply.error_type) == ("failed", "authentication")
    assert len(stage.upstream.replies) == 3
    assert (await stored(standing.standings))["anthropic"].failures == 3
