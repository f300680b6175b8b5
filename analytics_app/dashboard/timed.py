"""How long model calls took, from the ledger's own rows: for one model or provider, which facts do not know."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, tzinfo

from django.db.models import QuerySet

from analytics_app.facts import Facts, total
from analytics_app.queries.periods import day_of
from sessions_app.models import TokenUsage

MOST_CALLS = 20_000  # that are read one by one for a page


def of_calls(calls: QuerySet[TokenUsage], zone: tzinfo) -> tuple[Facts, dict[date, Facts]]:
    """Facts with `response` (the whole call, where it went well) and `first_token` of replies' calls: of all, by day."""
    days: dict[date, Facts] = defaultdict(Facts)
    rows = calls.filter(purpose=TokenUsage.Purpose.REPLY).order_by()
    for at, ok, took, first in rows.values_list("at", "ok", "duration_ms", "first_token_ms").iterator(2_000):
        facts = days[day_of(at, zone)]
        if ok and took is not None:
            facts.time("response", took)
        if first is not None:
            facts.time("first_token", first)
    return total(days.values()), {day: days[day] for day in sorted(days)}
