"""What the workspace is used for: tools, hours, topics, moods, ratings."""

from __future__ import annotations

from analytics_app import topics as themes
from analytics_app.dashboard.panel import Column, Contents, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.queries import engagement
from analytics_app.queries.engagement import WEEKDAYS
from sessions_app.agent.labels import look, words
from sessions_app.agent.labels.views import Bar, Bars, Heat

from .sheets import MESSAGES, NO_MESSAGES, not_by_model, nothing, rows_address

TOOLS = (
    Column("name", "Tool"),
    Column("runs", "Runs", "count"),
    Column("success", "Success", "share"),
    Column("median", "Median", "ms"),
    Column("p95", "95th", "ms"),
    Column("average", "Average", "ms"),
    Column("tool", "Called"),
)
NO_TOOLS = "No tool was called in this period."
TOPICS = 12
TOPIC_COLUMNS = (Column("topic", "Topic"), MESSAGES)
NO_TOPICS = "Nothing was written about by more than one message."
HIDDEN = (
    "Topics come from what others wrote; seeing them needs the permission to view messages. Where each session takes a "
    "reason nobody sees them."
)
MOODS = {"positive": "Positive", "neutral": "Neutral", "negative": "Negative"}
MOOD_COLUMNS = (Column("mood", "Mood"), MESSAGES, Column("share", "Share", "share"))
RATING_COLUMNS = (
    Column("rating", "Rating"),
    Column("answers", "Ratings", "count"),
    Column("share", "Share", "share"),
)
HOURS = tuple(f"{hour:02}" for hour in range(24))
HOUR_COLUMNS = (Column("weekday", "Day"), *(Column(f"hour_{hour}", hour, "count") for hour in HOURS))


def tools(question: Question, reads: Reads) -> Contents:
    if question.narrowed:
        return not_by_model(TOOLS, "Tool calls")
    found = engagement.tools(reads.facts)
    if not found:
        return nothing(TOOLS, NO_TOOLS)
    keys = ("calls", "success_share", "median_ms", "p95_ms", "average_ms", "tool")
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (look(row["tool"]).label, *(row[key] for key in keys)) for row in found
    )
    runs = reads.facts.sum("calls")
    success = engagement.share(reads.facts.sum("successes"), runs)
    return Contents(
        Sheet(
            TOOLS,
            rows,
            {at: rows_address("tools", question, tool=row["tool"]) for at, row in enumerate(found)},
            total=("All", runs, success, None, None, None, None),
        ),
        total=words.counted(runs, "run"),
        href=rows_address("tools", question),
    )


def busy_hours(question: Question, reads: Reads) -> Contents:
    """Messages by weekday and hour of the reader's zone."""
    if question.narrowed:
        return not_by_model(HOUR_COLUMNS, "Messages")
    if not reads.facts.messages:
        return nothing(HOUR_COLUMNS, NO_MESSAGES)
    found = engagement.weekday_hours(reads.days)
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (name, *counts) for name, counts in zip(WEEKDAYS, found, strict=True)
    )
    values = tuple(tuple(float(count) for count in counts) for counts in found)
    return Contents(
        Sheet(HOUR_COLUMNS, rows, total=("All", *engagement.hours(reads.facts))),
        Heat("Messages by hour", WEEKDAYS, HOURS, values, "messages"),
        href=rows_address("messages", question),
    )


def topics(question: Question, reads: Reads) -> Contents:
    if question.narrowed:
        return not_by_model(TOPIC_COLUMNS, "Topics")
    if not question.reads_texts:
        return nothing(TOPIC_COLUMNS, HIDDEN)
    found = themes.common(reads.facts.terms, TOPICS)
    if not found:
        return nothing(TOPIC_COLUMNS, NO_TOPICS)
    if question.everyone:
        reads.note_topics()
    bars = tuple(Bar(topic, (count,), f"{count:,}") for topic, count in found)
    return Contents(Sheet(TOPIC_COLUMNS, tuple(found)), Bars("Topics", ("Messages",), bars, "series"))


def sentiment(question: Question, reads: Reads) -> Contents:
    if question.narrowed:
        return not_by_model(MOOD_COLUMNS, "Moods")
    found = engagement.sentiment(reads.facts)
    judged = found["judged"]
    if not judged:
        return nothing(MOOD_COLUMNS, "No message of this period was judged yet.")
    rows = tuple((name, found[mood], engagement.share(found[mood], judged)) for mood, name in MOODS.items())
    bar = Bar("Messages", tuple(found[mood] for mood in MOODS), f"{judged:,}")
    waiting = found["not_judged"]
    return Contents(
        Sheet(MOOD_COLUMNS, rows, total=("All", judged, None)),
        Bars("Mood of messages", tuple(MOODS.values()), (bar,), "mood"),
        total=f"{words.share(engagement.share(found['positive'], judged))} positive",
        said=(f"{words.counted(waiting, 'message')} not judged yet.",) if waiting else (),
    )


def satisfaction(question: Question, reads: Reads) -> Contents:
    """Ratings given in the period."""
    if question.narrowed:
        return not_by_model(RATING_COLUMNS, "Ratings")
    found = engagement.satisfaction(question.span, reads.owner)
    ratings, good = found["ratings"], found["positive"]
    if not ratings:
        return nothing(RATING_COLUMNS, "No answer was rated in this period.")
    rows = tuple(
        (name, count, engagement.share(count, ratings))
        for name, count in (("Good", good), ("Bad", ratings - good))
    )
    return Contents(
        Sheet(RATING_COLUMNS, rows, total=("All", ratings, None)),
        Bars("Ratings", ("Good", "Bad"), (Bar("Ratings", (good, ratings - good), f"{ratings:,}"),), "series"),
        total=f"{words.share(found['share'])} good",
    )
