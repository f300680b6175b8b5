"""Model providers, as their real calls of the last hour tell: nobody is probed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, QuerySet

from sessions_app import offering
from sessions_app.agent.labels.words import counted, span
from sessions_app.models import TokenUsage
from sessions_app.standing import Standing, standings

from .parts import Component, Status

HOUR = timedelta(hours=1)
MANY_FAILED, ENOUGH_CALLS = 0.2, 5
IN_A_ROW = 5  # failures that tell of now, whatever the hour was like
SILENT = timedelta(seconds=30)  # of a call without a first word
WITHOUT_COUNTS: dict[Status, str] = {
    "ok": "Model calls of the last hour went through.",
    "degraded": "A part of the model calls of the last hour failed.",
    "down": "All model calls of the last hour failed.",
}
LABELS = {"offline": "Offline assistant"}
STOPPED = "stopped"
NOT_FAILED = (STOPPED, "interrupted")  # a person's Stop, a server's restart: no fault of the provider


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


def each_provider(now: datetime) -> list[Component]:
    """Every provider that is set up or was called: failures and times of its calls of the last hour, and when it last
    answered."""
    rows = TokenUsage.objects.filter(at__gte=now - HOUR, settled_at__isnull=False).order_by("at")
    recent: dict[str, list[TokenUsage]] = {}
    for row in rows.only("provider", "ok", "error_type", "at", "duration_ms", "first_token_ms"):
        recent.setdefault(row.provider, []).append(row)
    silent = Counter(silent_calls(now))
    names = sorted(set(offering.setup().providers) | set(recent) | set(silent))
    states = standings()
    parts = [one_provider(name, recent.get(name, ()), silent[name], now) for name in names]
    return [in_standing(part, states.get(name), now) for name, part in zip(names, parts, strict=True)]


def in_standing(part: Component, state: Standing | None, now: datetime) -> Component:
    """A provider with how it stands: since when it is left out, until when, and what was wrong."""
    if state is None or state.last_failed_at is None:
        return part
    figures = [("Last error", f"{state.last_error}, {ago(now - state.last_failed_at)} ago")]
    if state.open_until is None:
        return replace(part, figures=(*part.figures, *figures))
    if state.opened_at is not None:
        figures.append(("Left out for", ago(now - state.opened_at)))
    left = state.open_until - now
    figures.append(("Tried again", f"in {ago(left)}" if state.is_out(now) else "with the next message"))
    cause = f"{counted(state.failures, 'failure')} in a row" if state.failures else "it asked us to wait"
    detail = f"Left out: {cause}. {part.detail}"
    return replace(part, status="down", detail=detail, figures=(*part.figures, *figures), at=part.at or now)


def one_provider(name: str, rows: Sequence[TokenUsage], silent: int, now: datetime) -> Component:
    """`rows`: its settled calls of the last hour, oldest first; `silent`: calls it has not begun to answer."""
    title, key = LABELS.get(name) or offering.provider_label(name), f"provider-{name}"
    if not rows and not silent:
        last = TokenUsage.objects.filter(provider=name, settled_at__isnull=False).order_by("-at").first()
        words = "It was never called." if last is None else "It was not called in the last hour."
        return Component(title, "off", words, unit="%", key=key, at=last.at if last else None)
    failed = [row for row in rows if not row.ok and row.error_type not in NOT_FAILED]
    found = Calls(len(rows), len(failed), ())
    judged = providers(found, counts=True)
    streak = in_a_row(rows)
    status: Status = "down" if streak >= IN_A_ROW else judged.status
    if silent and status == "ok":
        status = "degraded"
    detail = f"{len(failed):,} of {len(rows):,} calls of the last hour failed"
    kinds = Counter(row.error_type or "unknown" for row in failed).most_common(3)
    detail += f": {', '.join(f'{kind} {count:,}' for kind, count in kinds)}." if kinds else "."
    if streak >= IN_A_ROW:
        detail += f" The last {streak:,} failed one after the other."
    if silent:
        detail += f" {counted(silent, 'call')} had no answer for 30 s."
    good = [row for row in rows if row.ok]
    figures = [
        *times("First token", [row.first_token_ms for row in good]),
        *times("Whole call", [row.duration_ms for row in good]),
        ("Last answer", f"{ago(now - good[-1].at)} ago" if good else "none in the last hour"),
    ]
    return Component(
        title,
        status,
        detail,
        judged.value,
        "%",
        key=key,
        at=rows[-1].at if rows else now,
        figures=tuple(figures),
    )


def in_a_row(rows: Sequence[TokenUsage]) -> int:
    """How many failed by the provider's doing since one went well; what a person or we ended says nothing."""
    count = 0
    for row in reversed(rows):
        if row.ok:
            break
        count += row.error_type not in NOT_FAILED
    return count


def silent_calls(now: datetime) -> list[str]:
    """The provider of each call under way that was not begun to be answered for SILENT."""
    waiting = TokenUsage.objects.open().filter(at__gte=now - HOUR, at__lt=now - SILENT).order_by()
    return list(
        waiting.filter(counts_source=TokenUsage.CountsSource.ESTIMATED).values_list("provider", flat=True)
    )


def times(name: str, taken: Sequence[int | None]) -> list[tuple[str, str]]:
    """Median and 95th percentile, exact; nothing where none was timed."""
    known = sorted(ms for ms in taken if ms is not None)
    if not known:
        return []
    high = known[min(len(known) - 1, math.ceil(0.95 * len(known)) - 1)]
    return [(f"{name}, median", span(median(known))), (f"{name}, 95th", span(high))]


def ago(time: timedelta) -> str:
    seconds = max(0, int(time.total_seconds()))
    return f"{seconds}\u00a0s" if seconds < 60 else f"{seconds // 60}\u00a0min"
