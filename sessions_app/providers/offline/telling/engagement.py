"""Engagement in words."""

from __future__ import annotations

from .facts import (
    Facts,
    cell,
    compared,
    counted,
    either,
    paragraphs,
    percent,
    plain,
    seconds,
    sentence,
    span,
)
from .foot import days_table, foot, rows_table, used

MOST_TOPICS = 10


def told(result: Facts, question: str) -> str:
    return paragraphs(
        sentence(_messages(result), _busiest(result)),
        _topics(result),
        sentence(_sentiment(result), _satisfaction(result), used(result)),
        _tools(result),
        days_table(
            result.rows("rows"),
            {
                "Messages": lambda row: cell(row.number("messages")),
                "Sessions": lambda row: cell(row.number("sessions")),
            }
            | ({"People": lambda row: cell(row.number("active_users"))} if result.everyone else {}),
            ("messages", "sessions"),
        ),
        foot(result),
    )


def _messages(result: Facts) -> str:
    messages, active = result.number("messages"), result.number("active_sessions")
    if messages is None:
        return "How many messages there were is not in the result."
    if not messages:
        return f"No messages {span(result)}, so there is no engagement to measure."
    people = result.number("active_users")
    who = either(
        result,
        "You and the assistant wrote",
        f"{counted(people, 'person', 'people')} and the assistant wrote"
        if people
        else "Everyone together wrote",
    )
    where = f" in {counted(active, 'active session')}" if active else ""
    each = result.real("messages_per_session")
    mean = f" ({each:,.1f} a session)" if each is not None else ""
    share = percent(result.real("multi_turn_share"))
    turns = f" {share} of the replies took more than one model turn." if share else ""
    return (
        f"{who} **{counted(messages, 'message')}**{where}{mean} {span(result)}"
        f"{compared(result, 'messages')}.{turns}"
    )


def _busiest(result: Facts) -> str:
    hour, weekday = result.number("busiest_hour"), result.text("busiest_weekday")
    at = f"from {hour:02d}:00 to {(hour + 1) % 24:02d}:00" if hour is not None and 0 <= hour < 24 else ""
    if not at and not weekday:
        return ""
    hours = f"The busiest hour is {at}." if at else ""
    return sentence(hours, f"The busiest day is {weekday}." if weekday else "")


def _topics(result: Facts) -> str:
    topics = [
        f"{name} ({counted(number, 'message')})" if (number := row.number("messages")) is not None else name
        for row in result.rows("topics")[:MOST_TOPICS]
        if (name := row.text("topic"))
    ]
    note = result.values.get("topics_note")
    said = plain(note) if isinstance(note, str) else ""
    return f"**Topics**: {', '.join(topics)}." if topics else said


def _sentiment(result: Facts) -> str:
    mood = result.facts("sentiment")
    judged = mood.number("judged")
    if not judged:
        return ""
    kinds = [
        f"{number:,} {name}"
        for name in ("positive", "neutral", "negative")
        if (number := mood.number(name)) is not None
    ]
    average = mood.real("average")
    mean = f"; {average:+.2f} on average, between -1 and 1" if average is not None else ""
    return f"**Mood** of {counted(judged, 'judged message')}: {', '.join(kinds)}{mean}."


def _satisfaction(result: Facts) -> str:
    ratings = result.facts("satisfaction")
    given, good = ratings.number("ratings"), ratings.number("positive")
    if given is None:
        return ""
    if not given:
        return "No answer was rated."
    share = percent(ratings.real("share"))
    of = f" ({share})" if share else ""
    return f"**Ratings**: {cell(good)} of {given:,} are good{of}."


def _tools(result: Facts) -> str:
    return rows_table(
        result.rows("tools"),
        {
            "Tool": lambda row: row.text("tool"),
            "Calls": lambda row: cell(row.number("calls")),
            "Worked": lambda row: percent(row.real("success_share")) or "–",
            "Average": lambda row: seconds(row.number("average_ms")) or "–",
        },
    )
