"""A message that names no session goes to the current one; where there is none, or the last is older than
24 hours, it makes its session by itself. Sent twice, it is one session.
"""

from __future__ import annotations

from typing import Any

from sessions_app.models import ChatSession, User
from sessions_app.transactions import write

from .messages import checked_content, send_message
from .sessions import create_session


@write()
def open_session(*, owner: Any, content: str, client_id: str = "", model: str = "") -> ChatSession:
    """The session this message went to. The same client id again gives the session it went to before."""
    content = checked_content(content)
    User.objects.select_for_update().get(pk=owner.pk)  # two sends at once wait for each other here
    client_id = client_id.strip()[:64]
    made = (
        ChatSession.objects.filter(owner=owner, messages__client_id=client_id).first() if client_id else None
    )
    current = ChatSession.objects.filter(owner=owner, deleted_at__isnull=True).current()
    chat = made or current or create_session(owner=owner, model=model)
    send_message(chat=chat, author=owner, content=content, client_id=client_id, model=model)
    return chat
