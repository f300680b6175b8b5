"""Passages that are added to the first question about videos."""

from __future__ import annotations

from sessions_app.agent.cards import Card
from sessions_app.models import Reply


class Passages:
    """What CONTEXT_SOURCES names."""

    def wanted(self, reply: Reply) -> bool:
        return bool(reply.session.settings.get("videos"))

    async def gather(self, reply: Reply) -> list[Card]:
        return []


SOURCE = Passages()
