"""The turn of a message in its session: one that came while another reply ran waits, and goes out in its order.

The page leaves a message that waits behind a failed reply to its writer. A program cannot press: whoever waits here
sends on what is first in the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async

from sessions_app.actions.errors import NotPossible, Refused, SessionDeleted
from sessions_app.actions.messages import UNANSWERED, Sent, forget_pending, hand_on
from sessions_app.actions.pending import remove_pending
from sessions_app.models import ChatSession, Message, PendingMessage, Reply
from sessions_app.reading import read
from sessions_app.transactions import write

from .reader import Reader
from .streams import let_go, wait_for_end
from .unanswered import ApprovalNeeded, NotSent

LEFT_BEHIND = (
    "An earlier reply waits for your approval of a tool. Answer that first; this message was not sent."
)
DELETED = "The conversation was deleted before the message was sent."


@dataclass(frozen=True, slots=True)
class Turn:
    """Of what `sent` brought: its reply, if it has one already; else by `chat` and `client_id` it is found."""

    reply: UUID | None
    chat: UUID
    client_id: str
    reader: Reader

    @classmethod
    def of(cls, sent: Sent, reader: Reader) -> Turn:
        if sent.reply is not None:
            return cls(sent.reply.pk, sent.reply.session_id, "", reader)
        if sent.pending is None:  # it was a question only, whose answer was deleted
            raise NotPossible(UNANSWERED)
        return cls(None, sent.pending.session_id, sent.pending.client_id, reader)

    async def come(self, seconds: float) -> UUID | None:
        """The reply to the message, once that went out; None where it still waits: ask again. Looks, and waits at most
        so long for the reply before it. Raises Refused where it cannot be sent; then it waits no longer. NoLonger where who asks
        is nobody any more."""
        if self.reply is not None:
            return self.reply
        await self.reader.must_live()
        reply, running = await read(self._standing)
        if reply is None and running is not None:
            await wait_for_end(running, seconds)
        elif reply is None:
            await acted(self._send_on)
        return reply

    def _standing(self) -> tuple[UUID | None, UUID | None]:
        """The reply of the message, if it went out; else the one that runs before it."""
        asked = Message.objects.filter(session=self.chat, client_id=self.client_id).order_by().first()
        if asked is not None:
            answers = Reply.objects.filter(message__parent=asked).order_by("created_at")
            return answers.values_list("pk", flat=True).first(), None
        running = Reply.objects.filter(session=self.chat).growing().values_list("pk", flat=True).first()
        return None, running

    def _send_on(self) -> None:
        """Nothing runs: the first in the row that may go out does, whoever's it is."""
        pending = (
            PendingMessage.objects.filter(session=self.chat, client_id=self.client_id)
            .select_related("session")
            .first()
        )
        if pending is None:
            if Message.objects.filter(session=self.chat, client_id=self.client_id).exists():
                return  # this moment
            raise NotSent
        if pending.session.deleted_at is not None:
            if forget_pending(pending=pending):
                raise NotSent(DELETED)
            return  # it came back this moment
        waits = Reply.objects.filter(session=self.chat, status=Reply.Status.WAITING).first()
        if waits is not None:
            self._take_back(pending, ApprovalNeeded(waits.pk, LEFT_BEHIND))
            return
        try:
            with write():
                hand_on(ChatSession(pk=self.chat), self.reader.person, skips=True, mine=self.client_id)
        except Refused as refusal:
            self._take_back(pending, refusal)

    def _take_back(self, pending: PendingMessage, why: Refused) -> None:
        """Out of the row, with the reason; not where it went out meanwhile."""
        try:
            remove_pending(pending=pending)
        except (NotPossible, SessionDeleted):
            return  # in either case it is looked at again
        raise why


async def acted(job: Any, *args: Any) -> Any:
    """What an action gives, from the event loop; no connection is held afterwards."""
    try:
        return await sync_to_async(job)(*args)
    finally:
        await let_go()
