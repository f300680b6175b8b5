"""Approvals: a reply pauses until a person has answered, however long that takes and whichever server runs then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sessions_app.agent.context import asker_of
from sessions_app.agent.tools import REFUSED
from sessions_app.models import ApiToken, Message, PremiumUse, Reply, ToolCall, ToolConsent
from sessions_app.realtime import feed
from sessions_app.realtime.chunks import Chunk, Folded, chunk
from sessions_app.transactions import write

from . import ledger, running
from .errors import NotPossible, NotYours, OtherToken, ShuttingDown
from .paths import locked, raise_version, tell_pages

log = structlog.get_logger("sessions_app.approvals")
ANSWERED = "This was answered already, or the reply has ended."
UNDECIDED = "An approval is answered with once, always or refuse."


@dataclass(frozen=True, slots=True)
class Pause:
    """Where a reply stands when it begins to wait."""

    turns: int
    folded: Folded
    unwritten: Sequence[Chunk]
    seq: int
    first_token_at: datetime | None
    calls: Sequence[ledger.Settlement] = ()


@write()
def pause_reply(*, owner: UUID, reply: Reply, pause: Pause) -> bool:
    """running -> waiting, with all it has so far. False where it is no longer ours, or was asked to stop."""
    ledger.settle_calls(*pause.calls)
    now = timezone.now()
    leg = running.changed(reply, {"finished_at": now}).last_leg_ms
    won = Reply.objects.owned(owner, reply.attempt).filter(pk=reply.pk, stop_requested_at__isnull=True)
    if not won.update(
        status=Reply.Status.WAITING,
        owner=None,
        started_at=None,
        turns=pause.turns,
        first_token_at=pause.first_token_at,
        earlier_ms=F("earlier_ms") + leg,
    ):
        return False
    chunks = [*pause.unwritten, waiting_chunk(reply, pause)]
    running.write_journal([(reply.pk, chunks)])
    version = raise_version(reply.session_id, ran_ms=leg)
    values = running.with_text(pause.folded.parts) | {"html": "", "renderer_version": 0, "version": version}
    Message.objects.filter(pk=reply.pk).update(**values)
    Reply.objects.filter(pk=reply.pk).update(parts_seq=chunks[-1]["seq"])
    tell_pages(reply.session)
    return True


def waiting_chunk(reply: Reply, pause: Pause) -> Chunk:
    asked = [call for call, data in pause.folded.tools.items() if data["status"] == ToolCall.Status.AWAITING]
    said: dict[str, Any] = {"status": "waiting", "tool_call": asked[0], "tool_calls": asked}
    return chunk(str(reply.pk), pause.seq + 1, "metadata", said)


def answer_call(
    *, message: Message, call: UUID, decision: str, person: Any, token: ApiToken | None = None
) -> Reply:
    """Allow a call once, allow its tool from now on, or refuse it. When none is left to ask, the reply goes on.

    The tool runs with the rights of the person who asked the question, so nobody else may answer; and with those of the
    token the reply was asked for with, so no other `token` may.
    """
    if feed.closing:
        raise ShuttingDown
    if decision not in ("once", "always", "refuse"):
        raise NotPossible(UNDECIDED)
    if person.pk != asker_of(message.reply).pk:
        raise NotYours
    if token is not None and token.public_id != message.reply.api_token:
        raise OtherToken
    with write():
        chat = locked(message.session_id)
        reply = Reply.objects.select_for_update().filter(pk=message.pk, status=Reply.Status.WAITING).first()
        asking = ToolCall.objects.filter(message=message.pk, status=ToolCall.Status.AWAITING)
        asked = asking.filter(pk=call).first()
        if reply is None or asked is None:
            raise NotPossible(ANSWERED)
        settle_answer(asked, asking, decision, person)
        version = raise_version(chat.pk, known=chat.version)
        Message.objects.filter(pk=message.pk).update(version=version)
        if not asking.exists():
            Reply.objects.filter(pk=reply.pk).update(status=Reply.Status.QUEUED)
            transaction.on_commit(lambda: feed.reply_queued(chat.pk, chat.owner_id))
        tell_pages(chat)
    log.info("tool call answered", tool=asked.tool_name, call=str(call), decision=decision, person=person.pk)
    reply.refresh_from_db()
    return reply


def settle_answer(asked: ToolCall, asking: Any, decision: str, person: Any) -> None:
    """Write the answer to the call; "always" answers the other calls of this tool too."""
    answer = {"answered_by": person, "answered_at": timezone.now()}
    if decision == "refuse":
        asking.filter(pk=asked.pk).update(
            status=ToolCall.Status.DENIED, error_message=REFUSED, duration_ms=0, **answer
        )
        return
    rows = asking.filter(pk=asked.pk)
    if decision == "always":
        ToolConsent.objects.get_or_create(user=person, tool_name=asked.tool_name)
        rows = asking.filter(tool_name=asked.tool_name)
    rows.update(status=ToolCall.Status.PENDING, **answer)


@write()
def withdraw_consent(*, person: Any, tool_name: str) -> None:
    """The tool asks again."""
    ToolConsent.objects.for_user(person).filter(tool_name=tool_name).delete()


@write()
def count_premium_run(*, user: int, tool_name: str) -> None:
    """One more run of a premium tool in this month."""
    month = timezone.now().astimezone(UTC).date().replace(day=1)
    row, _ = PremiumUse.objects.get_or_create(user_id=user, month=month, tool_name=tool_name[:120])
    PremiumUse.objects.filter(pk=row.pk).update(runs=F("runs") + 1)
