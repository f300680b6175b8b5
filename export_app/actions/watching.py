"""Whoever stores a session is asked between its lots whether to go on, and told when it is whole."""

from __future__ import annotations

from collections.abc import Sequence

from sessions_app.models import ChatSession


class Watch:
    """Of a session that belongs to no job: nobody asks."""

    def look(self, count: int) -> None:
        """Between two lots, outside of transactions; `count` messages were gone through."""

    def seal(self, chat: ChatSession, notes: Sequence[str]) -> None:
        """Within the transaction that shows what came."""


NOBODY = Watch()
