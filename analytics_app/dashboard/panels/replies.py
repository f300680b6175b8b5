"""How long replies took, and how many turns they needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from analytics_app.dashboard import timed
from analytics_app.dashboard.panel import Column, Contents, Sheet
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.insights import days_between
from analytics_app.queries import engagement
from analytics_app.queries.engagement import Times
from sessions_app.agent.labels import words
from sessions_app.agent.labels.days import thinned
from sessions_app.agent.labels.views import Columns, Figure, Line
from sessions_app.agent.labels.words import day_words

from .sheets import DAY, not_by_model, nothing, rows_address

NAMES = {"response": "Response", "first_token": "First token"}
PARTS = {"average": "average", "median": "median", "p95": "95th percentile"}
TIMES = (
    DAY,
    *(
        Column(f"{kind}_{part}", f"{name}, {words}", "ms")
        for kind, name in NAMES.items()
        for part, words in PARTS.items()
    ),
)
NO_REPLIES = "No reply ended in this period."
TOO_MANY = (
    f"Times of one model or provider are read call by call, of {timed.MOST_CALLS:,} calls at most. "
    "A shorter period is needed."
)
OF_CALLS = "Of one model or provider the times are those of its calls, without waiting and tools."
TURNS = (
    DAY,
    Column("replies", "Replies", "count"),
    Column("multi_turn", "With several turns", "count"),
    Column("share", "Share", "share"),
)


def response_times(question: Question, reads: Reads) -> Contents:
    taken = reads.taken
    if taken is None:
        return nothing(TIMES, TOO_MANY)
    if taken.whole["first_token"].average is None and taken.whole["response"].average is None:
        return nothing(TIMES, NO_REPLIES)
    rows = tuple((day, *_cells(each)) for day, each in taken.days.items() if any(_cells(each)))
    days = _filled(taken.days)
    medians = [taken.days[day]["response"].median if day in taken.days else None for day in days]
    return Contents(
        Sheet(TIMES, rows, total=("All", *_cells(taken.whole))),
        Line(
            "Median response",
            tuple(day_words(f"{day}") for day in days),
            tuple(None if ms is None else round(ms / 1000, 3) for ms in medians),
            "s",
        ),
        figures=tuple(
            Figure(f"{NAMES[kind]}, {told}", words.span(getattr(taken.whole[kind], part)))
            for kind in NAMES
            for part, told in PARTS.items()
            if getattr(taken.whole[kind], part) is not None
        ),
        said=(OF_CALLS,) if question.narrowed else ("Median and 95th percentile are at most 5 % off.",),
        href=rows_address("replies", question, sort="duration"),
    )


def _cells(found: dict[str, Times] | object) -> tuple[int | None, ...]:
    return tuple(getattr(found[kind], part) for kind in NAMES for part in PARTS)  # type: ignore[index]


def _filled(days: Iterable[date]) -> list[date]:
    """Those and all between them."""
    known = list(days)
    return days_between(min(known), max(known)) if known else []


def turns(question: Question, reads: Reads) -> Contents:
    if question.narrowed:
        return not_by_model(TURNS, "Replies")
    ended = {day: facts for day, facts in reads.days.items() if facts.sum("replies")}
    if not ended:
        return nothing(TURNS, NO_REPLIES)
    counts = {day: (facts.sum("replies"), facts.number("turns", "multi")) for day, facts in ended.items()}
    rows = tuple((day, all_, multi, engagement.share(multi, all_)) for day, (all_, multi) in counts.items())
    whole = reads.facts
    share = engagement.multi_turn_share(whole)
    days = _filled(counts)
    pairs = [counts.get(day, (0, 0)) for day in days]
    chart = Columns(
        "Replies by turns",
        ("One turn", "Several turns"),
        tuple(day_words(f"{day}") for day in days),
        tuple((float(all_ - multi), float(multi)) for all_, multi in pairs),
        noun="replies",
        palette="series",
        low=True,
        missing=frozenset(at for at, day in enumerate(days) if day not in counts),
    )
    return Contents(
        Sheet(TURNS, rows, total=("All", whole.sum("replies"), whole.number("turns", "multi"), share)),
        thinned(chart),
        total=words.share(share),
        href=rows_address("replies", question),
    )
