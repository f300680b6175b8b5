"""What the month will have cost at its end."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate

from analytics_app import insights
from analytics_app.dashboard.panel import Column, Contents, Sheet
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.insights import Range, days_between
from analytics_app.queries import budgets
from sessions_app.agent.labels.views import Figure, Line, Projection
from sessions_app.agent.labels.words import day_words, estimate, money

from .sheets import nothing, rows_address

COLUMNS = (Column("figure", "Figure"), Column("usd", "USD", "money"))
NOTHING = "Nothing was spent this month, and nothing in the weeks before it that tells what will be."


Sums = tuple[Decimal, Decimal]


def budget_of(question: Question) -> Sums | None:
    """The limit of the month and what counts against it, in USD: a person's, or the whole workspace's. None where none
    is set, and for a part of the calls, which no budget counts by itself."""
    if question.model or question.provider:
        return None
    person = question.person
    found = (
        budgets.workspace_limit(question.now) if person is None else budgets.money_limit(person, question.now)
    )
    return (found.limit, found.spent) if found else None


def month_end(question: Question, reads: Reads) -> Contents:
    """Of this month, whatever period was chosen."""
    found = insights.month_end(reads.daily, question.today)
    if not found.spent and not found.end.high:
        return nothing(COLUMNS, NOTHING)
    a_day = (found.spent / question.today.day).quantize(Decimal("0.000001"))
    week = insights.next_days(reads.daily, question.today)
    rows = (
        ("Spent so far", found.spent),
        *((f"End of the month, {name}", usd) for name, usd in _named(found.end)),
        ("A day so far", a_day),
        *((f"Next 7 days, {name}", usd) for name, usd in _named(week)),
    )
    budget = budget_of(question)
    return Contents(
        Sheet(COLUMNS, rows),
        _line(question, reads, found.end, budget),
        total=estimate(found.end.expected),
        figures=(Figure("A day so far", estimate(a_day)), Figure("Spent so far", money(found.spent))),
        said=(
            _range_said(question, found.end),
            *_budget_said(question, reads, budget),
            found.method,
        ),
        href=rows_address("calls", question, time_range="month", sort="cost", **{"from": "", "until": ""}),
    )


def _named(found: Range) -> tuple[tuple[str, Decimal], ...]:
    return ("expected", found.expected), ("low", found.low), ("high", found.high)


def _line(question: Question, reads: Reads, end: Range, budget: Sums | None) -> Line:
    """The sum of the month day by day, and where it is heading."""
    first, last = insights.month_of(question.today)
    days = days_between(first, question.today)
    steps = (last - question.today).days
    ahead = Projection(
        day_words(f"{last}"), steps, float(end.expected), float(end.low), float(end.high), sums=True
    )
    return Line(
        "Cost of this month, added up",
        tuple(day_words(f"{day}") for day in days),
        tuple(accumulate(float(reads.daily.get(day, 0)) for day in days)),
        "$",
        projection=ahead,
        limit=(float(budget[0]), f"Budget {estimate(budget[0])}") if budget else None,
    )


def _range_said(question: Question, end: Range) -> str:
    if question.today == insights.month_of(question.today)[1]:
        return "Today is the last day of the month; what comes today is added."
    return f"Likely between {estimate(end.low)} and {estimate(end.high)}."


def _budget_said(question: Question, reads: Reads, budget: Sums | None) -> tuple[str, ...]:
    if budget is None:
        return ()
    limit, spent = budget
    if spent >= limit:
        return ("The budget of this month is spent.",)
    last = insights.month_of(question.today)[1]
    ends = insights.ends_on(reads.daily, question.today, spent=spent, limit=limit, last=last)
    if ends is None:
        return ("At this rate the budget lasts for this month.",)
    return (f"At this rate the budget ends on {day_words(f'{ends}')}.",)
