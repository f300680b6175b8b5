"""Found messages in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from .facts import Facts, counted, either, linked, paragraphs, plain, sentence, span
from .foot import foot

YESTERDAY = re.compile(r"\byesterday\b", re.I)
MOST_SHOWN = 15


def told(result: Facts, question: str) -> str:
    hits = result.rows("messages")
    day = _yesterday(result) if YESTERDAY.search(question) else ""
    if day:
        return paragraphs(_of_day(result, hits, day), foot(result))
    total = result.number("total_found")
    if not hits and not total:
        return paragraphs(_nothing(result, span(result)), foot(result))
    total = max(total or 0, len(hits))
    some = "" if len(hits) >= total else f" Shown here: {len(hits)}."
    return paragraphs(
        f"I found **{counted(total, 'message')}**{_with(result)} {span(result)}.{some}",
        _listed(hits),
        foot(result),
    )


def _of_day(result: Facts, hits: list[Facts], day: str) -> str:
    """Those of one day, picked out of the days that were searched."""
    on_day = [hit for hit in hits if str(hit.values.get("when", "")).startswith(day)]
    beyond = (result.number("total_found") or 0) - len(hits)
    more = f"{counted(beyond, 'further message')} of these days {'was' if beyond == 1 else 'were'} not looked through."
    rest = more if beyond > 0 else ""
    if not on_day:
        return sentence(_nothing(result, f"from yesterday ({day})"), rest)
    lead = f"I found **{counted(len(on_day), 'message')}**{_with(result)} from yesterday ({day})."
    return paragraphs(sentence(lead, rest), _listed(on_day))


def _yesterday(result: Facts) -> str:
    """The day before the last one of the result's period, as hits write it; empty where the period is unknown."""
    until = result.values.get("until")
    try:
        end = datetime.fromisoformat(until) if isinstance(until, str) else None
        return f"{end - timedelta(days=2):%Y-%m-%d}" if end else ""
    except (ValueError, OverflowError):
        return ""


def _with(result: Facts) -> str:
    query = result.text("query")
    return f" with “{query}”" if query else ""


def _nothing(result: Facts, when: str) -> str:
    whose = either(result, "No message of yours", "No message")
    query = result.text("query")
    return f"{whose} holds “{query}” {when}." if query else f"{whose} {when}."


def _listed(hits: list[Facts]) -> str:
    lines = [_line(hit) for hit in hits[:MOST_SHOWN]]
    rest = len(hits) - len(lines)
    return paragraphs("\n".join(lines), f"And {rest:,} more." if rest else "")


def _line(hit: Facts) -> str:
    title = linked(hit.text("session") or "New session", hit)
    place = "in a tool result" if hit.values.get("in") == "tool result" else ""
    about = [part for part in (title, hit.text("when"), hit.text("by"), place) if part]
    return f"- {', '.join(about)}: {_snippet(hit)}"


def _snippet(hit: Facts) -> str:
    """The snippet with its highlights in bold, where they are whole words of their own."""
    text = hit.values.get("snippet")
    if not isinstance(text, str):
        return ""
    cuts = _highlights(hit.values.get("highlights"), text)
    edges = [0, *(edge for cut in cuts for edge in cut), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    shown = [f"**{piece}**" if at % 2 else _kept_spaces(piece) for at, piece in enumerate(pieces)]
    return "".join(shown).strip()


def _kept_spaces(piece: str) -> str:
    before, after = piece[:1].isspace(), piece[-1:].isspace() and bool(piece.strip())
    return f"{' ' if before else ''}{plain(piece)}{' ' if after else ''}"


def _highlights(value: Any, text: str) -> list[tuple[int, int]]:
    """Those that lie in the text in order, hold letters and digits only, and touch no other word."""
    cuts: list[tuple[int, int]] = []
    for pair in value if isinstance(value, list) else []:
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(edge) is int for edge in pair)):
            continue
        start, end = pair
        at = cuts[-1][1] + 1 if cuts else 0
        around = text[max(start - 1, 0) : max(start, 0)] + text[end : end + 1]
        if at <= start < end <= len(text) and text[start:end].isalnum() and not around.strip(" \n.,;:?!"):
            cuts.append((start, end))
    return cuts
