"""What the tools about sessions and people have in common: whose rows they count, and how they compare periods."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from analytics_app.facts import Facts
from analytics_app.queries import sessions
from analytics_app.queries.activity import Activity
from analytics_app.queries.periods import Period
from analytics_app.queries.tokens import change
from sessions_app.models import ChatSession

from .asking import Asker

DAYS_SHOWN = 31


def chats_of(asker: Asker) -> QuerySet[ChatSession]:
    """The sessions the asker owns, or all."""
    return sessions.all_for_staff(asker.user) if asker.everyone else sessions.owned_by(asker.user)


def activity_of(asker: Asker) -> Activity:
    make = Activity.all_for_staff if asker.everyone else Activity.for_user
    return make(asker.user, asker.zone)


def whole(asker: Asker) -> int | None:
    """The owner whose rows count; None for everyone's."""
    return None if asker.everyone else asker.user.pk


def session_fields(chats: QuerySet[ChatSession], found: sessions.SessionCounts) -> dict[str, int]:
    return {"total_sessions": chats.count(), "active_sessions": found.active}


def messages_per_session(facts: Facts, active: int) -> float | None:
    return round(facts.messages / active, 1) if active else None


def compared(now: Mapping[str, Any], words: str, then: Mapping[str, Any] | None) -> dict[str, Any]:
    """`before` and `change` for the figures of `then`, which `now` has too."""
    if then is None:
        return {"before": None, "change": None}
    return {
        "before": {"period": words, **then},
        "change": {name: change(_number(now[name]), _number(value)) for name, value in then.items()},
    }


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def whose(asker: Asker) -> str:
    return "all sessions" if asker.everyone else "the sessions you own"


def counted(asker: Asker, facts: Facts) -> str:
    """Which rows were counted, in a sentence."""
    return (
        f"{facts.messages:,} messages and {facts.sum('replies'):,} replies that ended, in "
        f"{whose(asker)}, replaced versions and deleted sessions too, days of {asker.zone}."
    )


def dashboard(asker: Asker, span: Period) -> str:
    """The page that shows the same rows."""
    return f"/dashboard/?time_range={span.name}{'&scope=everyone' if asker.everyone else ''}"
