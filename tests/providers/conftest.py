"""One local upstream for all provider tests, and the real provider that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from sessions_app.providers.anthropic import AnthropicProvider
from tests.upstream import DEFAULT_KEY, Upstream


@pytest.fixture(scope="session")
def running_upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(running_upstream: Upstream) -> Upstream:
    running_upstream.reset()
    return running_upstream


@pytest_asyncio.fixture
async def provider(upstream: Upstream) -> AsyncIterator[AnthropicProvider]:
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url)
    yield provider
    await provider.aclose()


@pytest_asyncio.fixture
async def hasty(upstream: Upstream) -> AsyncIterator[AnthropicProvider]:
    """A provider that loses patience after 0.3 s."""
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url, first_byte_timeout=0.3, content_timeout=0.3)
    yield provider
    await provider.aclose()
