"""Tokens and their cost in words."""

from __future__ import annotations

from .facts import Facts, cell, compared, counted, either, money, paragraphs, sentence, span
from .foot import foot, left_out, rows_table

KINDS = (
    ("input_tokens", "in"),
    ("cache_read_tokens", "read from the cache"),
    ("cache_write_tokens", "written to it"),
    ("output_tokens", "out"),
)


def told(result: Facts, question: str) -> str:
    calls = result.number("calls")
    if not calls:
        return paragraphs(
            f"No model calls {span(result)}, so no tokens were used and nothing was charged.", foot(result)
        )
    tokens = result.number("total_tokens")
    split = ", ".join(
        f"{number:,} {words}" for key, words in KINDS if (number := result.number(key)) is not None
    )
    who = either(result, "You used", "Everyone together used")
    how_many = counted(tokens, "token") if tokens is not None else "an unknown number of tokens"
    lead = (
        f"{who} **{how_many}** in {counted(calls, 'model call')} {span(result)}"
        f"{compared(result, 'total_tokens')}{': ' if split else ''}{split}."
    )
    return paragraphs(sentence(lead, _charge(result), left_out(result)), _groups(result), foot(result))


def _charge(result: Facts) -> str:
    cost = result.amount("total_cost")
    if cost is None:
        return "The price of these calls is unknown."
    return f"They cost **{money(cost)}**{compared(result, 'total_cost')}."


def _groups(result: Facts) -> str:
    group = result.text("group_by") or "group"
    return rows_table(
        result.rows("rows"),
        {
            group.capitalize(): lambda row: row.text("name"),
            "Tokens": lambda row: cell(row.number("total_tokens")),
            "Calls": lambda row: cell(row.number("calls")),
            "Cost": lambda row: money(row.amount("total_cost")),
        },
    )
