"""Every panel by its key, in the usual order, and how a page asks for them."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError

from . import headlines as first_figures
from .panel import Contents, Headline, Panel
from .panels import failing, month_end, people, replies, saving, sessions, spending, unusual, using, videos
from .panels.sheets import nothing
from .question import Question
from .reads import Reads

log = structlog.get_logger()
UNREADABLE = "These figures could not be read. The others are not affected."
EVERYONES = "These figures are there for staff who asked about everyone."
_ALL = (
    Panel(
        "cost_by_model_day", "Cost by model, a day",
        "What model calls cost on each day, by model. Unusual days are marked.", spending.cost_by_model_day, wide=True,
    ),
    Panel("month_end", "End of the month", "What this month is expected to cost, from its days so far.",
          month_end.month_end),
    Panel("busy_hours", "Busy hours", "Messages by weekday and hour, in your time zone.", using.busy_hours, wide=True),
    Panel("savings", "Could save", "What the calls of the last 7 days could have cost less, told for 30 days.",
          saving.could_save),
    Panel("tools", "Tools", "How often tools ran, with what success, and how long they took.", using.tools, wide=True),
    Panel("sessions_by_cost", "Sessions by cost", "The sessions whose calls cost most in the period.",
          sessions.sessions_by_cost),
    Panel("tokens_by_kind", "Tokens by kind", "Input without cached tokens, cache reads, cache writes and output.",
          spending.tokens_by_kind, wide=True),
    Panel("anomalies", "Unusual days", "Days that cost far more than the 28 before, and what cost most then.",
          unusual.anomalies),
    Panel("cost_by_provider", "Cost by provider", "What calls cost, by who answered them.", spending.cost_by_provider),
    Panel("cost_by_purpose", "Cost by purpose", "Replies, and what else models are called for: titles, summaries, embeddings.",
          spending.cost_by_purpose),
    Panel("turns", "Turns", "Replies that needed more than one turn, as they do when tools are used.", replies.turns),
    Panel("response_times", "Response times", "From sending to the end of the reply, and to its first piece.",
          replies.response_times, wide=True),
    Panel("sentiment", "Mood", "The mood of people's messages, told from their words, in English.", using.sentiment),
    Panel("active_now", "Active now", "Sessions of the last 24 hours, replies at work, people online.",
          sessions.active_now, wide=True),
    Panel("topics", "Topics", "Words that stand in several messages.", using.topics),
    Panel("errors", "Failed calls", "Model calls that failed, and what they used up.", failing.errors, wide=True),
    Panel("satisfaction", "Ratings", "Ratings given to answers in the period.", using.satisfaction),
    Panel("cost_by_user", "Cost by person", "What each person's calls cost.", spending.cost_by_user, wide=True,
          everyone=True),
    Panel("unpriced", "Calls of unknown price", "Calls that no sum of money contains.", failing.unpriced),
    Panel("leaderboard", "Most active people", "People by the messages they wrote.", people.leaderboard, wide=True,
          everyone=True),
    *([
        Panel("videos", "Most referenced videos", "Videos by how often answers cite their transcripts.",
              videos.referenced)
    ] if settings.KNOWLEDGE else []),
)  # fmt: skip
PANELS: dict[str, Panel] = {panel.key: panel for panel in _ALL}


def usual(question: Question) -> list[str]:
    """The panels this question can be answered by, in the usual order."""
    return [panel.key for panel in _ALL if question.everyone or not panel.everyone]


def headlines(question: Question, reads: Reads) -> list[Headline]:
    """The figures of the strip."""
    return first_figures.strip(question, reads)


def contents(key: str, question: Question, reads: Reads) -> Contents:
    """What a panel shows; one that cannot be read says so in its place. Raises KeyError for an unknown panel."""
    panel = PANELS[key]
    if panel.everyone and not question.everyone:
        return nothing((), EVERYONES)
    try:
        return panel.read(question, reads)
    except PermissionDenied:
        return nothing((), EVERYONES)
    except DatabaseError:
        log.exception("panel_unreadable", panel=key)
        return nothing((), UNREADABLE)
