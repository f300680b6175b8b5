"""The providers of this process, made on first use and shared by all its replies."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from sessions_app import offering
from sessions_app.providers.base import Provider

_made: dict[str, Provider] = {}


def provider(name: str) -> Provider:
    """The provider of this name; KeyError for one that is not in the settings."""
    if name not in _made:
        _made[name] = import_string(settings.PROVIDERS[name])(**options(name))
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
    return {}


def preload() -> None:
    """Import what the first reply needs: the SDK takes most of a second, and no page should have to wait for it."""
    if "anthropic" in offering.setup().providers:
        import anthropic  # noqa: F401
        import genai_prices  # noqa: F401
        import httpx2  # noqa: F401
        from anthropic import DefaultAioHttpClient  # noqa: F401
        from anthropic.resources.messages import AsyncMessages  # noqa: F401


async def close() -> None:
    """Close every connection pool; the next use makes new ones."""
    made = list(_made.values())
    _made.clear()
    for each in made:
        await each.aclose()
