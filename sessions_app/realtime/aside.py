"""Model calls beside replies, such as for titles and summaries: with a ledger row of their own, delaying nothing."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from sessions_app.actions import ledger
from sessions_app.agent.sizes import rough_size
from sessions_app.models import ChatSession, Reply, uuid7
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    ProviderError,
    Request,
    TextDelta,
    estimate_tokens,
)

from .connections import provider

if TYPE_CHECKING:
    from .runner import Runner

log = structlog.get_logger("sessions_app.aside")


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a call: all of its text where it `ended`, and why (`base.End`)."""

    text: str = ""
    ended: str = ""


async def ask(runner: Runner, chat: ChatSession, request: Request, reply: Reply, name: str) -> Said:
    """One call of the provider `name`, accounted like any other under the request's purpose; on the ledger of the chat's
    owner. Whatever fails says nothing."""
    usage, texts, began, request_id = uuid7(), list[str](), time.monotonic(), ""
    call = ledger.Call(
        usage,
        chat.owner_id,
        chat.pk,
        None,
        name,
        request.model,
        purpose=request.purpose,
        owner=runner.owner,
        estimate=rough_size(request),
        most=request.max_tokens,
        token=reply.api_token,
    )
    if await runner.writer.run(ledger.begin_call, call) is not None:
        return Said()
    counts, counted, ended, kind, status = Counts(), False, "", "interrupted", None
    try:
        async with aclosing(provider(name).stream(request)) as events:  # type: ignore[type-var]
            async for event in events:
                match event:
                    case Accepted():
                        counts, request_id = accepted(event, call.estimate), event.request_id
                    case TextDelta(text):
                        texts.append(text)
                    case End():
                        counted, ended, kind = event.counted, event.stop_reason or "end", ""
                        counts = event.counts if counted else counts
    except ProviderError as error:
        kind, status = error.kind, error.status
        log.info("call failed", purpose=request.purpose, kind=kind)
    finally:
        if not counted:
            counts = replace(counts, output=max(counts.output, estimate_tokens(texts)))
        settlement = ledger.Settlement(
            usage,
            counts,
            ok=bool(ended),
            counts_source="reported" if counted else "estimated",
            error_type=kind,
            status=status,
            duration_ms=round((time.monotonic() - began) * 1000),
            request_id=request_id,
        )
        await runner.writer.insist(ledger.settle_call, settlement)
    return Said("".join(texts), ended) if ended else Said()


def accepted(event: Accepted, estimate: int) -> Counts:
    """The input of a call that was taken; by the estimate where its provider counts later, or never."""
    return event.counts if event.counted else Counts(input=estimate)
