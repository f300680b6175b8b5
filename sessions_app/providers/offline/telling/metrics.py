"""Session metrics in words."""

from __future__ import annotations

from .facts import Facts, cell, compared, counted, either, paragraphs, percent, seconds, sentence, span
from .foot import days_table, foot, used


def told(result: Facts, question: str) -> str:
    return paragraphs(
        sentence(_sessions(result), _messages(result), _replies(result)),
        sentence(_times(result), used(result)),
        days_table(
            result.rows("rows"),
            {
                "Sessions": lambda row: cell(row.number("sessions")),
                "Messages": lambda row: cell(row.number("messages")),
                "Questions": lambda row: cell(row.number("questions")),
                "Answers": lambda row: cell(row.number("answers")),
            },
            ("sessions", "messages"),
        ),
        foot(result),
    )


def _sessions(result: Facts) -> str:
    active, total = result.number("active_sessions"), result.number("total_sessions")
    if active is None:
        return "How many sessions there were is not in the result."
    of = f"; {total:,} in all" if total is not None else ""
    if not active:
        return f"No sessions {span(result)}{of}."
    whose = either(result, "You had ", "There were ")
    new = result.number("new_sessions")
    added = f", {new:,} of them new" if new else ""
    people = result.number("active_users")
    by = f" by {counted(people, 'person', 'people')}" if result.everyone and people else ""
    return (
        f"{whose}**{counted(active, 'active session')}**{by} {span(result)}{added}"
        f"{compared(result, 'active_sessions')}{of}."
    )


def _messages(result: Facts) -> str:
    messages = result.number("messages")
    if not messages:
        return ""
    kinds = [
        f"{number:,} {name}"
        for name in ("questions", "answers")
        if (number := result.number(name)) is not None
    ]
    each = result.real("messages_per_session")
    mean = f", {each:,.1f} a session" if each is not None else ""
    split = f" ({', '.join(kinds)})" if kinds else ""
    return f"They hold **{counted(messages, 'message')}**{split}{mean}{compared(result, 'messages')}."


def _replies(result: Facts) -> str:
    replies = result.number("replies")
    if not replies:
        return ""
    ends = [
        f"{number:,} {name}"
        for name in ("completed", "failed", "stopped", "interrupted")
        if (number := result.number(name))
    ]
    share = percent(result.real("multi_turn_share"))
    turns = f" {share} of them took more than one model turn." if share else ""
    how = f": {', '.join(ends)}" if ends else ""
    return f"{counted(replies, 'reply', 'replies')}{how}.{turns}"


def _times(result: Facts) -> str:
    answer, first = result.facts("response_ms"), result.facts("first_token_ms")
    told = []
    if words := _spread(answer):
        told.append(f"A reply took {words}.")
    if words := _spread(first):
        told.append(f"Its first words came after {words}.")
    return " ".join(told)


def _spread(times: Facts) -> str:
    average = seconds(times.number("average"))
    if not average:
        return ""
    more = [
        words.format(seconds(ms))
        for key, words in (("median", "median {}"), ("p95", "95 % within {}"))
        if (ms := times.number(key)) is not None
    ]
    spread = f" ({', '.join(more)})" if more else ""
    return f"**{average}** on average{spread}"
