"""Which span of time a question means. The tools know four; what lies between becomes the nearest, with a word."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

TODAY, WEEK, MONTH, ALL = "today", "week", "month", "all"
NEAREST = {
    TODAY: "today, since midnight",
    WEEK: "the last 7 days",
    MONTH: "this calendar month so far",
    ALL: "all time",
}
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
NUMBERS = {
    "a": 1,
    "one": 1,
    "two": 2,
    "couple": 2,
    "three": 3,
    "few": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fourteen": 14,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
}


@dataclass(frozen=True, slots=True)
class Span:
    """`said` are the words of the question, at `place`; `exact` is False where `name` is only the nearest to them."""

    name: str
    said: str
    place: int
    exact: bool = True

    @property
    def remark(self) -> str:
        if self.exact:
            return ""
        said = re.sub(r"^(in|on|for|from|during|over|of|within) +", "", self.said)
        said = NAMES.sub(lambda hit: hit[0].capitalize(), said)
        return f"I cannot look at “{said}” by itself; the nearest I have is {NEAREST[self.name]}."


Meaning = Callable[[re.Match[str], date], tuple[str, bool]]


def _is(name: str, exact: bool = True) -> Meaning:
    return lambda hit, today: (name, exact)


def _counted(hit: re.Match[str], today: date) -> tuple[str, bool]:
    """“the last 3 days”, “past two weeks”, “last 24 hours”."""
    raw = hit["number"] or "one"
    number = int(raw) if raw.isdigit() else NUMBERS[raw]
    unit = hit["unit"]
    if unit == "hour":
        return (TODAY, False) if number <= 24 else (WEEK, False)
    days = number * {"day": 1, "week": 7, "month": 30, "year": 365}[unit]
    if unit == "day" and number == 1:
        return TODAY, False
    name = WEEK if days <= 7 else MONTH if days <= 31 else ALL
    return name, days == 7 and (unit == "day" or not hit["number"])


def _month(hit: re.Match[str], today: date) -> tuple[str, bool]:
    this_month = hit["month"] == MONTHS[today.month - 1]
    year = hit["year"]
    same = this_month and (year is None or int(year) == today.year)
    return (MONTH, True) if same else (ALL, False)


NUMBER = rf"(?P<number>\d{{1,4}}|{'|'.join(NUMBERS)})"
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
MONTH_NAME = rf"(?P<month>{'|'.join(MONTHS)})"
NAMES = re.compile(rf"\b(?:{'|'.join(MONTHS)}|{WEEKDAY})\b")

# What only sounds like a span, or lies ahead.
FUTURE = re.compile(
    r"\b(?:(?:the )?(?:next|coming|following|upcoming) (?:(?:\d+|\w+) )?(?:days?|weeks?|months?|quarter|year)"
    r"|tomorrow|(?:at |by |until )?(?:the )?(?:end|rest|close) of (?:the|this) (?:week|month|year)|month[- ]end"
    r"|upcoming|ahead)\b"
)
NO_SPANS = re.compile(r"\b(?:days? of the week|week ?days?|(?:hours?|times?) of (?:the )?day|day by day)\b")

RULES: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), meaning)
    for pattern, meaning in (
        (
            rf"(?:(?:in|over|during|for|within|from) )?(?:the |these )?(?:last|past|previous) (?:{NUMBER} (?:of )?)"
            r"(?P<unit>hour|day|week|month|year)s?",
            _counted,
        ),
        (
            rf"(?:since|on|until|before|after|from) (?:last )?{WEEKDAY}|last {WEEKDAY}|{WEEKDAY}",
            _is(WEEK, False),
        ),
        (r"(?:(?:on|over|during|since) )?(?:the |this |last )?weekend", _is(WEEK, False)),
        (r"(?:since |from |of )?(?:the day before )?yesterday(?:'s)?", _is(WEEK, False)),
        (
            r"(?:in |during |of |from )?(?:the )?(?:last|past|this|previous) hour|(?:since|after) (?:noon|lunch)",
            _is(TODAY, False),
        ),
        (r"today(?:'s)?|this (?:morning|afternoon|evening)|tonight|since midnight", _is(TODAY)),
        (
            r"(?:in |from |of |since )?(?:the )?(?:last|previous) week(?:'s)?|(?:the )?week before(?: last)?",
            _is(WEEK, False),
        ),
        (r"(?:this |the |past |current |a |per |each )*week(?:'s|ly)?(?: to date)?", _is(WEEK)),
        (
            r"(?:in |from |of |since )?(?:the )?(?:last|previous|past) month(?:'s)?|(?:the )?month before(?: last)?",
            _is(MONTH, False),
        ),
        (
            rf"(?:(?:in|since|during|of|for|from|last|this|until|before) )+{MONTH_NAME}(?: (?P<year>20\d\d))?",
            _month,
        ),
        (
            r"(?:since|on|in|from|after|before) (?:the )?\d{1,2}(?:st|nd|rd|th)|20\d\d-\d\d-\d\d"
            r"|(?:(?:in|since|during|of|for) )?(?:20\d\d|(?:the )?(?:this|last|past|current)? ?(?:year|quarter)(?:'s)?)",
            _is(ALL, False),
        ),
        (
            r"(?:this |the |current |calendar |a |per |each )*month(?:'s|ly)?(?: to date| so far)?|mtd",
            _is(MONTH),
        ),
        (
            r"(?:of |for |over |in )?all[- ]time|since (?:the |my )?(?:very )?(?:start|beginning)"
            r"|from (?:the )?(?:start|beginning)|since forever|lifetime",
            _is(ALL),
        ),
    )
)
# These mean a span only where nothing else does: “this month so far”.
FAINT = (
    (
        re.compile(
            r"\b(?:ever|overall|in total|in all|so far|altogether|to date|until now|up to now|anytime)\b"
        ),
        ALL,
    ),
    (re.compile(r"\b(?:recent(?:ly)?|lately|these days|of late)\b"), WEEK),
)


def spans_of(text: str, today: date) -> tuple[list[Span], str]:
    """The spans of a lower-case text, each name once, as they come; and the text with their words blanked."""
    found: list[Span] = []
    read = NO_SPANS.sub(_blank, FUTURE.sub(_blank, text))
    for pattern, meaning in RULES:
        for hit in pattern.finditer(read):
            name, exact = meaning(hit, today)
            found.append(Span(name, hit[0].strip(), hit.start(), exact))
        read = pattern.sub(_blank, read)
    for span in found:
        text = without(text, span)
    for pattern, name in FAINT:
        if not found and (faint := pattern.search(read)):
            found.append(Span(name, faint[0], faint.start()))
    return _once_each(found), text


def without(text: str, span: Span) -> str:
    end = span.place + len(span.said)
    return text[: span.place] + " " * len(span.said) + text[end:]


def _blank(hit: re.Match[str]) -> str:
    return " " * len(hit[0])


def _once_each(found: list[Span]) -> list[Span]:
    """“this week and last week” is one span, which every tool compares with the one before."""
    named: dict[str, Span] = {}
    for span in sorted(found, key=lambda span: (not span.exact, span.place)):
        named.setdefault(span.name, span)
    return sorted(named.values(), key=lambda span: span.place)
