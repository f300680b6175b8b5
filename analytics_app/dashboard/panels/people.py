"""Who uses the workspace most."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.db.models import Count

from analytics_app.dashboard.panel import Column, Contents, Sheet
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.queries.tokens import TokenSums
from sessions_app.agent.labels.views import Bar, Bars
from sessions_app.models import User

from .sheets import COST, MESSAGES, NO_MESSAGES, TOKENS, not_by_model, nothing

COLUMNS = (
    Column("place", "Place", "count"),
    Column("user", "Person"),
    MESSAGES,
    Column("sessions", "Sessions", "count"),
    TOKENS,
    COST,
)
SHOWN, BARS = 500, 20
ONE = "One person was chosen; there is nobody to compare them with."


def leaderboard(question: Question, reads: Reads) -> Contents:
    """People by the messages they wrote. The setting LEADERBOARD_NAMES says whether they are named."""
    if question.narrowed:
        return not_by_model(COLUMNS, "Messages")
    if question.person is not None:
        return nothing(COLUMNS, ONE)
    written: Counter[str] = Counter()
    for facts in reads.days.values():
        written.update(facts.authors)
    if not written:
        return nothing(COLUMNS, NO_MESSAGES)
    leading = sorted(written.items(), key=lambda item: (-item[1], int(item[0])))[:SHOWN]
    names = dict(User.objects.filter(pk__in=[key for key, _ in leading]).values_list("pk", "username"))
    spent = dict(reads.people)
    owned = reads.active(question.span).order_by().values("owner").annotate(n=Count("pk"))
    sessions = dict(owned.filter(owner__in=names).values_list("owner", "n"))
    shown = settings.LEADERBOARD_NAMES
    rows, links = [], {}
    for at, (key, count) in enumerate((key, n) for key, n in leading if int(key) in names):
        name = names[int(key)]
        sums = spent.get(name, TokenSums())
        told = name if shown else f"Person {at + 1}"
        rows.append((at + 1, told, count, sessions.get(int(key), 0), sums.total, sums.known_cost))
        if shown:
            links[at] = f"/dashboard/?{question.query(user=name)}"
    bars = tuple(Bar(row[1], (row[2],), f"{row[2]:,}") for row in rows[:BARS])
    return Contents(
        Sheet(COLUMNS, tuple(rows), cells={(at, 1): link for at, link in links.items()}),
        Bars("Messages written", ("Messages",), bars, "series"),
        total="1 person" if len(written) == 1 else f"{len(written):,} people",
        said=() if shown else ("Names are hidden in this workspace.",),
    )
