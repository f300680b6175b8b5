"""Figures of panels in words for the page: short where space is short, with all digits in the title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sessions_app import offering
from sessions_app.agent.labels.words import PRICE_UNKNOWN, day, estimate, moment_words, short, span

from .panel import Change, Headline, Kind, Value
from .question import Question

NARROW = "\u00a0"
LONG = 1_000_000
"""From here on a count of the strip is short."""
Direction = Literal["up", "down", "same"]


@dataclass(frozen=True, slots=True)
class Told:
    """`title` has every digit, where the text has not."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """`kind` is well, ill, or nothing where that is not certain."""

    direction: Direction
    text: str
    before: str
    title: str
    kind: Literal["", "well", "ill"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline as the strip shows it."""

    key: str
    name: str
    value: Told
    href: str
    moved: Moved | None
    unpriced: str


def told(value: Value, kind: Kind) -> Told:
    """A value of a column; what is not known is said."""
    if value is None:
        return Told(PRICE_UNKNOWN if kind == "money" else "–", _("Not known"))
    if isinstance(value, datetime):
        today = timezone.now().astimezone(value.tzinfo).date()
        return Told(moment_words(value, today), f"{value:%Y-%m-%d %H:%M:%S}")
    if isinstance(value, str | date):
        found = value if isinstance(value, date) else day(value) if kind == "day" else None
        return Told(date_format(found, "j F"), date_format(found, "j F Y")) if found else Told(f"{value}")
    match kind:
        case "money":
            return Told(estimate(value), digits(value))
        case "ms":
            return Told(span(value), f"{value:,}{NARROW}ms")
        case "share":
            return Told(share(float(value)))
        case "number":
            return Told(f"{value:,.10g}" if isinstance(value, float) else f"{value:,}")
    return Told(f"{value:,}")


def digits(value: int | float | Decimal) -> str:
    """Money as exactly as it is known."""
    exact = f"{Decimal(str(value)).normalize():,f}"
    return f"${exact}" if "." in exact else f"${exact}.00"


def share(part: float) -> str:
    return f"{part * 100:.1f}{NARROW}%" if part < 1 else f"{part * 100:.0f}{NARROW}%"


def figure(headline: Headline) -> Figure:
    value = _short(headline.value, headline.kind)
    return Figure(
        headline.key,
        headline.name,
        value,
        headline.href,
        _moved(headline.change, headline.kind, headline.value) if headline.change else None,
        _unpriced(headline.unpriced),
    )


def _unpriced(calls: int) -> str:
    if not calls:
        return ""
    return _("and 1 call of unknown price") if calls == 1 else _("and %d calls of unknown price") % calls


def _short(value: Value, kind: Kind) -> Told:
    if kind == "count" and isinstance(value, int) and value >= LONG:
        return Told(short(value), f"{value:,}")
    return told(value, kind)


def _moved(change: Change, kind: Kind, value: Value) -> Moved | None:
    """How a figure moved; without a former value, or from nothing at all, nothing is said."""
    if change.before is None or (change.share is None and not change.before):
        return None
    before = _short(change.before, kind)
    if change.share is None:
        return Moved("same", "", before.text, before.title, "")
    points = _points(change, kind, value)
    direction: Direction = "up" if points > 0 else "down" if points < 0 else "same"
    unit = "pt" if kind == "share" else "%"
    size = f"{abs(points):.1f}" if kind == "share" else f"{abs(points):,.0f}"
    sign = {"up": "+", "down": "−", "same": ""}[direction]
    certain = change.better is not None and direction != "same"
    kind_of_change: Literal["", "well", "ill"] = (
        ("well" if change.better == (direction == "up") else "ill") if certain else ""
    )
    return Moved(direction, f"{sign}{size}{NARROW}{unit}", before.text, before.title, kind_of_change)


def _points(change: Change, kind: Kind, value: Value) -> float:
    """Of a share the difference of what is shown: 97.9 % against 97.9 % is none."""
    if kind == "share" and isinstance(value, float) and isinstance(change.before, float):
        return round(round(value * 100, 1) - round(change.before * 100, 1), 1)
    return round((change.share or 0) * 100, 1 if kind == "share" else 0)


# ---------------------------------------------------------------- periods


def period_words(question: Question, *, nothing_before: bool = False) -> str:
    """ "1 to 20 November, compared with 1 to 20 October"."""
    days = days_words(question.span.days, question.today)
    former = question.former
    if former is None or not former.days:
        return days
    if nothing_before:
        return _("%(days)s, nothing before") % {"days": days}
    earlier = days_words(former.days, question.today)
    return _("%(days)s, compared with %(earlier)s") % {"days": days, "earlier": earlier}


def days_words(days: Sequence[date], today: date) -> str:
    """A span of days; the year is said where it is not this one."""
    if not days:
        return _("All time")
    first, last = days[0], days[-1]
    end = date_format(last, "j F" if last.year == today.year else "j F Y")
    if first == last:
        return end
    alike = (first.year, first.month) == (last.year, last.month)
    begin = date_format(first, "j" if alike else "j F" if first.year == last.year else "j F Y")
    return _("%(first)s to %(last)s") % {"first": begin, "last": end}


def whole_words(question: Question) -> str:
    """What is asked, for a sentence: the period as it goes on from day to day, whose figures, what of them."""
    days = days_words(question.span.days, question.today)
    going_on = {
        "today": _("today"),
        "week": _("the last 7 days"),
        "30d": _("the last 30 days"),
        "month": _("this month"),
        "all": _("all time"),
    }
    person = question.person.username if question.everyone and question.person else ""
    whose = (person or _("everyone")) if question.everyone else _("my data")
    named = (
        question.model and offering.label(question.model, question.provider),
        question.provider and offering.provider_label(question.provider),
    )
    parts = (going_on.get(question.span.name, days), whose, *named)
    return ", ".join(part for part in parts if part)
