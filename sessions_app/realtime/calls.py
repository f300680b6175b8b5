"""The model calls of one reply and their ledger rows: begun before the request leaves, settled once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import structlog

from sessions_app.actions import ledger
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.agent.context import Plan
from sessions_app.agent.events import CallAccepted, CallEnded, CallStarted
from sessions_app.models import Reply, uuid7
from sessions_app.providers.base import Counts, estimate_tokens

from .planning import call_of
from .writer import Writer

log = structlog.get_logger("sessions_app.calls")


class OpenCall:
    """A model call under way, as far as it has come."""

    def __init__(self, usage: UUID) -> None:
        self.usage = usage
        self.counts = Counts()
        self.request_id = ""
        self.texts: list[str] = []
        self.began = time.monotonic()

    def broken_off(self, kind: str) -> ledger.Settlement:
        """Settlement of a call that was stopped: input as the stream said, output estimated from its text."""
        return ledger.Settlement(
            self.usage,
            replace(self.counts, output=max(self.counts.output, estimate_tokens(self.texts))),
            ok=False,
            counts_source="estimated",
            error_type=kind,
            duration_ms=round((time.monotonic() - self.began) * 1000),
            request_id=self.request_id,
        )


class Calls:
    """`open` is the call under way, `ended` those not settled yet, `accepted` counts the journal has not noted."""

    def __init__(self, writer: Writer, owner: UUID, begun: UUID | None = None) -> None:
        self._writer, self._owner = writer, owner
        self.open = OpenCall(begun) if begun else None
        self.ended: list[ledger.Settlement] = []
        self.accepted: dict[UUID, Counts] = {}

    async def begin(self, reply: Reply, event: CallStarted, plan: Plan) -> BudgetUsedUp | None:
        """The ledger's row is committed before the request leaves; that of a reply's first call may be there already.
        Returns why it must not leave, where it must not."""
        if self.open is not None:
            return None
        self.open = OpenCall(uuid7())
        call = call_of(reply, plan, self.open.usage, self._owner, event)
        refused = await self._writer.insist(ledger.begin_call, call)
        if refused is not None:
            self.open = None
        return refused

    async def hand_on(self, plan: Callable[[UUID], Awaitable[Plan | None]]) -> Plan | None:
        """Begin a call of another model, by a job that commits the row it is given the key of with its plan. The key is
        kept before: a Stop in between settles it."""
        self.open = OpenCall(uuid7())
        found = await plan(self.open.usage)
        if found is None:
            self.open = None
        return found

    def accept(self, event: CallAccepted) -> None:
        if self.open is not None:
            self.open.counts, self.open.request_id = event.counts, event.request_id
            self.accepted[self.open.usage] = event.counts

    def heard(self, text: str) -> None:
        if self.open is not None:
            self.open.texts.append(text)

    def end(self, event: CallEnded) -> None:
        """The loop says how the call went; the row is settled with what comes next."""
        call, self.open = self.open, None
        if call is None:
            return
        self.accepted.pop(call.usage, None)
        self.ended.append(
            ledger.Settlement(
                call.usage,
                event.counts,
                ok=event.ok,
                counts_source=event.counts_source,
                error_type=event.error_type,
                status=event.status,
                duration_ms=event.duration_ms,
                first_token_ms=event.first_token_ms,
                request_id=event.request_id,
            )
        )
        if not event.ok:
            outcome = {"kind": event.error_type, "status": event.status, "attempt": event.attempt}
            log.info("model call failed", ms=event.duration_ms, **outcome)

    def break_off(self, kind: str) -> None:
        """The reply ends while a call is under way."""
        if self.open is not None:
            self.ended.append(self.open.broken_off(kind))
            self.open = None

    async def settle(self) -> bool:
        """Settle what ended while the reply goes on. True if there was anything."""
        if not self.ended:
            return False
        while self.ended:  # one leaves the list when it is settled: Stop may come in between
            await self._writer.insist(ledger.settle_call, self.ended[0])
            del self.ended[0]
        return True
