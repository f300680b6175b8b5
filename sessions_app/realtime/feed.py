"""Small, rare signals: something of this chat changed, look at the database.

Actions call these after commit, from any thread; whoever missed one finds the truth by polling. No piece of
text ever passes here.
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from .hub import Hub

closing = False  # the process is shutting down: new sends are refused
_hub: Hub | None = None


def attach(hub: Hub | None) -> None:
    """Name the hub of this process, or none when it ends."""
    global _hub
    _hub = hub


def close() -> None:
    """From here on new sends are refused."""
    global closing
    closing = True


def reopen() -> None:
    global closing
    closing = False


def tell(signal: dict[str, Any]) -> None:
    """Hand a signal to the event loop; it must not inherit the request's context, or dies with the request."""
    if _hub is not None and not _hub.loop.is_closed():
        _hub.loop.call_soon_threadsafe(_hub.tell, signal, context=contextvars.Context())


def session_changed(chat: UUID, person: int) -> None:
    tell({"kind": "changed", "chat": str(chat), "person": person})


def reply_queued(chat: UUID, person: int) -> None:
    tell({"kind": "queued", "chat": str(chat), "person": person})


def reply_ended(reply: UUID, chat: UUID, person: int) -> None:
    tell({"kind": "ended", "reply": str(reply), "chat": str(chat), "person": person})


def stop_requested(reply: UUID, chat: UUID) -> None:
    tell({"kind": "stop", "reply": str(reply), "chat": str(chat)})


def list_changed(person: int) -> None:
    """What stands beside a person's pages changed, no chat: their open tabs."""
    tell({"kind": "list", "person": person})


def files_changed(person: int, chat: UUID | None) -> None:
    """The unsent files of this person there are others now: their pages that show them look."""
    tell({"kind": "files", "person": person, "chat": str(chat or "")})


def limits_changed(person: int | None, chat: UUID | None) -> None:
    """What a person may use, or may be used in a chat, is another now; with neither, what anybody may use."""
    tell({"kind": "limits", "person": person, "chat": str(chat or "")})


def providers_changed() -> None:
    """A provider is left out from now on, or answers again: pages say who answers instead."""
    tell({"kind": "providers"})


def person_changed(person: int) -> None:
    """Logged out, another password, switched off: sockets of this person check themselves."""
    tell({"kind": "person", "person": person})
