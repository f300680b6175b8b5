"""Taking queued replies: claim, request and the ledger's first row in one job of the writer.

As three jobs, each waited for the writer and for the interpreter again; with a hundred starts in a second that was
a third of a second for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection

from sessions_app.actions import ledger, running
from sessions_app.agent import context
from sessions_app.agent.context import Plan
from sessions_app.agent.events import CallStarted
from sessions_app.models import Reply, uuid7
from sessions_app.providers.anthropic_search import MOST_SEARCHES
from sessions_app.reading import Unavailable

from .chunks import Folded

FIRST = CallStarted(1, 1)
log = structlog.get_logger("sessions_app.runner")


@dataclass(slots=True)
class Taken:
    """A claimed reply. Without `plan`, making it failed: the reply's own task makes it again, and ends by its error.
    `usage` is the ledger's row of the first call, committed already, where there is one. One that waited has its
    content so far (with the seq that reaches), and is planned when the tools it was allowed have run."""

    reply: Reply
    plan: Plan | None = None
    usage: UUID | None = None
    content: tuple[Folded, int] | None = None


def take(*, owner: UUID, waited: timedelta = timedelta()) -> list[Taken]:
    """Claim what is queued (longer than `waited`), and prepare each as far as it goes. Runs on the writer."""
    taken = [Taken(reply) for reply in running.claim_replies(owner=owner, waited=waited)]
    for each in taken:
        try:
            if each.reply.turns:
                each.content = running.content_so_far(each.reply)
            else:
                each.plan = context.plan(each.reply)
        except Exception:
            log.warning("plan failed", reply=str(each.reply.pk), exc_info=True)
    calls = [call_of(each.reply, each.plan, uuid7(), owner) for each in taken if each.plan is not None]
    if not calls:  # as at most polls: no transaction for nothing
        return taken
    try:
        refused = ledger.begin_calls(*calls)
    except Unavailable:  # its task begins the call itself, as often as it takes
        connection.close()
        return taken
    begun = {
        call.message: call.usage for call in calls if call.usage not in refused
    }  # the others end by asking
    for each in taken:
        each.usage = begun.get(each.reply.pk)
    return taken


def call_of(reply: Reply, plan: Plan, usage: UUID, owner: UUID, event: CallStarted = FIRST) -> ledger.Call:
    """A model call of this reply, as the ledger notes it before it leaves."""
    return ledger.Call(
        usage=usage,
        user=plan.payer,
        session=reply.session_id,
        message=reply.pk,
        provider=plan.provider,
        model=plan.request.model,
        turn=event.turn,
        attempt=event.attempt,
        owner=owner,
        estimate=plan.estimate + event.grown,
        most=plan.request.max_tokens,
        searches=MOST_SEARCHES if plan.request.server_tools else 0,
        token=reply.api_token,
    )
