"""The footer of pages beside the conversation."""

from __future__ import annotations

from typing import Any

from sessions_app import gates
from sessions_app.models import ChatSession

from .lights import lights
from .sides import counters, own_counters


def footer(user: Any, chat: ChatSession | None = None, *, live: bool = False) -> dict[str, Any]:
    """Counters of this chat, else of one's own month; every light, that of the connection where the page is `live`;
    in `watch` where to ask what is left, for those whom something limits."""
    return {
        "counters": counters(chat, None) if chat else own_counters(user),
        "lights": [light for light in lights() if live or light["id"] != "live"],
        "live": live,
        "watch": gates.notice(user, chat),
    }
