"""The providers of this process, made on first use and shared by all its replies."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.utils.module_loading import import_string

from sessions_app import offering
from sessions_app.providers.base import Provider

_made: dict[str, Provider] = {}


def provider(name: str) -> Provider:
    """The provider of this name; KeyError for one that is not in the settings."""
    if name not in _made:
        compatible = name in settings.COMPATIBLE_SERVERS
        made = import_string(settings.COMPATIBLE_PROVIDER if compatible else settings.PROVIDERS[name])
        _made[name] = made(**options(name))
    return _made[name]


def options(name: str) -> dict[str, object]:
    """What a provider is made with."""
    if name == "anthropic":
        return {
            "api_key": settings.ANTHROPIC_API_KEY,
            "base_url": settings.ANTHROPIC_BASE_URL or None,
            "version": settings.ANTHROPIC_VERSION or None,
            "connect_timeout": settings.ANTHROPIC_CONNECT_TIMEOUT,
            "first_byte_timeout": settings.ANTHROPIC_SILENCE_TIMEOUT,
            "content_timeout": settings.ANTHROPIC_SILENCE_TIMEOUT,
        }
    if name == "offline":
        return {"delay": settings.OFFLINE_DELAY_MS / 1000}
    if name == "openai":
        return {
            "api_key": settings.OPENAI_API_KEY,
            "base_url": settings.OPENAI_BASE_URL or None,
            **timeouts(),
        }
    if name == "gemini":
        return {
            "api_key": settings.GEMINI_API_KEY,
            "base_url": settings.GEMINI_BASE_URL or None,
            **timeouts(),
        }
    if name in settings.COMPATIBLE_SERVERS:
        server = settings.COMPATIBLE_SERVERS[name]
        named = {"name": name, "base_url": server["url"], "key": server["key"], "label": server["label"]}
        return {**named, **timeouts()}
    return {}


def timeouts() -> dict[str, int]:
    """Seconds, of every provider but Anthropic."""
    return {
        "connect_timeout": settings.PROVIDER_CONNECT_TIMEOUT,
        "first_byte_timeout": settings.PROVIDER_SILENCE_TIMEOUT,
        "content_timeout": settings.PROVIDER_SILENCE_TIMEOUT,
    }


def preload() -> None:
    """Import what the first reply needs: the SDK takes most of a second, and no page should have to wait for it."""
    if "anthropic" in offering.setup().providers:
        import anthropic  # noqa: F401
        import genai_prices  # noqa: F401
        import httpx2  # noqa: F401
        from anthropic import DefaultAioHttpClient  # noqa: F401
        from anthropic.resources.messages import AsyncMessages  # noqa: F401
    if settings.OPENAI_API_KEY or settings.COMPATIBLE_SERVERS:
        with suppress(ImportError):  # told when it is asked for
            import openai  # noqa: F401
            from openai.resources.chat.completions import AsyncCompletions  # noqa: F401
            from openai.resources.responses import AsyncResponses  # noqa: F401
    if settings.EMBEDDING_MODEL:
        with suppress(ImportError):
            import numpy as np  # noqa: F401
            from openai.resources.embeddings import AsyncEmbeddings  # noqa: F401
    if settings.GEMINI_API_KEY:
        with suppress(ImportError):
            from sessions_app.providers.gemini_sending import Sender  # noqa: F401


async def close() -> None:
    """Close every connection pool; the next use makes new ones."""
    made = list(_made.values())
    _made.clear()
    for each in made:
        await each.aclose()
