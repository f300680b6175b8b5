"""The spans that budgets count in: whole minutes, and days and months of the site's time zone, alike for everyone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from analytics_app.queries.periods import DAY, EARLIEST, LATEST, day_of, midnight

MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """Half-open, as instants in UTC."""

    begins: datetime
    ends: datetime


EVER = Span(midnight(EARLIEST, UTC), midnight(LATEST, UTC))


def site_zone() -> tzinfo:
    """Nobody moves their budget's day by a preference."""
    return ZoneInfo(settings.TIME_ZONE)


def span_of(period: str, at: datetime, zone: tzinfo | None = None) -> Span:
    """The span of this kind (minute, day, month, ever) that holds `at`."""
    zone = zone or site_zone()
    match period:
        case "minute":
            begins = at.astimezone(UTC).replace(second=0, microsecond=0)
            return Span(begins, begins + MINUTE)
        case "day":
            day = day_of(at, zone)
            return _between(day, day + DAY, zone)
        case "month":
            first = day_of(at, zone).replace(day=1)
            return _between(first, (first + 32 * DAY).replace(day=1), zone)
        case "ever":
            return EVER
    raise ValueError(period)


def _between(first: date, after: date, zone: tzinfo) -> Span:
    return Span(midnight(first, zone).astimezone(UTC), midnight(after, zone).astimezone(UTC))
