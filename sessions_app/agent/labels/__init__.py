"""How a tool call looks in words and figures: on its card, folded in a finished turn, in print. Pure.

Made from the stored input and result alone, so that a card of a tool that is gone still reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import activity, costs, engagement, health, messages, metrics, other, tokens, videos, web
from .looks import BROUGHT, LOOKS, PREMIUM_ONLY, TOO_LONG, Look, look, running, state, what
from .reading import own_path, text
from .views import Contents
from .words import PERIOD_WORDS, PRICE_UNKNOWN, counted, money

__all__ = [
    "BROUGHT",
    "LOOKS",
    "PERIOD_WORDS",
    "PREMIUM_ONLY",
    "PRICE_UNKNOWN",
    "TOO_LONG",
    "Contents",
    "Look",
    "contents",
    "counted",
    "look",
    "money",
    "running",
    "state",
    "total",
    "what",
]

_KINDS: dict[str, Callable[[Mapping[str, Any]], Contents]] = {
    "analyze_session_metrics": metrics.contents,
    "analyze_token_usage": tokens.contents,
    "search_session_messages": messages.contents,
    "get_active_sessions": activity.contents,
    "analyze_engagement": engagement.contents,
    "check_system_health": health.contents,
    "analyze_costs": costs.contents,
    "web_search": web.searched,
    "read_web_page": web.page_read,
    "search_repair_guides": web.guides_found,
    "read_repair_guide": web.guide,
    "search_video_transcripts": videos.found,
}


def contents(name: str, result: Any) -> Contents:
    """What the card of a tool shows of its result, whatever that is."""
    known = _KINDS.get(name)
    if known is None or not isinstance(result, Mapping):
        shown = other.contents(result)
        return replace(shown, note=text(result.get("note"), 300)) if isinstance(result, Mapping) else shown
    return replace(
        known(result),
        counted=text(result.get("counted"), 400),
        link=own_path(result.get("link")),
        note=text(result.get("note"), 300),
    )


def total(name: str, result: Any) -> str:
    """The one figure of a result: "10,129,950 tokens, $23.9412"."""
    return contents(name, result).total
