"""The footer of pages that no socket drives."""

from __future__ import annotations

from typing import Any

from sessions_app.models import ChatSession

from .lights import lights
from .sides import counters, own_counters


def footer(user: Any, chat: ChatSession | None = None) -> dict[str, Any]:
    """Counters of this chat, else of one's own month; every light but that of the connection, which such a page has not."""
    return {
        "counters": counters(chat, None) if chat else own_counters(user),
        "lights": [light for light in lights() if light["id"] != "live"],
    }
