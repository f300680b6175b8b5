"""Messages that wait for the running reply to end: change, hurry or remove them."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from sessions_app import gates, offering
from sessions_app.models import ApiToken, ChatSession, PendingMessage, Reply
from sessions_app.prepared import Rows
from sessions_app.transactions import write

from .attachments import tell_owners
from .drafts import add_to_draft
from .errors import NotPossible, NotTheAuthor
from .messages import checked_content, hand_on, send_next_pending
from .paths import locked, raise_version, tell_pages
from .replies import request_stop

_replies = Reply.objects.filter(session=OuterRef("session"))
_held_back = Rows(
    lambda: (
        PendingMessage.objects.filter(session__deleted_at__isnull=True)
        .annotate(last=Subquery(_replies.order_by("-created_at").values("status")[:1]))
        .filter(~Exists(_replies.unfinished()), last__in=[Reply.Status.COMPLETE, Reply.Status.STOPPED])
        .order_by()
        .values_list("session")
        .distinct()
    )
)
GONE = "This message was sent or removed meanwhile. Your text is kept; send it as a new one."
POSTED = "A notification stays as it was posted. Send it now, or remove it."
GONE_OUT = "This message was sent or removed meanwhile."


@write()
def edit_pending(
    *, pending: PendingMessage, content: str, by: Any = None, token: ApiToken | None = None
) -> None:
    """Another text for a message that has not gone out yet; its files stay. Only its author writes it: it goes out in
    their name, and with the `token` they wrote it with, or without. `by` is who writes, its author where not told."""
    if by is not None and by.pk != pending.author_id:
        raise NotTheAuthor
    if pending.posted:
        raise NotPossible(POSTED)
    chat = locked(pending.session_id)
    content = checked_content(content, alone=not pending.attachments.exists())
    if not _take_on(chat, pending, token, content=content):
        raise NotPossible(GONE)
    _pending_changed(pending)


@write()
def remove_pending(*, pending: PendingMessage, into_draft_of: Any = None) -> None:
    """Take it back: its files are unsent again, its text goes below the draft of a person where one is named. Refuses
    one that went out meanwhile."""
    locked(pending.session_id)
    files = list(pending.attachments.only("owner", "session"))
    gone, _ = PendingMessage.objects.filter(pk=pending.pk).delete()
    if not gone:
        raise NotPossible(GONE_OUT)
    tell_owners(files)
    if into_draft_of is not None:
        add_to_draft(user=into_draft_of, chat=pending.session, content=pending.content)
    _pending_changed(pending)


@write()
def hurry_pending(*, pending: PendingMessage, by: Any = None, token: ApiToken | None = None) -> None:
    """Send it now: it moves to the front and the running reply is asked to stop; without one it goes out at once, or is
    refused where its author may use no more. Its author sends it with the `token` they hurry it with, or without."""
    chat = locked(pending.session_id)
    if by is not None and by.pk == pending.author_id:
        there = _take_on(chat, pending, token, position=0)
    else:
        there = bool(PendingMessage.objects.filter(pk=pending.pk).update(position=0))
    if not there:
        return  # it went out meanwhile: to stop now would stop its own reply
    running = chat.replies.unfinished().first()
    _pending_changed(pending)
    if running is None:
        hand_on(chat, by)
    else:
        request_stop(chat=chat)


def _take_on(chat: ChatSession, pending: PendingMessage, token: ApiToken | None, **changes: Any) -> bool:
    """From here on it is sent with this token of its author, or without, whichever it came by. Another one counts it
    too, and refuses it where nothing of that is left. False where it is gone."""
    row = PendingMessage.objects.filter(pk=pending.pk).first()
    if row is None:
        return False
    key = token.public_id if token else None
    if key is not None and key != row.api_token:
        info = offering.choose("", row.model or chat.model, row.author)
        gates.check(gates.Ask(row.author, chat, info, waits=True, moved=True, token=key))
    PendingMessage.objects.filter(pk=row.pk).update(api_token=key, **changes)
    return True


def send_held_back() -> bool:
    """What waits although nothing runs, because its author could use no more when its turn came, goes out where there
    is something left by now. After a reply that failed or was cut, it goes on waiting for a press."""
    for chat in ChatSession.objects.filter(pk__in=[key for (key,) in _held_back.all()]):
        with write():
            if send_next_pending(chat=chat) is not None:
                tell_pages(chat)
    return False


def _pending_changed(pending: PendingMessage) -> None:
    chat = pending.session
    raise_version(chat.pk, active=False)
    tell_pages(chat)
