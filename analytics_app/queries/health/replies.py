"""Replies that run and wait, the processes that run them, and their journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce, Greatest

from sessions_app.actions.processes import living
from sessions_app.agent.labels.words import counted, span
from sessions_app.models import Reply, RunnerProcess

from .parts import Component, Status, size_words

HOUR = timedelta(hours=1)
LONG_SILENCE = 30_000  # ms without a journal batch
LONG_QUEUE = timedelta(seconds=10)
LATE, VERY_LATE = 2_000, 10_000  # ms: a journal that is due every 200 ms
HELD, LONG_HELD = 500, 5_000  # ms somebody else had an event loop


def journal_lag(running: QuerySet[Reply], now: datetime) -> int | None:
    """For how long, in ms, the quietest running reply has written nothing; None where none runs."""
    begun = Coalesce("started_at", "created_at")
    # Greatest of a value and NULL is NULL on SQLite and the value on PostgreSQL: so no NULL goes in.
    quiet = running.annotate(written=Greatest(begun, Coalesce(Max("journal__at"), begun)))
    since = quiet.order_by("written").values_list("written", flat=True).first()
    return None if since is None else max(0, round((now - since).total_seconds() * 1000))


def journal(lag: int | None) -> Component:
    """How old a chunk is that is not journalled yet only its process knows: this tells when something was last."""
    if lag is None:
        return Component("Journal", "ok", "No reply runs.")
    quiet = lag > LONG_SILENCE
    detail = f"Of the running replies the quietest wrote its last batch {lag / 1000:.1f} s ago."
    if quiet:
        detail += " Its model is silent, or the journal is behind."
    return Component("Journal", "degraded" if quiet else "ok", detail, lag)


def measured_journal(alive: Sequence[RunnerProcess], lag: int | None) -> Component:
    """How old the oldest chunk was when it was committed, as the processes measured before their last beat; `lag` as
    `journal_lag` says."""
    measured = [process for process in alive if process.figures.get("journal_ms") is not None]
    worst_ms = max((process.figures["journal_ms"] for process in measured), default=0)
    batch = max((process.figures.get("batch_ms", 0) for process in measured), default=0)
    figures = (("Slowest batch", span(batch)),) if batch else ()
    if lag is not None:
        figures = (*figures, ("Quietest reply wrote", f"{lag / 1000:.1f}\u00a0s ago"))
    at = max((process.beat_at for process in measured), default=None)
    if not worst_ms:
        words = "Nothing was written in the last 2 s." if lag is None else "No chunk waits to be written."
        return Component("Journal", "ok", words, 0, "ms", key="journal", at=at, figures=figures)
    status: Status = "down" if worst_ms > VERY_LATE else "degraded" if worst_ms > LATE else "ok"
    detail = f"What a reply said was kept {span(worst_ms)} later at the most."
    if status != "ok":
        detail += " A server that died now would lose that much of it."
    return Component("Journal", status, detail, worst_ms, "ms", key="journal", at=at, figures=figures)


def load(alive: Sequence[RunnerProcess]) -> Component:
    """How busy the living server processes are, by what they measured of themselves."""
    told = [process.figures for process in alive if process.figures]
    at = max((process.beat_at for process in alive), default=None)
    if not alive:
        words = "No server process runs: what is sent waits in the queue."
        return Component("Server processes", "down", words, key="load")
    held = max((figures.get("loop_ms", 0) for figures in told), default=0)
    running, pages, memory = (
        sum(each.get(name, 0) for each in told) for name in ("running", "pages", "memory")
    )
    status: Status = "down" if held > LONG_HELD else "degraded" if held > HELD else "ok"
    count = f"{len(alive):,} server process{'es' if len(alive) > 1 else ''}"
    detail = f"{count} with {_replies(running)} and {counted(pages, 'open page')}; an event loop was held for {span(held)} at the most."
    figures = (("Memory", size_words(memory)),) if memory else ()
    return Component("Server processes", status, detail, held, "ms", key="load", at=at, figures=figures)


def _replies(running: int) -> str:
    return "1 running reply" if running == 1 else f"{running:,} running replies"


def replies(running: QuerySet[Reply], queued: QuerySet[Reply], now: datetime) -> Component:
    """Those given are told; whether somebody is there to run what is queued is asked of all."""
    lives, dead = processes()
    everyones = Reply.objects.filter(status=Reply.Status.QUEUED)
    stuck = everyones.filter(created_at__lt=now - LONG_QUEUE).exists()
    status: Status = "degraded" if stuck or dead else "ok"
    if not lives and everyones.exists():
        status = "down"
    at_work = running.count()
    detail = f"{at_work:,} running, {queued.count():,} queued; server processes alive: {lives:,}"
    detail += f", dead and not cleared away yet: {dead:,}." if dead else "."
    if stuck:
        detail += " A reply has waited for more than 10 s."
    return Component("Replies", status, detail, at_work, "replies", key="replies")


def processes() -> tuple[int, int]:
    """How many live, and how many died without a word and are not forgotten yet."""
    alive = len(living())
    return alive, RunnerProcess.objects.filter(ended_at=None).count() - alive


def error_rate(owner: int | None, now: datetime) -> float | None:
    """The share of replies ended in the last hour, in sessions of this owner or in all, that failed or were cut
    short; None where none ended."""
    # Chosen here and not in the query: asked for an owner, SQLite reads all their replies instead of one hour's.
    rows = (
        Reply.objects.ran()
        .filter(finished_at__gte=now - HOUR)
        .order_by()
        .values_list("status", "session__owner")
    )
    ended = [status for status, whose in rows if owner in (None, whose)]
    bad = sum(status in (Reply.Status.FAILED, Reply.Status.INTERRUPTED) for status in ended)
    return round(bad / len(ended), 4) if ended else None
