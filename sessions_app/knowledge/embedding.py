"""Calls of the embedding model: each a row of the ledger, begun before it leaves, settled once.

A question is embedded on its asker's account, within seconds or not at all; what is brought to be found, on its creator's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import Error as DatabaseFailed

from sessions_app.actions import ledger
from sessions_app.models import TokenUsage, uuid7
from sessions_app.providers.base import (
    BadRequest,
    Counts,
    ProviderError,
    StreamCut,
    StreamGarbled,
    TimedOut,
    estimate_tokens,
)
from sessions_app.providers.embeddings import Embedded, Embedding
from sessions_app.reading import Pool, read
from sessions_app.realtime import connections, runtime

from .vectors import Vector
from .vectors.standing import model_in_use

log = structlog.get_logger("sessions_app.embedding")
LIMIT = 3.0  # seconds that a question may take: an answer does not wait longer for what words find too
LONGEST = 8_000  # characters of a question that are embedded
_writes = Pool("embedding", 2)
# It may have been made and charged all the same.
_UNSURE = (TimedOut, StreamCut, StreamGarbled)


@dataclass(frozen=True, slots=True)
class Model:
    """One of EMBEDDING_MODEL's form: "openai/MODEL", or "NAME/MODEL" of a compatible server, whose models the ledger
    knows by the whole."""

    provider: str
    id: str

    @classmethod
    def of(cls, named: str) -> Model:
        provider, _, rest = named.partition("/")
        return cls(provider, rest if provider == "openai" else named)

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Raises a ProviderError."""
        asked = connections.provider(self.provider)
        if not isinstance(asked, Embedding):
            raise BadRequest(f"{self.provider} makes no embeddings.")
        return await asked.embed(self.id, texts)


async def of_question(
    text: str,
    *,
    user_id: int,
    chat_id: UUID | str | None = None,
    message_id: UUID | str | None = None,
    token: UUID | None = None,
) -> Vector | None:
    """Where a question lies, to be handed to `retrieval.retrieve`; None where no embedding is set up, where a budget of
    the asker is used up, and where the call fails or takes too long: words find passages all the same. `message_id` is
    the reply it is asked for."""
    text = text.strip()[:LONGEST]
    named = await read(model_in_use) if text else ""
    if not named:
        return None
    call = begun(named, [text], user_id, _key(chat_id), _key(message_id), token)
    try:
        if await _writes(ledger.begin_call, call) is not None:
            log.info("question not embedded", kind="budget")
            return None
    except DatabaseFailed as error:
        log.warning("question not embedded", kind=type(error).__name__)
        return None
    began, embedded, failure = time.monotonic(), None, interrupted()
    try:
        async with asyncio.timeout(LIMIT):
            embedded = await Model.of(named).embed([text])
    except TimeoutError:
        failure = TimedOut(provider=call.provider)
    except ProviderError as error:
        failure = error
    finally:
        settlement = ended(call, began, embedded, failure)
        await asyncio.shield(asyncio.ensure_future(_settled(settlement)))
    if embedded is None:
        log.warning("question not embedded", kind=failure.kind, status=failure.status)
        return None
    return Vector(named, embedded.vectors[0])


def begun(
    named: str,
    texts: Sequence[str],
    user: int | None,
    chat: UUID | None = None,
    message: UUID | None = None,
    token: UUID | None = None,
) -> ledger.Call:
    """A call that is about to leave."""
    model, here = Model.of(named), runtime.current()
    return ledger.Call(
        uuid7(),
        user,
        chat,
        message,
        model.provider,
        model.id,
        purpose=TokenUsage.Purpose.EMBEDDING,
        owner=here.owner if here else None,
        estimate=estimate_tokens(texts),
        token=token,
    )


def ended(
    call: ledger.Call, began: float, embedded: Embedded | None, failure: ProviderError
) -> ledger.Settlement:
    """How it ended: with tokens as the provider told them, else estimated; none where it was refused."""
    ok = embedded is not None
    told = embedded.tokens if embedded is not None else None
    unsure = isinstance(failure, _UNSURE) or failure.kind == "interrupted"
    tokens = told if told is not None else call.estimate if ok or unsure else 0
    return ledger.Settlement(
        call.usage,
        Counts(input=tokens),
        ok=ok,
        counts_source="reported" if told is not None or not tokens else "estimated",
        error_type="" if ok else failure.kind,
        status=None if ok else failure.status,
        duration_ms=round((time.monotonic() - began) * 1000),
        request_id=embedded.request_id if embedded is not None else failure.request_id,
    )


def interrupted() -> ProviderError:
    """What a call is that neither answered nor failed: whoever waited for it was stopped."""
    failure = ProviderError()
    failure.kind = "interrupted"
    return failure


async def _settled(settlement: ledger.Settlement) -> None:
    """Waits out a database that is locked or gone for a while; then the row is settled when its process is dead."""
    for wait in (0.2, 1, 5):
        try:
            await _writes(ledger.settle_call, settlement)
            return
        except DatabaseFailed:
            log.warning("database unavailable", job="settle_call", retry_in=wait)
            await asyncio.sleep(wait)
    await _writes(ledger.settle_call, settlement)


def _key(key: UUID | str | None) -> UUID | None:
    return UUID(str(key)) if key else None
