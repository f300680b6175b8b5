"""Which search of the web a request has, and which addresses its tools may read without asking."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings

from sessions_app.providers.base import ModelInfo, ToolSpec

from .history import StoredMessage
from .tools import Toolbox

SEARCH = "web_search"
_ADDRESS = re.compile(r"https?://[^\s<>\"']{4,2000}")


def own_search(box: Toolbox, info: ModelInfo | None) -> tuple[str, ...]:
    """The search that the provider makes by itself, where this model has one and the person may use it. One that asks
    first cannot be left to the provider."""
    tool, context = box.get(SEARCH), box.context
    if not settings.WEB_SEARCH or tool is None or tool.needs_approval:
        return ()
    if tool.requires_premium and not (context and context.premium):
        return ()
    return (SEARCH,) if info is not None and info.web_search else ()


def told_tools(box: Toolbox, searches: tuple[str, ...]) -> tuple[ToolSpec, ...]:
    """The tools as the model is told of them: of two searches one, and none where nothing can be asked."""
    from sessions_app.web.search import is_configured

    specs = box.specs()
    if SEARCH in box.tools and (searches or not is_configured()):
        return tuple(spec for spec in specs if spec.name != SEARCH)
    return specs


def named_in(messages: Iterable[StoredMessage]) -> frozenset[str]:
    """The web addresses that the person wrote themself: not those of a summary, of a file that was imported, or of
    whoever shared a session."""
    found: set[str] = set()
    for message in messages:
        if message.role == "user" and message.own:
            for part in message.parts:
                if part.get("kind") == "text" and "://" in part.get("text", ""):
                    found.update(each.rstrip(".,;:!?)]}*_`") for each in _ADDRESS.findall(part["text"]))
    return frozenset(found)
