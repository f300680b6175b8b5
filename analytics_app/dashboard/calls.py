"""Single facts about calls: when the last one was, which models there were."""

from __future__ import annotations

from datetime import date

from analytics_app.models import DailyUsage
from analytics_app.queries.periods import day_of
from sessions_app import offering
from sessions_app.models import TokenUsage

from .question import Question

NEWEST = 5_000  # calls that are looked at for what days do not tell yet
UNKNOWN = "There are no calls of “%(name)s”."


def last_day(asked: Question) -> date | None:
    """The day of the newest call that fits the question, whatever its period."""
    rows = TokenUsage.objects
    calls = rows.for_user(asked.person) if asked.person else rows.all_for_staff(asked.asker)
    wanted = {name: value for name, value in (("model", asked.model), ("provider", asked.provider)) if value}
    last = (
        calls.filter(settled_at__isnull=False, **wanted).order_by("-at").values_list("at", flat=True).first()
    )
    return day_of(last, asked.zone) if last else None


def used(asked: Question) -> set[tuple[str, str]]:
    """Provider and model of all that was called, whatever the period: of days that are added up, and of the newest
    calls."""
    rows, days = TokenUsage.objects, DailyUsage.objects
    if asked.person is None:
        calls, kept = rows.all_for_staff(asked.asker), days.all_for_staff(asked.asker)
    else:
        calls, kept = rows.for_user(asked.person), days.for_user(asked.person)
    pairs = ("provider", "model")
    newest = calls.filter(settled_at__isnull=False).order_by("-at").values_list(*pairs)[:NEWEST]
    return {*kept.order_by().values_list(*pairs).distinct(), *newest}


def choices(asked: Question) -> dict[str, dict[str, str]]:
    """Models and providers to choose from, ids with their names: those that were called, in the order of names."""
    found = used(asked)
    models = {model: offering.label(model, provider) for provider, model in found}
    providers = {provider: offering.provider_label(provider) for provider, _ in found}
    if asked.model:
        models.setdefault(asked.model, offering.label(asked.model, asked.provider))
    if asked.provider:
        providers.setdefault(asked.provider, offering.provider_label(asked.provider))
    return {
        name: dict(sorted(each.items(), key=lambda item: item[1].lower()))
        for name, each in (("models", models), ("providers", providers))
    }


def unknown(asked: Question) -> str:
    """What is said where the model or provider of an address was never called; empty where they were."""
    if not asked.narrowed:
        return ""
    found = used(asked)
    if asked.provider and asked.provider not in {provider for provider, _ in found}:
        return UNKNOWN % {"name": asked.provider}
    return (
        ""
        if not asked.model or asked.model in {model for _, model in found}
        else UNKNOWN % {"name": asked.model}
    )


def nothing_before(asked: Question) -> bool:
    """Whether no call at all lies before the period."""
    rows = TokenUsage.objects
    calls = rows.for_user(asked.person) if asked.person else rows.all_for_staff(asked.asker)
    start = asked.span.start
    return start is not None and not calls.filter(settled_at__isnull=False, at__lt=start).exists()
