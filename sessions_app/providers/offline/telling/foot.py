"""What several answers have in common: their tokens and cost, their days, and what stands below."""

from __future__ import annotations

from collections.abc import Callable

from .facts import Facts, compared, counted, linked, money, paragraphs, plain, sentence, table

MOST_DAYS = 10
MOST_ROWS = 20
Column = Callable[[Facts], str]


def used(result: Facts) -> str:
    """“1,540 tokens were used for $0.0123.” Empty where the result says nothing of tokens."""
    tokens = result.number("total_tokens")
    if tokens is None:
        return ""
    if not tokens and result.number("calls") in (0, None):
        return "No tokens were used."
    return sentence(f"{counted(tokens, 'token')} {charged(result)}.", left_out(result))


def charged(result: Facts) -> str:
    cost = result.amount("total_cost")
    if cost is None:
        return "were used, and their price is unknown"
    return f"were used for **{money(cost)}**{compared(result, 'total_cost')}"


def left_out(result: Facts) -> str:
    """Calls whose price is unknown, where the sum has one."""
    calls = result.number("unpriced_calls")
    if not calls or result.amount("total_cost") is None:
        return ""
    return f"{counted(calls, 'call')} without a known price {'is' if calls == 1 else 'are'} not in that sum."


def rows_table(rows: list[Facts], columns: dict[str, Column], most: int = MOST_ROWS) -> str:
    """The first `most` rows, and how many more there are."""
    shown = [[read(row) for read in columns.values()] for row in rows[:most]]
    rest = len(rows) - len(shown)
    more = f"{counted(rest, 'more row is', 'more rows are')} on the page." if rest else ""
    return paragraphs(table(list(columns), shown), more)


def days_table(rows: list[Facts], columns: dict[str, Column], holding: tuple[str, ...]) -> str:
    """The newest days that hold anything, oldest first; nothing for a single day, which the text tells already."""
    held = [row for row in rows if any(row.amount(name) for name in holding)]
    if len(held) < 2:
        return ""
    shown = [[row.text("day"), *(read(row) for read in columns.values())] for row in held[-MOST_DAYS:]]
    earlier = len(held) - len(shown)
    more = f"{counted(earlier, 'earlier day is', 'earlier days are')} on the page." if earlier else ""
    return paragraphs(table(["Day", *columns], shown), more)


def foot(result: Facts) -> str:
    """What was cut, what was counted, and the page that shows the same rows."""
    note = plain(result.values["note"]) if isinstance(result.values.get("note"), str) else ""
    words = linked("See the same rows", result)
    page = f"{words}." if words.startswith("[") else ""
    counted_rows = result.text("counted")
    return paragraphs(note, sentence(f"Counted: {counted_rows}" if counted_rows else "", page))
