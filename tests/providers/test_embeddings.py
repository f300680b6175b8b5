"""How OpenAI and servers like it are asked for embeddings."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from sessions_app.providers import base, embeddings
from sessions_app.providers.anthropic import AnthropicProvider
from sessions_app.providers.compatible import CompatibleProvider
from sessions_app.providers.embeddings import Embedding
from sessions_app.providers.openai import OpenAIProvider
from tests.upstream import Upstream
from tests.upstream.openai import KEY, Responses
from tests.upstream.steps import Refuse

MODEL = "text-embedding-3-small"


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with Upstream(KEY, dialect=Responses()) as upstream:
        yield upstream


@pytest.fixture
def upstream(running: Upstream) -> Upstream:
    running.reset()
    return running


@pytest_asyncio.fixture
async def openai(upstream: Upstream) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(KEY, f"{upstream.url}/v1")
    yield provider
    await provider.aclose()


def test_who_makes_embeddings() -> None:
    assert isinstance(OpenAIProvider("key"), Embedding)
    assert isinstance(CompatibleProvider("den", "http://127.0.0.1:1/v1"), Embedding)
    assert not isinstance(AnthropicProvider("key"), Embedding)


async def test_texts_become_vectors_of_length_1_in_their_order(
    upstream: Upstream, openai: OpenAIProvider
) -> None:
    upstream.embeddings.vector = lambda text: {"east": [2.0, 0.0], "north": [0.0, 0.5], "both": [3.0, 4.0]}[
        text
    ]
    found = await openai.embed(MODEL, ["east", "north", "both"])
    assert list(found.vectors) == [pytest.approx(each) for each in ([1.0, 0.0], [0.0, 1.0], [0.6, 0.8])]
    assert (found.tokens, found.request_id) == (3, "req_embedding_1")
    assert upstream.embeddings.asked == [
        {"model": MODEL, "input": ["east", "north", "both"], "encoding_format": "float"}
    ]


async def test_a_server_sees_its_own_name_of_the_model_and_no_key_where_it_needs_none(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-openai")
    monkeypatch.setattr(upstream, "key", "")
    upstream.embeddings.usage = False
    provider = CompatibleProvider("den", f"{upstream.url}/v1", label="Den")
    found = await provider.embed("den/nomic/embed", ["one"])
    await provider.aclose()
    assert found.tokens is None
    assert upstream.embeddings.asked[0]["model"] == "nomic/embed"
    assert "secret-of-openai" not in str(upstream.embeddings.headers)


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (Refuse(429, "rate_limit_exceeded", "Slow down.", {"retry-after": "7"}), base.RateLimited),
        (Refuse(429, "insufficient_quota", "No quota."), base.BillingProblem),
        (Refuse(404, "model_not_found", "The model does not exist."), base.ModelMissing),
        (Refuse(400, "invalid_request_error", "maximum context length is 8192 tokens"), base.TooLong),
        (Refuse(500, "server_error", "Oops."), base.ServerFault),
        (Refuse(401, "invalid_api_key", "No."), base.KeyRefused),
    ],
)
async def test_what_goes_wrong_is_told_as_everywhere(
    upstream: Upstream, openai: OpenAIProvider, refused: Refuse, kind: type[base.ProviderError]
) -> None:
    upstream.embeddings.refusals.append(refused)
    with pytest.raises(kind) as caught:
        await openai.embed(MODEL, ["one"])
    assert caught.value.retry_after == (7 if refused.headers else None)
    assert refused.message not in caught.value.sentence
    assert len(upstream.embeddings.asked) == 1  # nothing is repeated behind our back


async def test_nobody_there_is_unreachable() -> None:
    provider = OpenAIProvider(KEY, "http://127.0.0.1:9/v1")
    with pytest.raises(base.Unreachable):
        await provider.embed(MODEL, ["one"])
    await provider.aclose()


@pytest.mark.parametrize(
    "change",
    [
        lambda told: b"<html>",
        lambda told: b"[]",
        lambda told: {**told, "data": told["data"][1:]},
        lambda told: {**told, "data": [*told["data"], told["data"][0] | {"index": 9}]},
        lambda told: {**told, "data": [{"index": 0, "embedding": "AAAA"}, told["data"][0]]},
        lambda told: {**told, "data": [{"index": 0, "embedding": [0.0, 0.0]}, told["data"][0]]},
        lambda told: {**told, "data": [{"index": 0, "embedding": [1.0]}, told["data"][0]]},
        lambda told: {**told, "data": [{"index": 0, "embedding": [None, 1.0]}, told["data"][0]]},
    ],
)
async def test_what_is_no_list_of_vectors_is_garbled(
    upstream: Upstream, openai: OpenAIProvider, change: Any
) -> None:
    upstream.embeddings.change = change
    with pytest.raises(base.StreamGarbled):
        await openai.embed(MODEL, ["one", "two"])


def test_infinite_numbers_have_no_direction() -> None:
    with pytest.raises(base.StreamGarbled):
        embeddings.read(b'{"data":[{"embedding":[1e999, 1]}]}', 1, label="Den")
    found = embeddings.read(b'{"data":[{"embedding":[1e-3, 1]}]}', 1, label="Den")
    assert math.hypot(*found.vectors[0]) == pytest.approx(1)
