"""What could cost less."""

from __future__ import annotations

from analytics_app import savings
from analytics_app.dashboard.panel import Column, Contents, Sheet
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.queries import costs
from analytics_app.savings import label
from sessions_app.agent.labels.views import Bar, Bars
from sessions_app.agent.labels.words import estimate

from .sheets import nothing

COLUMNS = (
    Column("kind", "Way"),
    Column("model", "Model"),
    Column("sentence", "What could be done"),
    Column("saves", "A month", "money"),
    Column("assumption", "Assumed"),
)
NOTHING = "Nothing was found in the calls of the last 7 days that would save a cent a month."


def could_save(question: Question, reads: Reads) -> Contents:
    """From the last 7 whole days, whatever period was chosen."""
    uses = costs.model_uses(reads.ledger, question.today)
    found = savings.savings(uses, costs.price_now(question.now))
    if not found:
        return nothing(COLUMNS, NOTHING)
    rows = tuple((each.kind, each.model, each.sentence, each.saves, each.assumption) for each in found)
    bars = tuple(
        Bar(f"{each.kind.capitalize()}, {label(each.model)}", (float(each.saves),), estimate(each.saves))
        for each in found
    )
    return Contents(
        Sheet(COLUMNS, rows),
        Bars("Could save a month", ("USD a month",), bars, "series"),
        total=f"{estimate(savings.together(found))} a month",
        said=(
            "Ways that concern the same calls of a model do not add up: the sum holds the largest of them.",
        ),
    )
