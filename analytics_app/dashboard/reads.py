"""What the panels of one page read together: each thing is asked once, when the first panel needs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet

from analytics_app import insights
from analytics_app.facts import Facts, total
from analytics_app.insights import Anomaly
from analytics_app.queries import costs, engagement, sessions
from analytics_app.queries.costs import Recent, folded
from analytics_app.queries.engagement import Times
from analytics_app.queries.ledger import DayKey, Ledger
from analytics_app.queries.periods import Period
from analytics_app.queries.tokens import GroupBy, Named, TokenSums, added, grouped
from sessions_app.actions import audit
from sessions_app.models import ChatSession

from . import timed
from .question import Question
from .series import Series, arranged

PLACES: dict[GroupBy, int] = {"day": 0, "provider": 1, "model": 2, "purpose": 3}


@dataclass(frozen=True, slots=True)
class Taken:
    """How long replies took: `response` and `first_token`, of all days and of each."""

    whole: Mapping[str, Times]
    days: Mapping[date, Mapping[str, Times]]


class Reads:
    """Of one question. Nothing here is kept beyond the request."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def note_topics(self) -> None:
        """Write down that what others write about is read, before it is shown: whose, or that it was everyone's."""
        asker, person = self.question.asker, self.question.person
        if person != asker:
            words = self.question.span.words
            audit.record_look(actor=asker, action="read topics", subject=person or "everyone", detail=words)

    def note_titles(self, sessions: Iterable[UUID]) -> None:
        """Write down that titles of others are read, for each session, before any is shown."""
        audit.record_read(actor=self.question.asker, action="read title", sessions=sessions, look=True)

    # ------------------------------------------------------------ the ledger

    @cached_property
    def ledger(self) -> Ledger:
        return self.question.ledger()

    @cached_property
    def recent(self) -> Recent:
        span = self.question.span
        return Recent(self.ledger, self.question.today, None if span.start else span)

    @cached_property
    def rows(self) -> Mapping[DayKey, TokenSums]:
        return self.recent.rows(self.question.span)

    @cached_property
    def by_name(self) -> dict[GroupBy, list[Named]]:
        """Sums of the period by day, provider, model and purpose."""
        return {group: folded(self.rows, place, group) for group, place in PLACES.items()}

    @cached_property
    def people(self) -> list[Named]:
        return self.ledger.sums_by(self.question.span, "user")

    @cached_property
    def sums(self) -> TokenSums:
        return added(self.by_name["model"])

    @cached_property
    def former_sums(self) -> TokenSums | None:
        former = self.question.former
        return None if former is None else added(folded(self.recent.rows(former), PLACES["model"], "model"))

    @cached_property
    def costs_by_model(self) -> Mapping[date, Mapping[str, Decimal]]:
        """Known costs of the last days by model: what projections and unusual days are told from."""
        return self.recent.by_model()

    @cached_property
    def daily(self) -> dict[date, Decimal]:
        return costs.per_day(self.costs_by_model)

    @cached_property
    def odd(self) -> list[Anomaly]:
        looked_at = costs.looked_at(self.question.span, self.question.today)
        return insights.anomalies(self.daily, looked_at)

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The models of the period, each in its place in every chart."""
        return arranged(name for name, _ in self.by_name["model"])

    @cached_property
    def by_day_and_model(self) -> dict[tuple[date, str], TokenSums]:
        """Sums of the period's days by model, in the order of days."""
        found = grouped(((day, model), sums) for (day, _, model, _), sums in self.rows.items())
        return {key: found[key] for key in sorted(found)}

    @cached_property
    def cost_by_day_and_series(self) -> dict[date, dict[str, Decimal]]:
        """Known costs of the period's days by the places of series."""
        places = {model: each.place for each in self.series for model in each.models}
        found: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for (day, model), sums in self.by_day_and_model.items():
            found[day][places[model]] += sums.cost
        return found

    # ------------------------------------------------------------ what happened

    @cached_property
    def days(self) -> dict[date, Facts]:
        return self.question.activity().days(self.question.span)

    @cached_property
    def facts(self) -> Facts:
        return total(self.days.values())

    @cached_property
    def former_days(self) -> dict[date, Facts] | None:
        former = self.question.former
        if former is None:
            return None
        return self.question.activity().days(former, "messages", "replies", "calls")

    @cached_property
    def former_facts(self) -> Facts | None:
        if self.former_days is None:
            return None
        groups = ("messages", "first_token", "calls", "successes", "sums")
        return total(self.former_days.values(), *groups)

    @cached_property
    def taken(self) -> Taken | None:
        """From the facts, or of one model or provider from its calls; None where those are too many."""
        if self.question.narrowed:
            if self.sums.calls > timed.MOST_CALLS:
                return None
            whole, days = timed.of_calls(self.ledger.calls(self.question.span), self.question.zone)
        else:
            whole, days = self.facts, self.days
        return Taken(_times(whole), {day: _times(facts) for day, facts in days.items()})

    # ------------------------------------------------------------ sessions

    @cached_property
    def chats(self) -> QuerySet[ChatSession]:
        """The sessions asked about that are not deleted: of one person, or all."""
        person = self.question.person
        return sessions.all_for_staff(self.question.asker) if person is None else sessions.owned_by(person)

    @property
    def owner(self) -> int | None:
        """Whose sessions; None for everyone's."""
        person = self.question.person
        return None if person is None else person.pk

    def active(self, span: Period) -> QuerySet[ChatSession]:
        return sessions.active(self.chats, span, self.question.now)


def _times(facts: Facts) -> dict[str, Times]:
    return {name: engagement.times(facts, name) for name in ("response", "first_token")}
