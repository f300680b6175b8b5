"""Whether what calls cost is known."""

from __future__ import annotations

from datetime import datetime, timedelta

from sessions_app.models import TokenUsage
from sessions_app.pricing import TABLE

from .parts import Component, Status

OLD, VERY_OLD = 90, 365  # days
LOOKED_AT = timedelta(days=30)


def price_table(now: datetime) -> Component:
    """How old the maintained table is, and whether calls of the last 30 days have no price."""
    days = max(0, (now.date() - TABLE.published).days)
    unpriced = TokenUsage.objects.filter(
        cost__isnull=True, settled_at__isnull=False, at__gte=now - LOOKED_AT
    ).count()
    status: Status = "down" if days > VERY_OLD else "degraded" if days > OLD or unpriced else "ok"
    detail = (
        f"The table of prices ({TABLE.name} {TABLE.version}) is {days:,} day{'' if days == 1 else 's'} old."
    )
    if days > OLD:
        detail += " Newer models may have no price, and prices may have changed: update the workspace."
    if unpriced == 1:
        detail += " One call of the last 30 days has no known price."
    elif unpriced:
        detail += f" {unpriced:,} calls of the last 30 days have no known price."
    return Component("Price table", status, detail, days, "days", key="prices", at=now)
