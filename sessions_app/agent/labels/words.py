"""Figures in words for people: money, counts, shares, spans of time, days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .reading import number

PERIOD_WORDS = {"today": "today", "week": "last 7 days", "month": "this month", "all": "all time"}
PRICE_UNKNOWN = "price unknown"


def money(cost: Any) -> str:
    """USD with four decimals; no price is not a price of 0, and a real one is never shown as 0."""
    return _dollars(cost, 4)


def estimate(cost: Any) -> str:
    """USD with two decimals, for what is not paid yet."""
    return _dollars(cost, 2)


def _dollars(cost: Any, places: int) -> str:
    try:
        amount = Decimal(str(cost))
    except InvalidOperation:
        return PRICE_UNKNOWN
    if not amount.is_finite() or abs(amount) > 10**15:
        return PRICE_UNKNOWN
    least = Decimal(1).scaleb(-places)
    return f"under ${least}" if 0 < amount < least / 2 else f"${amount:,.{places}f}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def share(value: Any) -> str:
    """A part of one, 0 to 1, in per cent; nothing where there was nothing to divide."""
    part = number(value)
    return "" if part is None else f"{part * 100:,.{0 if part >= 0.1 or not part else 1}f}\u00a0%"


def span(ms: Any) -> str:
    """Milliseconds as "0.34 s", "2 min 5 s"."""
    value = number(ms)
    if value is None:
        return ""
    if value < 60_000:
        return f"{value / 1000:.2f}\u00a0s" if value < 10_000 else f"{value / 1000:.0f}\u00a0s"
    return f"{int(value // 60_000):,}\u00a0min {int(value // 1000 % 60)}\u00a0s"


def size_words(count: int) -> str:
    """ "340 B", "12 KB", "1.4 MB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def short(value: float) -> str:
    """A figure where space is short: "5.09 M", "377 K"."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K")):
        if value >= size:
            scaled = value / size
            return f"{scaled:.{0 if scaled >= 100 else 1 if scaled >= 10 else 2}f}\u00a0{unit}"
    return f"{value:,.0f}"


def day(value: Any) -> date | None:
    """The day of an ISO date."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def day_words(value: Any) -> str:
    """ "15 November"; as it is where it is no date."""
    at = day(value)
    return f"{at.day} {at:%B}" if at else str(value)[:40]


def moment_words(at: datetime, today: date) -> str:
    """A moment in its own zone: "Today, 14:02", then "Yesterday, ...", then "17 November, ..."."""
    days = {today: "Today", today - timedelta(days=1): "Yesterday"}
    day = days.get(at.date()) or f"{at.day} {at:%B}" + (f" {at.year}" if at.year != today.year else "")
    return f"{day}, {at:%H:%M}"


def runtime(seconds: int) -> str:
    """As the counter of the footer counts on: "45 s", "11 m 09 s", "2 h 05 m"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}\u00a0h {minutes:02}\u00a0m"
    return f"{minutes}\u00a0m {rest:02}\u00a0s" if minutes else f"{rest}\u00a0s"
