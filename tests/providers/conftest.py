"""One local upstream for all provider tests, and the real provider that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from sessions_app.providers.anthropic import AnthropicProvider
from tests.providers.suite import SPEAKERS
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What a protocol cannot play is no test of it: neither passed nor skipped."""
    played = [item for item in items if not _lacking(getattr(item, "callspec", None))]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(played)])
    items[:] = played


def _lacking(call: Any) -> bool:
    lacks = {speaker.name: speaker.lacks for speaker in SPEAKERS}
    params = call.params if call is not None else {}
    return params.get("scenario") in lacks.get(str(params.get("speaker")), ())
