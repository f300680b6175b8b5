"""Costs, what is to be expected, and what could be saved, in words."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable

from .facts import Facts, cell, compared, counted, either, money, paragraphs, sentence, span
from .foot import days_table, foot, left_out, rows_table

NEXT_WEEK = re.compile(
    r"\b(?:next|coming) (?:week|7 days|seven days|days)\b|\btomorrow\b|\bbudget\w*\b", re.I
)
MONTH_END = re.compile(
    r"\bend of (?:the|this) month\b|\bmonth[- ]end\b|\bforecast\w*|\bproject\w*|\bpredict\w*|\bnext month\b"
    r"|\bexpect\w*",
    re.I,
)
ODD = re.compile(r"\banomal\w*|\bunusual\b|\bspikes?\b|\boutliers?\b", re.I)
SAVING = re.compile(r"\bsav(?:e|es|ing|ings)\b|\bcheap\w*|\breduce\b|\bcut\b|\blower\b", re.I)


def told(result: Facts, question: str) -> str:
    """What the question is about comes first."""
    parts: list[tuple[re.Pattern[str], Callable[[Facts], str]]] = [
        (NEXT_WEEK, _next_week),
        (MONTH_END, _projection),
        (ODD, _anomalies),
        (SAVING, _savings),
    ]
    first = [tell for words, tell in parts if words.search(question)]
    rest = [tell for _, tell in parts if tell not in first]
    nothing = [_nothing_odd(result)] if ODD.search(question) else []
    nothing += [_nothing_saved(result)] if SAVING.search(question) else []
    return paragraphs(
        *(tell(result) for tell in first),
        *nothing,
        _spent(result),
        _tables(result),
        *(tell(result) for tell in rest),
        foot(result),
    )


def _spent(result: Facts) -> str:
    calls, cost = result.number("calls"), result.amount("total_cost")
    if calls == 0:
        return f"No model calls {span(result)}, so nothing was charged."
    if cost is None and calls is None:
        return "What was spent is not in the result."
    who = either(result, "You spent", "Everyone together spent")
    if cost is None:
        return f"There were {counted(calls or 0, 'model call')} {span(result)}, and their price is unknown."
    made = f" on {counted(calls, 'model call')}" if calls is not None else ""
    tokens = result.number("total_tokens")
    used = f" with {counted(tokens, 'token')}" if tokens is not None else ""
    day = result.amount("per_day")
    mean = f" That is {money(day)} a day." if day is not None else ""
    return sentence(
        f"{who} **{money(cost)}** {span(result)}{made}{used}{compared(result, 'total_cost')}.{mean}",
        left_out(result),
    )


def _tables(result: Facts) -> str:
    groups = [("Model", "by_model"), ("Purpose", "by_purpose")]
    groups += [("User", "by_user")] if result.everyone else []
    tables = [_split(result.rows(key), name) for name, key in groups]
    days = days_table(
        result.rows("rows"),
        {
            "Cost": lambda row: money(row.amount("cost")),
            "Tokens": lambda row: cell(row.number("tokens")),
            "Calls": lambda row: cell(row.number("calls")),
        },
        ("cost", "calls"),
    )
    return paragraphs(*tables, days)


def _split(rows: list[Facts], name: str) -> str:
    """Purposes are told only where there is more than one."""
    if name == "Purpose" and len(rows) < 2:
        return ""
    return rows_table(
        rows,
        {
            name: lambda row: row.text("name"),
            "Cost": lambda row: money(row.amount("total_cost")),
            "Tokens": lambda row: cell(row.number("total_tokens")),
            "Calls": lambda row: cell(row.number("calls")),
        },
    )


def _next_week(result: Facts) -> str:
    week = result.facts("next_week")
    if week.amount("expected") is None:
        return "What the next week will cost cannot be told yet." if "next_week" in result else ""
    if _nothing(week):
        return "Nothing is expected to be spent in the **next week**, going by the days so far."
    high = week.amount("high")
    budget = f" A budget of {money(high)} would cover the upper end." if high is not None else ""
    return f"**Next week** will cost about **{money(week.amount('expected'))}**{_range(week)}.{budget}"


def _projection(result: Facts) -> str:
    month = result.facts("projection")
    if month.amount("expected") is None or _nothing(month):
        return ""
    spent = month.amount("spent")
    so_far = f"; {money(spent)} so far" if spent is not None else ""
    method = month.text("method")
    return sentence(
        f"**{_month(month)}** will come to about **{money(month.amount('expected'))}**{_range(month)}{so_far}.",
        f"Method: {method.rstrip('.')}." if method else "",
    )


def _nothing(guess: Facts) -> bool:
    return not guess.amount("expected") and not guess.amount("high")


def _range(guess: Facts) -> str:
    low, high = guess.amount("low"), guess.amount("high")
    return f", between {money(low)} and {money(high)}" if low is not None and high is not None else ""


def _month(month: Facts) -> str:
    """“2026-11” as “November 2026”."""
    name = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(month.values.get("month", "")))
    return f"{month_name[int(name[2])]} {name[1]}" if name else "This month"


def _anomalies(result: Facts) -> str:
    lines = []
    for row in result.rows("anomalies"):
        usual, reason = row.amount("usual"), row.text("reason")
        instead = f", where {money(usual)} is usual" if usual is not None else ""
        why = f" ({reason.rstrip('.')})" if reason else ""
        lines.append(f"- {row.text('day')}: {money(row.amount('cost'))}{instead}{why}.")
    return paragraphs("**Unusual days**", "\n".join(lines)) if lines else ""


def _nothing_odd(result: Facts) -> str:
    return "" if result.rows("anomalies") else f"No day stands out {span(result)}."


def _savings(result: Facts) -> str:
    lines = []
    for row in result.rows("savings"):
        said = row.text("sentence") or row.text("kind")
        saves, assumption = row.amount("saves"), row.text("assumption")
        sum_saved = f" It would save {money(saves)} a month." if saves is not None else ""
        given = f" Assumed: {assumption.rstrip('.')}." if assumption else ""
        lines.append(f"- {said.rstrip('.')}.{sum_saved}{given}" if said else f"-{sum_saved}{given}")
    return paragraphs("**What could be saved**", "\n".join(lines)) if lines else ""


def _nothing_saved(result: Facts) -> str:
    return "" if result.rows("savings") else f"I see nothing to save {span(result)}."
