"""Columns that several panels have, addresses of the rows behind figures, and the words for what is not there."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from analytics_app.dashboard.panel import Column, Contents, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.queries.tokens import Named, TokenSums, added
from sessions_app.agent.labels import words

DAY = Column("day", "Day", "day")
COST = Column("cost", "Cost", "money")
TOKENS = Column("tokens", "Tokens", "count")
CALLS = Column("calls", "Calls", "count")
UNPRICED = Column("unpriced_calls", "Of unknown price", "count")
MESSAGES = Column("messages", "Messages", "count")
SESSION_KEY = Column("session_id", "Key of the session", programs=True)
SPENT = (COST, TOKENS, CALLS, UNPRICED)

NO_CALLS = "No model was called in this period."
NO_MESSAGES = "Nothing was written in this period."
NOT_BY_MODEL = "{what} are not kept by model or provider. They are shown when no model or provider is chosen."
UNPRICED_WORDS = "The price of {calls} is unknown; what they cost is not in the sum."


def rows_address(kind: str, question: Question, **more: str) -> str:
    """The page with the rows behind a figure: `kind` is calls, sessions, messages, replies or tools."""
    return f"/dashboard/rows/{kind}/?{question.query(**more)}"


def people_address(question: Question) -> str:
    """Everyone's dashboard at the panel of those who wrote."""
    return f"/dashboard/?{question.query()}#panel-leaderboard"


def nothing(columns: tuple[Column, ...], why: str) -> Contents:
    return Contents(Sheet(columns, ()), absent=why)


def not_by_model(columns: tuple[Column, ...], what: str) -> Contents:
    return nothing(columns, NOT_BY_MODEL.format(what=what))


def spent(sums: TokenSums) -> tuple[Value, ...]:
    """The cells of SPENT."""
    return sums.known_cost, sums.total, sums.calls, sums.unpriced_calls


def named_sheet(column: Column, rows: Iterable[Named], links: dict[int, str] | None = None) -> Sheet:
    """A row of sums for each name, and their total."""
    found = list(rows)
    cells = tuple((name, *spent(sums)) for name, sums in found)
    return Sheet((column, *SPENT), cells, links, ("All", *spent(added(found))))


def unpriced_said(sums: TokenSums) -> tuple[str, ...]:
    if not sums.unpriced_calls:
        return ()
    return (UNPRICED_WORDS.format(calls=words.counted(sums.unpriced_calls, "call")),)


def most_costly(rows: Iterable[Named]) -> list[Named]:
    """Those of unknown price last."""
    return sorted(rows, key=lambda row: (-(row[1].known_cost or Decimal(-1)), -row[1].total, row[0]))
