"""A real process on the test's event loop, the local upstream behind it, and a chat on the stage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from sessions_app.models import ChatSession, User
from sessions_app.realtime import connections, feed, runtime
from sessions_app.realtime.runtime import Runtime
from tests.upstream import DEFAULT_KEY, Upstream

from .stage import HASTY, PATIENT, Stage, stored


@pytest.fixture(scope="session")
def running_upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(running_upstream: Upstream, settings: Any) -> Upstream:
    """The upstream with nothing scripted, and the product's settings pointing to it."""
    running_upstream.reset()
    settings.ANTHROPIC_API_KEY = DEFAULT_KEY
    settings.ANTHROPIC_BASE_URL = running_upstream.url
    settings.ANTHROPIC_SILENCE_TIMEOUT = PATIENT
    return running_upstream


@pytest.fixture
async def process(transactional_db: None, settings: Any, tmp_path: Any) -> AsyncIterator[Runtime]:
    """The runtime of a server, its lock file in a folder of its own."""
    settings.VAR_DIR = tmp_path
    await connections.close()
    yield await runtime.start()
    await runtime.close()
    await stored(lambda: None)  # which closes what the test's clients left open
    feed.reopen()  # a process that ended refuses sends for good; the next test is another one


@pytest.fixture
def claude_chat(transactional_db: None, alice: User) -> ChatSession:
    return ChatSession.objects.create(
        owner=alice, model="claude-sonnet-5-5", provider="anthropic", title="Named", title_source="person"
    )


@pytest.fixture
async def hasty(settings: Any) -> None:
    """A provider that loses patience soon. Only for silence: a busy machine is slower than that."""
    await connections.close()
    settings.ANTHROPIC_SILENCE_TIMEOUT = HASTY


@pytest.fixture
def stage(upstream: Upstream, claude_chat: ChatSession, process: Runtime) -> Stage:
    return Stage(process, upstream, claude_chat)
