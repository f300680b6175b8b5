"""Deleting for good: rows go in short steps, what they cost stays in the ledger, without text."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from sessions_app.models import ChatSession, Message, Reply
from sessions_app.models.sessions import TRASH_KEPT
from sessions_app.transactions import write

from .errors import NotNow
from .idempotency import forget_answers

STEP = 50  # messages in one transaction: others wait behind it
AT_ONCE = 20  # steps of a request; the rest is left to the housekeeping


class StillEnding(NotNow):
    sentence = "Its last reply is still ending. Delete it for good in a moment."


def purge_session(*, chat: ChatSession) -> None:
    """A deleted chat goes for good: out of reach at once, its rows here as far as they are few."""
    if Reply.objects.filter(session=chat).unfinished().exists():
        raise StillEnding
    put_out_of_reach(chat=chat)
    for _ in range(AT_ONCE):
        if not purge_step(chat=chat.pk):
            return


@write()
def put_out_of_reach(*, chat: ChatSession) -> None:
    """A deleted chat cannot be brought back any more; its rows go when its last reply has ended."""
    past = timezone.now() - TRASH_KEPT - timedelta(seconds=1)
    ChatSession.objects.filter(pk=chat.pk).update(deleted_at=past)
    forget_answers(session=chat.pk)


def purge_deleted() -> bool:
    """One step for the chat that was deleted longest ago, over 30 days; false if there is none."""
    running = Reply.objects.filter(session=OuterRef("pk")).unfinished()
    old = ChatSession.objects.filter(deleted_at__lt=timezone.now() - TRASH_KEPT).exclude(Exists(running))
    key = old.order_by("deleted_at").values_list("pk", flat=True).first()
    if key is None:
        return False
    purge_step(chat=key)
    return True


@write()
def purge_step(*, chat: UUID) -> bool:
    """The last messages of the tree, leaves first; the chat itself once there are none. True while more is left."""
    below = Message.objects.filter(session=chat).order_by("-position")
    keys = list(below.values_list("pk", flat=True)[:STEP])
    if keys:
        Message.objects.filter(pk__in=keys).delete()
    else:
        ChatSession.objects.filter(pk=chat, deleted_at__isnull=False).delete()
    return bool(keys)
