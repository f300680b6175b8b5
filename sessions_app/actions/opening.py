"""A message that names no session goes to the current one; where there is none, or the last is older than
24 hours, it makes its session by itself. Sent twice, it is one session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sessions_app.models import ChatSession, User
from sessions_app.transactions import write

from .drafts import drop_draft
from .messages import checked_content, send_message
from .sessions import create_session


def current_session(*, owner: Any) -> tuple[ChatSession, bool]:
    """One's own newest chat, or a new one where that was last used over 24 hours ago; whether it was made now. Of two
    that find none at once the other waits, and finds the one that was made."""
    found = _newest(owner)
    if found is not None:
        return found, False
    with write():
        _alone(owner)
        found = _newest(owner)
        return (found, False) if found else (create_session(owner=owner), True)


def _newest(owner: Any) -> ChatSession | None:
    return ChatSession.objects.owned_by(owner).current()


def _alone(owner: Any) -> None:
    """To the end of the transaction: whoever else looks for this person's current chat waits."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)


@write()
def open_session(
    *,
    owner: Any,
    content: str,
    client_id: str = "",
    model: str = "",
    attachments: Sequence[UUID] = (),
    drops_draft: bool = False,
    fresh: bool = False,
) -> ChatSession:
    """The session this message went to: with `fresh` a new one. The same client id again gives the session it went to before. `drops_draft`
    says that this was the owner's draft without a session."""
    content = checked_content(content, alone=not attachments)
    _alone(owner)
    client_id = client_id.strip()[:64]
    made = (
        ChatSession.objects.filter(owner=owner, messages__client_id=client_id).first() if client_id else None
    )
    current = None if fresh else _newest(owner)
    chat = made or current or create_session(owner=owner, model=model)
    if drops_draft:
        drop_draft(user=owner, chat=None)
    send_message(
        chat=chat,
        author=owner,
        content=content,
        client_id=client_id,
        model=model,
        attachments=attachments,
    )
    return chat
