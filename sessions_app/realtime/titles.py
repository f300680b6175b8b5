"""A chat's title, written by a cheap model after the first answer; delays nothing, and may fail quietly."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from sessions_app import offering
from sessions_app.actions import ledger, sessions
from sessions_app.agent.context import title_request
from sessions_app.agent.sizes import rough_size
from sessions_app.models import ChatSession, Reply, TokenUsage, uuid7
from sessions_app.prepared import Rows, Select, given
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    ProviderError,
    Request,
    TextDelta,
    estimate_tokens,
)
from sessions_app.reading import read

from .connections import provider

if TYPE_CHECKING:
    from .runner import Runner

log = structlog.get_logger("sessions_app.titles")
_unnamed = Select(
    lambda: ChatSession.objects.filter(
        pk=given("chat"), title_source=ChatSession.TitleSource.NONE, deleted_at__isnull=True
    )
)
_title_calls = Rows(
    lambda: (
        TokenUsage.objects.filter(session=given("chat"), purpose=TokenUsage.Purpose.TITLE)
        .order_by()
        .values_list("pk")[:1]
    )
)


def wanted(reply: Reply) -> tuple[ChatSession, Request] | None:
    """The chat and the request, where it has no title of its own yet and no title call was made before."""
    chat = _unnamed.first(chat=reply.session_id)
    if chat is None or _title_calls.any(chat=chat.pk):
        return None
    config = reply.model_config
    info = offering.cheap_model(config["provider"], config["model"])
    request = title_request(reply, info.id)
    return (chat, replace(request, info=info)) if request else None


async def write_title(runner: Runner, reply: Reply) -> None:
    """Ask for a title and store it, with its own ledger row. Whatever fails leaves the chat as it was."""
    found = await read(wanted, reply)
    if found is None:
        return
    chat, request = found
    title = await ask(runner, chat, request, reply)
    if title:
        await runner.writer.run(sessions.set_title, chat=chat, title=cleaned(title), by_model=True)


def cleaned(title: str) -> str:
    """One line without the quotes and full stops models like to add."""
    line = next((line.strip() for line in title.splitlines() if line.strip()), "")
    return line.strip("#*\"'“”` ").rstrip(".")[:120]


async def ask(runner: Runner, chat: ChatSession, request: Request, reply: Reply) -> str:
    """One model call for a title, accounted like any other."""
    name = reply.model_config["provider"]
    usage, texts, began = uuid7(), [], time.monotonic()
    call = ledger.Call(
        usage,
        chat.owner_id,
        chat.pk,
        None,
        name,
        request.model,
        purpose="title",
        owner=runner.owner,
        estimate=rough_size(request),
        most=request.max_tokens,
        token=reply.api_token,
    )
    if await runner.writer.run(ledger.begin_call, call) is not None:
        return ""
    counts, ok, kind, status, request_id = Counts(), False, "interrupted", None, ""
    try:
        async with aclosing(provider(name).stream(request)) as events:  # type: ignore[type-var]
            async for event in events:
                match event:
                    case Accepted():
                        counts, request_id = event.counts, event.request_id
                    case TextDelta(text):
                        texts.append(text)
                    case End():
                        counts, ok, kind = event.counts, True, ""
    except ProviderError as error:
        kind, status = error.kind, error.status
        log.info("title failed", kind=kind)
    finally:
        if not ok:
            output = max(counts.output, estimate_tokens(texts))
            counts = Counts(
                counts.input, counts.cache_read, counts.cache_write_5m, counts.cache_write_1h, output
            )
        spent = round((time.monotonic() - began) * 1000)
        settlement = ledger.Settlement(
            usage,
            counts,
            ok=ok,
            counts_source="reported" if ok else "estimated",
            error_type=kind,
            status=status,
            duration_ms=spent,
            request_id=request_id,
        )
        await runner.writer.insist(ledger.settle_call, settlement)
    return "".join(texts) if ok else ""
