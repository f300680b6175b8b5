"""Whether the parts of the workspace do their work: seen from what happened, no provider is asked."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Coalesce, Greatest

from sessions_app.actions.processes import living
from sessions_app.models import Reply, RunnerProcess, TokenUsage

Status = Literal["ok", "degraded", "down"]
HOUR = timedelta(hours=1)
SLOW_DATABASE, SLOW_LAYER, LAYER_LIMIT = 250, 500, 2.0  # ms, ms, s
LONG_SILENCE = 30_000  # ms without a journal batch
LONG_QUEUE = timedelta(seconds=10)
MANY_FAILED, ENOUGH_CALLS = 0.2, 5
WITHOUT_COUNTS: dict[Status, str] = {
    "ok": "Model calls of the last hour went through.",
    "degraded": "A part of the model calls of the last hour failed.",
    "down": "All model calls of the last hour failed.",
}
STOPPED = "stopped"
NOT_FAILED = (STOPPED, "interrupted")  # a person's Stop, a server's restart: no fault of the provider


@dataclass(frozen=True, slots=True)
class Component:
    """One part: `detail` is a sentence, `value` a number of `unit`, None where there is none."""

    name: str
    status: Status
    detail: str
    value: float | None = None
    unit: Literal["ms", "s", "%", "replies"] = "ms"


def worst(components: list[Component]) -> Status:
    found = {component.status for component in components}
    return "down" if "down" in found else "degraded" if "degraded" in found else "ok"


def database() -> Component:
    """One round trip."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    took = round((time.perf_counter() - began) * 1000, 1)
    slow = took > SLOW_DATABASE
    detail = f"The database {'is slow: it ' if slow else ''}answered in {took:g} ms."
    return Component("Database", "degraded" if slow else "ok", detail, took)


async def channel_layer() -> Component:
    """A message of our own, sent and received."""
    if not settings.REDIS_URL:
        return Component(
            "Channel layer", "ok", "One process serves the workspace and needs no channel layer."
        )
    layer, began = get_channel_layer(), time.perf_counter()
    try:
        async with asyncio.timeout(LAYER_LIMIT):
            name = await layer.new_channel()
            await layer.send(name, {"type": "health"})
            await layer.receive(name)
    except Exception as problem:  # whatever the layer's client raises, it is not there for us
        detail = (
            f"The channel layer does not answer ({type(problem).__name__}). "
            "Replies go on; pages learn of changes made by other processes within 2 s."
        )
        return Component("Channel layer", "down", detail)
    took = round((time.perf_counter() - began) * 1000, 1)
    slow = took > SLOW_LAYER
    return Component(
        "Channel layer", "degraded" if slow else "ok", f"A message came back after {took:g} ms.", took
    )


@dataclass(frozen=True, slots=True)
class Calls:
    """Settled model calls of the last hour: how many, how many failed by the provider's doing, and of which kinds."""

    calls: int
    failed: int
    kinds: tuple[tuple[str, int], ...]


def calls(usage: QuerySet[TokenUsage], now: datetime) -> Calls:
    rows = usage.filter(at__gte=now - HOUR, settled_at__isnull=False).order_by()
    found = Counter({row[:2]: row[2] for row in rows.values_list("ok", "error_type").annotate(n=Count("pk"))})
    failed = {kind: n for (ok, kind), n in found.items() if not ok and kind not in NOT_FAILED}
    kinds = sorted(failed.items(), key=lambda item: (-item[1], item[0]))
    return Calls(
        sum(found.values()), sum(failed.values()), tuple((kind or "unknown", n) for kind, n in kinds)
    )


def providers(found: Calls, *, counts: bool) -> Component:
    """From real calls alone; without `counts` the sentence tells nothing of how many calls others made."""
    if not found.calls:
        return Component("Providers", "ok", "No model was called in the last hour.", unit="%")
    part = found.failed / found.calls
    status: Status = "ok"
    if part >= MANY_FAILED:
        status = "down" if part == 1 and found.calls >= ENOUGH_CALLS else "degraded"
    if not counts:
        return Component("Providers", status, WITHOUT_COUNTS[status], unit="%")
    detail = f"{found.failed:,} of {found.calls:,} model calls of the last hour failed."
    return Component("Providers", status, detail, round(100 * part, 1), "%")


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
    return Component("Replies", status, detail, at_work, "replies")


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
