"""What all tools have in common: their arguments, on whose behalf they read, and the fields every result holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils import timezone
from pydantic import Field

from analytics_app.queries.periods import Period, TimeRange, period
from sessions_app.agent.tools import ToolContext, ToolRefused
from sessions_app.models import User

Scope = Literal["own", "everyone"]

RangeArgument = Annotated[
    TimeRange,
    Field(description="today; week: the last 7 days with today; month: this calendar month; all: all time"),
]
ScopeArgument = Annotated[
    Scope, Field(description="own: the person who asks; everyone: the whole workspace, for staff only")
]
STAFF_ONLY = "Only staff may see everyone's figures. One's own are there without that."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, their time zone, and whether they asked for everyone's figures (they may, then)."""

    user: User
    zone: tzinfo
    now: datetime
    everyone: bool = False

    @classmethod
    def of(cls, context: ToolContext, scope: Scope = "own") -> Asker:
        """Raises ToolRefused where a member asks for everyone's figures."""
        user = User.objects.get(pk=context.user_id, is_active=True)
        if context.plain:
            user.lay_down_staff_rights()
        if scope == "everyone" and not user.is_staff:
            raise ToolRefused(STAFF_ONLY)
        return cls(user, user.zone, timezone.now(), scope == "everyone")

    @property
    def reads_texts(self) -> bool:
        """Whether texts and titles of other people may be shown."""
        return self.everyone and self.user.reads_others

    def period(self, name: TimeRange) -> Period:
        return period(name, self.now, self.zone)


def period_fields(asker: Asker, span: Period) -> dict[str, Any]:
    """The fields with which every result begins."""
    return {
        "period": span.words,
        "time_range": span.name,
        "from": span.start.isoformat() if span.start else None,
        "until": span.end.isoformat() if span.end else None,
        "scope": "everyone" if asker.everyone else "own",
    }


def plain(cost: Decimal | None) -> str | None:
    """All digits, no exponent, no trailing zeros; None where the price is unknown."""
    if cost is None:
        return None
    text = f"{cost:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
