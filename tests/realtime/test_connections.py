"""Providers are made from the settings, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sessions_app.providers.base import TextDelta, TimedOut
from sessions_app.realtime import connections
from tests.providers.asking import ask
from tests.upstream import Upstream
from tests.upstream.compatible import KEY, Completions
from tests.upstream.gemini import GEMINI_KEY, Gemini
from tests.upstream.openai import KEY as OPENAI_KEY
from tests.upstream.openai import Responses


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """None of another test's, and none left to it."""
    made: dict[str, Any] = {}
    monkeypatch.setattr(connections, "_made", made)
    return made


@pytest.fixture
def servers(settings: Any) -> Iterator[tuple[Upstream, Upstream]]:
    with Upstream(OPENAI_KEY, dialect=Responses()) as first, Upstream(KEY, dialect=Completions()) as second:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = OPENAI_KEY, f"{first.url}/v1"
        settings.COMPATIBLE_SERVERS = {"den": {"url": f"{second.url}/v1", "key": KEY, "label": "Den"}}
        yield first, second


async def text(name: str, model: str) -> str:
    events = [event async for event in connections.provider(name).stream(ask(model=model))]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_openai_and_each_compatible_server_answer_with_what_was_set(
    servers: tuple[Upstream, Upstream], made: dict[str, Any]
) -> None:
    openai, den = servers
    assert await text("openai", "gpt-6-sol") == openai.log[0].text
    assert await text("den", "den/qwen3") == den.log[0].text
    assert connections.provider("den") is connections.provider("den")
    assert made["den"].label == "Den"
    await connections.close()
    assert not made


async def test_gemini_answers_with_what_was_set(settings: Any, made: dict[str, Any]) -> None:
    with Upstream(GEMINI_KEY, dialect=Gemini()) as gemini:
        settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL = GEMINI_KEY, gemini.url
        assert await text("gemini", "gemini-3.8-flash") == gemini.log[0].text
        await connections.close()
        settings.PROVIDER_SILENCE_TIMEOUT = 0.2
        gemini.script("hang")
        with pytest.raises(TimedOut):
            await text("gemini", "gemini-3.8-flash")
        await connections.close()
    assert not made


async def test_their_patience_is_that_of_the_settings(
    servers: tuple[Upstream, Upstream], settings: Any
) -> None:
    settings.PROVIDER_SILENCE_TIMEOUT = 0.2
    for upstream, name, model in zip(servers, ("openai", "den"), ("gpt-6-sol", "den/qwen3"), strict=True):
        upstream.script("hang")
        with pytest.raises(TimedOut):
            await text(name, model)
    await connections.close()


def test_a_name_that_nobody_set_is_no_provider() -> None:
    with pytest.raises(KeyError):
        connections.provider("nobody")
