"""What is OpenAI's alone: its models' families, its events, its refusals. What all promise is in test_every_provider.py."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

import pytest
import pytest_asyncio

from sessions_app.providers import base, openai_errors, openai_models
from sessions_app.providers.base import (
    Counts,
    End,
    Raw,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
    ToolResult,
    ToolUse,
)
from sessions_app.providers.openai import OpenAIProvider
from sessions_app.providers.openai_request import build
from sessions_app.providers.openai_stream import counts_of
from tests.providers.asking import CLOCK, ask, assistant, events_of, failure_of, text_of, user
from tests.upstream import Upstream
from tests.upstream.openai import KEY, Responses

MODEL = "gpt-6-sol"
SEALED = Raw("openai", MODEL, {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"})


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with Upstream(KEY, dialect=Responses()) as upstream:
        yield upstream


@pytest.fixture
def upstream(running: Upstream) -> Upstream:
    running.reset()
    return running


@pytest_asyncio.fixture
async def provider(upstream: Upstream) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(KEY, f"{upstream.url}/v1")
    yield provider
    await provider.aclose()


# ---------------------------------------------------------------- the request


async def test_the_sdk_does_not_look_at_each_part_of_a_long_history(
    upstream: Upstream, provider: OpenAIProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    responses: Any = import_module("openai.resources.responses.responses")
    looked_at: list[Any] = []
    transform = responses.async_maybe_transform

    async def seen(data: Any, kind: Any) -> Any:
        looked_at.append(data["input"])
        return await transform(data, kind)

    monkeypatch.setattr(responses, "async_maybe_transform", seen)
    await events_of(provider, ask(*(user("Hello"), assistant("Hi")) * 9, user("Bye"), model=MODEL))
    assert len(upstream.replies[-1].body["input"]) == 19
    assert all(not isinstance(each, list) for each in looked_at)


@pytest.mark.parametrize("thinking", [True, False])
@pytest.mark.parametrize(
    "model",
    ["gpt-4o-mini", "gpt-4.1", "o3", "o4-mini", "gpt-5", "gpt-5-pro", "gpt-5.1", "gpt-5.3-codex", "gpt-5.6-luna",
     "gpt-6-astra", "gpt-6.1-sol", "gpt-7-new"],
)  # fmt: skip
async def test_no_model_refuses_how_it_is_asked(
    upstream: Upstream, provider: OpenAIProvider, model: str, thinking: bool
) -> None:
    request = ask(model=model, thinking=thinking, temperature=0.5, max_tokens=5, tools=(CLOCK,))
    assert isinstance((await events_of(provider, request))[-1], End)
    sent = upstream.log[0].body
    assert ("temperature" in sent) is model.startswith("gpt-4")
    assert sent["store"] is False


def test_thinking_that_cannot_be_switched_off_does_not_use_up_a_short_answer() -> None:
    asked = {model: build(ask(model=model, max_tokens=30)) for model in (MODEL, "gpt-5.4-mini", "gpt-4o")}
    assert [each["max_output_tokens"] for each in asked.values()] == [1_024, 30, 30]
    assert build(ask(model=MODEL, max_tokens=9_000))["max_output_tokens"] == 9_000


def test_what_the_workspace_knows_of_a_model_limits_its_answer() -> None:
    info = base.ModelInfo("gpt-4o", "openai", "GPT-4o", 128_000, 500)
    assert build(ask(model="gpt-4o", info=info))["max_output_tokens"] == 500


def test_sealed_thinking_goes_back_in_the_reply_under_way_and_never_alone() -> None:
    call, result = ToolUse("c1", "clock", {}), ToolResult("c1", "noon")
    under_way = (user("When?"), assistant(SEALED, call), user(result))
    assert SEALED.block in build(ask(*under_way, model=MODEL))["input"]
    assert SEALED.block not in build(ask(*under_way, model="gpt-6.1-sol"))["input"]
    assert SEALED.block not in build(ask(*under_way, assistant("Noon."), user("Sure?"), model=MODEL))["input"]
    alone = (user("When?"), assistant(call, SEALED), user(result))
    assert SEALED.block not in build(ask(*alone, model=MODEL))["input"]


def test_the_same_history_is_always_the_same_bytes_for_the_cache() -> None:
    turns = (
        user("When?"),
        assistant(ToolUse("x" * 99, "clock", {"b": 1, "a": 2})),
        user(ToolResult("x" * 99, "")),
    )
    assert build(ask(*turns, model=MODEL)) == build(ask(*turns, model=MODEL))


@pytest.mark.parametrize(
    ("model", "converses", "reasons"),
    [
        ("gpt-6-sol", True, True),
        ("gpt-5-chat-latest", True, False),
        ("chatgpt-4o-latest", True, False),
        ("ft:gpt-4o-mini:acme::1", True, False),
        ("o3", True, True),
        ("gpt-4o-2024-08-06", False, False),
        ("gpt-4-0613", False, False),
        ("gpt-4o-mini-tts", False, False),
        ("gpt-4o-realtime-preview", False, False),
        ("text-embedding-3-large", False, False),
        ("omni-moderation-latest", False, False),
    ],
)
def test_a_models_id_tells_what_it_is(model: str, converses: bool, reasons: bool) -> None:
    assert openai_models.converses(model) is converses
    assert openai_models.reasons(model) is reasons


# ---------------------------------------------------------------- the answer


async def test_a_refusal_in_the_models_own_words_is_shown_and_named(
    upstream: Upstream, provider: OpenAIProvider
) -> None:
    upstream.script("said_no")
    events = await events_of(provider, ask(model=MODEL))
    assert text_of(events) == "I will not."
    assert isinstance(events[-1], End)
    assert events[-1].stop_reason == "refusal"


async def test_a_call_that_never_ended_is_told_as_cut(upstream: Upstream, provider: OpenAIProvider) -> None:
    upstream.script("open_call")
    call, end = (await events_of(provider, ask(model=MODEL, tools=(CLOCK,))))[-2:]
    assert isinstance(call, ToolCallRequested)
    assert isinstance(end, End)
    assert (call.input, bool(call.problem), end.stop_reason) == (None, True, "max_tokens")


async def test_parts_of_thinking_stand_apart_and_without_a_seal_nothing_is_kept(
    upstream: Upstream, provider: OpenAIProvider
) -> None:
    upstream.script("parts_of_thinking")
    events = await events_of(provider, ask(model=MODEL, thinking=True))
    thoughts = [event.text for event in events if isinstance(event, ThinkingDelta)]
    assert "".join(thoughts) == "part 0\n\npart 1"
    assert [event.raw for event in events if isinstance(event, ThinkingDone)] == [None]


async def test_what_is_written_to_the_cache_is_counted_apart(
    upstream: Upstream, provider: OpenAIProvider
) -> None:
    """From 5.6 on it has a price of its own."""
    end = (await events_of(provider, ask(user("long " * 100), model=MODEL)))[-1]
    assert isinstance(end, End)
    assert end.counts.cache_write_5m > 0
    assert end.counts.total == upstream.log[0].usage["total_tokens"]


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({}, Counts()),
        ({"input_tokens": 5, "output_tokens": 2}, Counts(input=5, output=2)),
        ({"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}}, Counts(input=5, cache_read=4)),
        (
            {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3}},
            Counts(input=2, cache_read=4, cache_write_5m=3),
        ),
        (
            {
                "output_tokens": 8,
                "output_tokens_details": {"reasoning_tokens": 6},
                "input_tokens_details": None,
            },
            Counts(output=8),
        ),
    ],
)
def test_tokens_of_the_cache_and_of_thinking_are_counted_once(usage: dict[str, Any], counts: Counts) -> None:
    assert counts_of(usage) == counts


async def test_it_lists_what_answers_in_words_and_fills_in_what_the_list_leaves_out(
    provider: OpenAIProvider,
) -> None:
    models = {model.id: model for model in await provider.list_models()}
    assert set(models) == {"gpt-6-sol", "gpt-4o-mini", "o3", "gpt-9-new"}
    assert (models["gpt-9-new"].thinking, models["gpt-9-new"].sampling) == ("adaptive", False)


# ---------------------------------------------------------------- failures


async def test_a_conversation_that_turns_out_too_long_in_mid_stream_is_said_so(
    upstream: Upstream, provider: OpenAIProvider
) -> None:
    upstream.script("too_long_event")
    events, error = await failure_of(provider, ask(model=MODEL))
    assert type(error) is base.TooLong
    assert any(isinstance(event, TextDelta) for event in events)


async def test_an_organization_that_may_not_see_thinking_is_told_what_to_do(
    upstream: Upstream, provider: OpenAIProvider
) -> None:
    upstream.script("unverified")
    error = (await failure_of(provider, ask(model=MODEL, thinking=True)))[1]
    assert "Thinking can be switched off" in error.sentence


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"code": "insufficient_quota", "message": "quota"}, base.BillingProblem),
        (429, {"error": {"code": "insufficient_quota"}}, base.BillingProblem),
        (429, {"code": "rate_limit_exceeded"}, base.RateLimited),
        (400, {"code": "context_length_exceeded"}, base.TooLong),
        (400, {"message": "This model's maximum context length is 8 tokens"}, base.TooLong),
        (404, {"code": "model_not_found"}, base.ModelMissing),
        (404, {"detail": "Not Found"}, base.BadRequest),
        (403, {"code": "model_not_found", "message": "Project has no access to model"}, base.NotAllowed),
        (503, {"message": "busy"}, base.Overloaded),
        (500, "<html>", base.ServerFault),
        (302, None, base.BadRequest),
        (422, {"error": "unprocessable"}, base.BadRequest),
    ],
)
def test_a_status_and_its_code_become_one_of_our_errors(
    status: int, body: object, kind: type[base.ProviderError]
) -> None:
    error = openai_errors.from_status(status, body, {"x-request-id": "r1"})
    assert (type(error), error.status, error.request_id) == (kind, status, "r1")


def test_the_finer_of_two_waits_is_told() -> None:
    headers = {"retry-after": "2", "retry-after-ms": "1250"}
    assert openai_errors.from_status(429, {}, headers).retry_after == 1.25


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("rate_limit_exceeded", base.RateLimited),
        ("insufficient_quota", base.BillingProblem),
        ("invalid_image", base.BadRequest),
        ("bio_policy", base.BadRequest),
        ("brand_new", base.ServerFault),
    ],
)
def test_a_code_in_mid_stream_becomes_one_of_our_errors(code: str, kind: type[base.ProviderError]) -> None:
    for event in (
        {"type": "error", "code": code, "message": "m"},
        {"type": "error", "error": {"code": code}},
    ):
        assert type(openai_errors.from_event(event)) is kind


async def test_without_the_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    provider = OpenAIProvider(KEY)
    error = (await failure_of(provider, ask(model=MODEL)))[1]
    with pytest.raises(base.NotInstalled):
        await provider.list_models()
    assert error.sentence.startswith("The OpenAI library is not installed.")
    assert error.kind == "not_installed"


@pytest.mark.parametrize("key", ["", "  ", "two\nlines", "sk-änt"])
async def test_a_key_that_cannot_be_one_is_refused_without_a_request(upstream: Upstream, key: str) -> None:
    error = (await failure_of(OpenAIProvider(key, f"{upstream.url}/v1"), ask(model=MODEL)))[1]
    assert type(error) is base.KeyRefused
    assert upstream.log == []
