"""The state of the system in words."""

from __future__ import annotations

from .facts import Facts, cell, counted, paragraphs, percent, seconds, sentence, span
from .foot import foot, rows_table

STATES = {
    "ok": "**Everything works.**",
    "degraded": "**The system works, but not as well as it should.**",
    "down": "**Something is down.**",
}


def told(result: Facts, question: str) -> str:
    status = result.text("status")
    lead = STATES.get(status) or (f"The status is “{status}”." if status else "The status is unknown.")
    return paragraphs(
        sentence(lead, _troubled(result), _calls(result), _replies(result)),
        rows_table(
            result.rows("components"),
            {
                "Part": lambda row: row.text("name"),
                "Status": lambda row: row.text("status"),
                "Value": _value,
                "Detail": lambda row: row.text("detail"),
            },
        ),
        rows_table(
            result.rows("errors"),
            {"Error": lambda row: row.text("kind"), "Count": lambda row: cell(row.number("count"))},
        ),
        foot(result),
    )


def _troubled(result: Facts) -> str:
    """The parts that are not well, by name."""
    names = [row.text("name") for row in result.rows("components") if row.text("status") not in ("ok", "")]
    return f"Look at: {', '.join(name for name in names if name)}." if any(names) else ""


def _calls(result: Facts) -> str:
    calls, failed = result.number("calls_last_hour"), result.number("failed_last_hour")
    if calls is None:
        return ""
    if not calls:
        return f"No model calls {span(result)}."
    share = percent(result.real("error_rate"))
    how_many = "none" if failed == 0 else cell(failed)
    of = f" ({share})" if share and failed else ""
    return f"Of {counted(calls, 'model call')} {span(result)} {how_many} failed{of}."


def _replies(result: Facts) -> str:
    running, queued = result.number("running_replies"), result.number("queued_replies")
    parts = [f"{running:,} running"] if running is not None else []
    parts += [f"{queued:,} queued"] if queued is not None else []
    lag = seconds(result.number("journal_lag_ms"))
    replies = f"Replies: {', '.join(parts)}." if parts else ""
    return sentence(replies, f"The journal is {lag} behind." if lag else "")


def _value(row: Facts) -> str:
    value = row.real("value")
    if value is None:
        return "–"
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return sentence(number, row.text("unit"))
