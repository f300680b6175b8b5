"""Drafts: the unsent text of a person in a chat, or for the chat that is not made yet. They go with the send."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from sessions_app.models import ChatSession, Draft, Message, PendingMessage
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import MessageTooLong, Refused


class DraftDiffers(Refused):
    """`kept` was written elsewhere meanwhile, and would be lost."""

    kind = "draft_differs"
    status = 409
    sentence = "Elsewhere you wrote something else here."

    def __init__(self, kept: Draft) -> None:
        self.kept = kept
        super().__init__()


@write()
def keep_draft(
    *, user: Any, chat: ChatSession | None, content: str, client_id: str = "", at: str | None = None
) -> Draft | None:
    """Keep this text as the draft; an empty one drops it. `client_id` is the one it will be sent under: where that
    was sent already, this is a late echo of a message and nothing is kept. `at` is when the one was kept that this
    goes on from, in ISO form or empty for none: another one is not replaced by it, unless it is within it or was to
    be the same message. Refuses a text that could not be sent."""
    content, client_id = clean_text(content), client_id.strip()[:64]
    if len(content.encode()) > settings.MAX_MESSAGE_BYTES:
        raise MessageTooLong
    if at is not None:
        refuse_other(Draft.objects.filter(user=user, session=chat).first(), at, content, client_id)
    if not content.strip() or was_sent(user, chat, client_id):
        drop_draft(user=user, chat=chat)
        return None
    kept, _made = Draft.objects.update_or_create(
        user=user, session=chat, defaults={"content": content, "client_id": client_id}
    )
    return kept


def refuse_other(kept: Draft | None, at: str, content: str, client_id: str) -> None:
    if kept is None or kept.updated_at.isoformat() == at or kept.content in content:
        return
    if not client_id or kept.client_id != client_id:
        raise DraftDiffers(kept)


@write()
def add_to_draft(*, user: Any, chat: ChatSession | None, content: str) -> None:
    """This text below what the draft holds."""
    kept = Draft.objects.for_user(user).filter(session=chat).first()
    keep_draft(
        user=user, chat=chat, content="\n\n".join(filter(None, [kept.content if kept else "", content]))
    )


def was_sent(user: Any, chat: ChatSession | None, client_id: str) -> bool:
    """Whether a message came under this id there (without a chat: in any of this person's), or waits to be sent."""
    if not client_id:
        return False
    where: dict[str, Any] = {"session": chat} if chat else {"session__owner": user}
    sent = Message.objects.filter(**where, client_id=client_id).order_by()
    return sent.exists() or PendingMessage.objects.filter(**where, client_id=client_id).exists()


@write()
def drop_draft(*, user: Any, chat: ChatSession | None) -> None:
    """Forget the draft of this person there, if there is one."""
    Draft.objects.filter(user=user, session=chat).delete()
