"""How people use their sessions: read from the facts of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from analytics_app.facts import MOOD_UNIT, Facts, quantile
from sessions_app.models import Mark

from .periods import Period

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GROUPS = (
    "messages",
    "hours",
    "replies",
    "turns",
    "calls",
    "successes",
    "timed",
    "call_ms",
    "call_times",
    "moods",
    "sums",
)
ENDED = ("complete", "failed", "stopped", "interrupted")


@dataclass(frozen=True, slots=True)
class Times:
    """In ms; `median` and `p95` are at most 5 % from the true ones, `average` is exact. None where none was taken."""

    average: int | None
    median: int | None
    p95: int | None


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def times(facts: Facts, name: str) -> Times:
    """Of `response` (from sending to the end of a complete reply) or `first_token` (to the first piece of any)."""
    histogram = facts.groups[name]
    average = _average(facts.number("sums", f"{name}_ms"), facts.sum(name))
    return Times(average, quantile(histogram, 0.5), quantile(histogram, 0.95))


def replies(facts: Facts) -> dict[str, int]:
    """Replies that ended, by how they ended, and `replies`, all of them."""
    ended = {status: facts.number("replies", status) for status in ENDED}
    return {"replies": facts.sum("replies"), "completed": ended.pop("complete"), **ended}


def multi_turn_share(facts: Facts) -> float | None:
    return share(facts.number("turns", "multi"), facts.sum("replies"))


def hours(facts: Facts) -> list[int]:
    """Messages by hour of the day, from 0 to 23."""
    return [facts.number("hours", str(hour)) for hour in range(24)]


def weekday_hours(days: Mapping[date, Facts]) -> list[list[int]]:
    """Messages by hour of the day, for each day of the week from Monday."""
    found = [[0] * 24 for _ in WEEKDAYS]
    for day, facts in days.items():
        for hour, count in facts.groups["hours"].items():
            found[day.weekday()][int(hour)] += count
    return found


def weekdays(days: Mapping[date, Facts]) -> list[int]:
    """Messages by day of the week, from Monday."""
    found = [0] * 7
    for day, facts in days.items():
        found[day.weekday()] += facts.messages
    return found


def busiest(counts: list[int]) -> int | None:
    """The place of the largest count, the first of equal ones; None where all are 0."""
    return counts.index(max(counts)) if any(counts) else None


def sentiment(facts: Facts) -> dict[str, Any]:
    judged = facts.sum("moods")
    average = round(facts.number("sums", "mood") / MOOD_UNIT / judged, 4) if judged else None
    counts = {mood: facts.number("moods", mood) for mood in ("positive", "neutral", "negative")}
    return {**counts, "judged": judged, "not_judged": max(0, facts.questions - judged), "average": average}


def tools(facts: Facts) -> list[dict[str, Any]]:
    """Tool calls of replies that ended, the most called tool first."""
    calls, times = facts.groups["calls"], facts.call_times()
    names = sorted(calls, key=lambda name: (-calls[name], name))
    return [
        {
            "tool": name,
            "calls": calls[name],
            "success_share": share(facts.number("successes", name), calls[name]),
            "average_ms": _average(facts.number("call_ms", name), facts.number("timed", name)),
            "median_ms": quantile(times[name], 0.5) if name in times else None,
            "p95_ms": quantile(times[name], 0.95) if name in times else None,
        }
        for name in names
    ]


def _average(sum_ms: int, count: int) -> int | None:
    return round(sum_ms / count) if count else None


def satisfaction(span: Period, owner: int | None) -> dict[str, Any]:
    """Ratings given in the period to answers in sessions of this owner, or in all; those that were imported were given
    elsewhere."""
    marks = span.within(Mark.objects.ratings().filter(made_by=None), "created_at").order_by()
    marks = marks if owner is None else marks.filter(message__session__owner=owner)
    found = marks.aggregate(ratings=Count("pk"), positive=Count("pk", filter=Q(value=1)))
    return {**found, "share": share(found["positive"], found["ratings"])}
