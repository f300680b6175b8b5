"""The panels there are."""

from __future__ import annotations

from decimal import Decimal

from analytics_app.queries.engagement import hours
from sessions_app.agent.labels.views import Columns, Heat

from .panel import Change, Column, Contents, Headline, Panel, Sheet
from .question import Question
from .reads import Reads


def _kinds(question: Question, reads: Reads) -> Contents:
    rows = question.ledger().sums_by(question.span, "day")
    names = tuple(f"{day[8:].lstrip('0')} November" for day, _ in rows)
    values = tuple((float(s.input), float(s.cache_read), float(s.output)) for _, s in rows)
    sheet = Sheet(
        (Column("day", "Day", "day"), Column("tokens", "Tokens", "count"), Column("cost", "Cost", "money")),
        tuple((day, sums.total, sums.known_cost) for day, sums in rows),
    )
    chart = Columns("Tokens by kind", ("Input", "Cached", "Output"), names, values, palette="tokens")
    return Contents(sheet, chart if rows else None, absent="" if rows else "No calls.")


def _hours(question: Question, reads: Reads) -> Contents:
    found = [0] * 24
    for facts in question.activity().days(question.span).values():
        found = [a + b for a, b in zip(found, hours(facts), strict=True)]
    sheet = Sheet(
        (Column("hour", "Hour"), Column("messages", "Messages", "count")),
        tuple((f"{at:02}", n) for at, n in enumerate(found)),
    )
    return Contents(
        sheet, Heat("Busy hours", ("",), tuple(f"{at:02}" for at in range(24)), (tuple(map(float, found)),))
    )


def _models(question: Question, reads: Reads) -> Contents:
    rows = question.ledger().sums_by(question.span, "model")
    sheet = Sheet(
        (Column("model", "Model"), Column("cost", "Cost", "money")),
        tuple((model, sums.known_cost) for model, sums in rows),
    )
    return Contents(sheet, absent="" if rows else "No calls.")


PANELS = {
    panel.key: panel
    for panel in (
        Panel("cost_by_model_day", "Cost by model, a day", "", _models, wide=True),
        Panel("tokens_by_kind", "Tokens by kind", "", _kinds, wide=True),
        Panel("busy_hours", "Busy hours", "messages, your time zone", _hours, wide=True),
    )
}


def usual(question: Question) -> list[str]:
    return list(PANELS)


def headlines(question: Question, reads: Reads) -> list[Headline]:
    sums = question.ledger().sums(question.span)
    before = question.ledger().sums(question.former) if question.former else None
    return [
        Headline(
            "cost", "Cost", "money", sums.known_cost, Change(before.cost, 0.12, False) if before else None
        ),
        Headline("tokens", "Tokens", "count", sums.total, Change(Decimal(1), None)),
    ]


def contents(key: str, question: Question, reads: Reads) -> Contents:
    return PANELS[key].read(question, reads)
