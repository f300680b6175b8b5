"""Passages get their vectors in the background: whenever a transcript is ready, and by housekeeping what was left.

One process at a time does it (`actions.embedding.claim_embedding`), in calls of at most LOT passages of one creator. It may
end at any moment: what has a vector has it, the rest is found again. What fails is repeated a few times, then later.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction

from sessions_app.actions import ledger
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.providers.base import BadRequest, ProviderError, TooLong, estimate_tokens
from sessions_app.providers.embeddings import Embedded
from sessions_app.reading import Unavailable, give_back
from sessions_app.realtime import connections

from .actions import embedding as actions
from .embedding import Model, begun, ended, interrupted
from .vectors import column
from .vectors.standing import Waiting, former_models, waiting, without

if TYPE_CHECKING:
    from .models import Video

log = structlog.get_logger("sessions_app.embedding")
LOT = 64  # passages of a call
TOKENS = 8_000  # of a call, estimated
ATTEMPTS = 3
LONGEST_WAIT = 30.0  # seconds between two of them
BAD_LOTS = 20  # passages that are refused one by one, after which it is not the passages


class _Lost(Exception):
    """Another process has taken the work over."""


class _Stopped(Exception):
    """It cannot go on now. `sentence` is for staff."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(slots=True)
class Done:
    """What a run came to."""

    passages: int = 0
    calls: int = 0
    refused: int = 0  # passages that the provider did not take
    unpaid: set[int] = field(default_factory=set)  # creators whose budget is used up
    problem: str = ""


def work(*, at_once: bool = False, tell: Callable[[Done], None] = lambda done: None) -> Done | None:
    """Embed all that waits. None where another process is at it, or failed a short while ago (but `at_once`)."""
    model: str = settings.EMBEDDING_MODEL
    owner = uuid4()
    if not model or not actions.claim_embedding(owner=owner, at_once=at_once):
        return None
    done = Done()
    try:
        fill_column()  # of processes that began before the column was there
        with asyncio.Runner() as loop:
            try:
                _all_of(model, owner, loop, done, tell)
            finally:
                loop.run(_hang_up(model))
        actions.end_embedding(owner=owner, ready="" if done.unpaid else model)
        if not done.unpaid:  # what was refused never gets a vector, and keeps nobody from the others
            _tidy(model)
    except _Lost:
        log.info("embedding taken over")
    except _Stopped as stopped:
        done.problem = stopped.sentence
        log.warning("embedding stopped", passages=done.passages)
        actions.stop_embedding(owner=owner, model=model, problem=stopped.sentence)
    return done


def _all_of(model: str, owner: UUID, loop: asyncio.Runner, done: Done, tell: Callable[[Done], None]) -> None:
    after = 0
    while lot := _lot(waiting(model, after, LOT, done.unpaid)):
        after = lot[-1].passage
        try:
            _embed(model, owner, loop, lot, done)
        except BudgetUsedUp:
            done.unpaid.add(lot[0].creator)
        tell(done)
        give_back()


def _lot(rows: list[Waiting]) -> list[Waiting]:
    """The first of them that go into one call: of one creator, who pays for it."""
    room = TOKENS

    def fits(row: Waiting) -> bool:
        nonlocal room
        room -= estimate_tokens([row.text])
        return row.creator == rows[0].creator and (room >= 0 or row is rows[0])

    return list(takewhile(fits, rows))


def _embed(model: str, owner: UUID, loop: asyncio.Runner, lot: list[Waiting], done: Done) -> None:
    """What is refused is asked again in halves, down to the passage that is not taken."""
    try:
        embedded = _asked(model, loop, lot, done)
    except (TooLong, BadRequest) as error:
        if len(lot) > 1:
            half = len(lot) // 2
            _embed(model, owner, loop, lot[:half], done)
            _embed(model, owner, loop, lot[half:], done)
            return
        done.refused += 1
        log.warning("passage not embedded", passage=lot[0].passage, kind=error.kind)
        if done.refused >= BAD_LOTS or not done.passages:
            raise _Stopped(error.sentence) from None
        return
    vectors = {row.passage: (row.video, it) for row, it in zip(lot, embedded.vectors, strict=True)}
    if not actions.store_vectors(owner=owner, model=model, vectors=vectors):
        raise _Lost
    done.passages += len(lot)


def _asked(model: str, loop: asyncio.Runner, lot: list[Waiting], done: Done) -> Embedded:
    """Raises BudgetUsedUp, TooLong or BadRequest; _Stopped for what another attempt would not mend."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done.calls += 1
            return _call(model, loop, lot)
        except (TooLong, BadRequest):
            raise
        except ProviderError as error:
            if not error.retryable or attempt == ATTEMPTS:
                raise _Stopped(error.sentence) from None
            give_back()
            waited = settings.RETRY_BASE_MS / 1000 * 4 ** (attempt - 1)
            time.sleep(min(LONGEST_WAIT, max(error.retry_after or 0.0, waited)))
    raise AssertionError


def _call(model: str, loop: asyncio.Runner, lot: list[Waiting]) -> Embedded:
    texts = [row.text for row in lot]
    call = begun(model, texts, lot[0].creator)
    if (refused := ledger.begin_call(call)) is not None:
        raise refused
    give_back()
    began, embedded, failure = time.monotonic(), None, interrupted()
    try:
        embedded = loop.run(Model.of(model).embed(texts))
    except ProviderError as error:
        failure = error
        raise
    finally:
        ledger.settle_call(ended(call, began, embedded, failure))
    return embedded


async def _hang_up(model: str) -> None:
    """The connections of this loop alone are closed."""
    await connections.provider(Model.of(model).provider).aclose()


def _tidy(model: str) -> None:
    """All passages have their vectors: those of other models go, and those of passages that are out of use."""
    for former in former_models(model):
        while actions.drop_vectors(model=former):
            give_back()
    while actions.drop_retired(model=model):
        give_back()


def fill_column() -> int:
    """Give what is stored to pgvector's column, where that has been made since. How many there were."""
    count = 0
    while rows := column.unfilled(LOT):
        actions.fill_column(rows=rows)
        count += len(rows)
    return count


# ---------------------------------------------------------------- in the background

_thread: threading.Thread | None = None
_again = threading.Event()
_one = threading.Lock()


def start() -> None:
    """Embed what waits, on a thread of this process; one that is at it looks once more."""
    global _thread
    if not settings.EMBEDDING_MODEL:
        return
    with _one:
        _again.set()
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="embedding", daemon=True)
            _thread.start()


def _work() -> None:
    global _thread
    try:
        while True:
            with _one:
                if not _again.is_set():
                    _thread = None
                    return
                _again.clear()
            work()
    except Unavailable:
        log.warning("database unavailable", step="embedding")
    except Exception:
        log.exception("embedding failed")
    finally:
        connection.close()


def after_transcript(video: Video) -> None:
    """A transcript is ready: its passages get their vectors once that is committed."""
    if settings.EMBEDDING_MODEL:
        transaction.on_commit(start)


def look() -> bool:
    """A job of housekeeping: what waits is begun, what was left open is settled."""
    actions.settle_left_open()
    model: str = settings.EMBEDDING_MODEL
    if model and (without(model).exists() or former_models(model)):
        start()
    return False
