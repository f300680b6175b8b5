"""Active sessions and who is online, in words."""

from __future__ import annotations

from .facts import Facts, cell, counted, either, linked, money, paragraphs, sentence, span
from .foot import Column, foot, rows_table, used

NOT_SHOWN = "title not shown"


def told(result: Facts, question: str) -> str:
    rows = result.rows("sessions")
    return paragraphs(
        sentence(_online(result), _active(result), _running(result)),
        sentence(used(result)),
        rows_table(rows, _columns(result)),
        foot(result),
    )


def _online(result: Facts) -> str:
    online = result.number("online_users")
    if online is None:
        return ""
    if result.everyone:
        who = counted(online, "person has", "people have") if online else "Nobody has"
        return f"**{who} a page open** now."
    return "You have a page open now." if online else "You have no page open now."


def _active(result: Facts) -> str:
    active = result.number("active_sessions")
    if active is None:
        return "How many sessions were active is not in the result."
    day, total = result.number("active_last_24_hours"), result.number("total_sessions")
    more = [f"{day:,} in the last 24 hours"] if day is not None else []
    more += [f"{total:,} in all"] if total is not None else []
    whose = either(result, " of yours", "")
    if not active:
        verb, how_many = "was", "No session"
    else:
        verb, how_many = ("was" if active == 1 else "were"), f"**{counted(active, 'session')}**"
    people = result.number("active_users")
    by = f" by {counted(people, 'person', 'people')}" if result.everyone and people else ""
    others = f" ({', '.join(more)})" if more else ""
    return f"{how_many}{whose} {verb} active {span(result)}{by}{others}."


def _running(result: Facts) -> str:
    running = result.number("running_replies")
    if not running:
        return ""
    return f"{counted(running, 'reply is', 'replies are')} being written now."


def _columns(result: Facts) -> dict[str, Column]:
    columns: dict[str, Column] = {"Session": _title}
    if result.everyone:
        columns["Owner"] = lambda row: row.text("owner")
    columns["Last active"] = lambda row: (
        row.text("last_active") + (", running" if row.truth("running") else "")
    )
    columns["Messages"] = lambda row: cell(row.number("messages"))
    columns["Tokens"] = lambda row: cell(row.number("total_tokens"))
    columns["Cost"] = lambda row: money(row.amount("total_cost"))
    return columns


def _title(row: Facts) -> str:
    title = row.text("session")
    if title:
        return linked(title, row)
    return NOT_SHOWN if row.values.get("session") is None else linked("New session", row)
