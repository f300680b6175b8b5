"""Single facts about calls: when the last one was, which models there were."""

from __future__ import annotations

from datetime import date, tzinfo

from analytics_app.models import DailyUsage
from analytics_app.queries.periods import day_of
from sessions_app import offering
from sessions_app.models import TokenUsage, User

from .question import Question


def last_day(asked: Question) -> date | None:
    """The day of the newest call that fits the question, whatever its period."""
    rows = TokenUsage.objects
    calls = rows.for_user(asked.person) if asked.person else rows.all_for_staff(asked.asker)
    wanted = {name: value for name, value in (("model", asked.model), ("provider", asked.provider)) if value}
    last = (
        calls.filter(settled_at__isnull=False, **wanted).order_by("-at").values_list("at", flat=True).first()
    )
    return day_of(last, asked.zone) if last else None


def named_models(staff: User, zone: tzinfo) -> set[tuple[str, str]]:
    """Provider and model of all that was called on days that are over, and of what is offered now."""
    days = DailyUsage.objects.all_for_staff(staff).filter(zone=str(zone)).order_by()
    found = set(days.values_list("provider", "model").distinct())
    return found | {(info.provider, info.id) for info in offering.offered()}
