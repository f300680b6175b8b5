"""Another provider for tests of who answers instead: the same local server once more, under another name."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from sessions_app.models import ModelOffer
from sessions_app.providers.anthropic import AnthropicProvider
from sessions_app.providers.base import Event, Request
from tests.upstream import DEFAULT_KEY, Upstream

MODEL = "second-1"
SPOKEN = "claude-haiku-4-5"  # what the local server knows


class SecondProvider(AnthropicProvider):
    """Stands in for OpenAI's: what falls back is the same whatever is spoken on the wire."""

    name = "openai"

    def __init__(self, **_: Any) -> None:
        super().__init__(DEFAULT_KEY, os.environ["SECOND_UPSTREAM"])

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        async with aclosing(super().stream(replace(request, model=SPOKEN))) as events:
            async for event in events:
                yield event


def set_up(settings: Any, monkeypatch: Any, second: Upstream) -> None:
    """Both providers have a key, and fall back."""
    monkeypatch.setenv("SECOND_UPSTREAM", second.url)
    settings.OPENAI_API_KEY = "sk-second"
    settings.PROVIDERS = settings.PROVIDERS | {"openai": "tests.realtime.second.SecondProvider"}
    settings.FALLBACK = True


def offer_second(**more: Any) -> ModelOffer:
    return ModelOffer.objects.create(
        provider="openai", model=MODEL, label="Second One", source="listed", context_window=200_000,
        max_output=8_000, **more,
    )  # fmt: skip
