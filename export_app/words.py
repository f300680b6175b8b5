"""What stands around the words of a message in every format for people: names, times, receipts, versions, ends. Pure
but for the zone of the transcript."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

from sessions_app.agent.cards import Card
from sessions_app.agent.labels.words import counted, money, size_words, span
from sessions_app.rendering.clean import TURNING

from .document import Call, Entry, File, Head

DOT = " · "
EMPTY = "No messages yet."
_SEPARATORS = re.compile("[\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
ENDS = {
    "stopped": "Stopped. The text is kept.",
    "interrupted": "This answer was cut short. The text is kept.",
    "failed": "This answer failed.",
    "queued": "This answer was still being written.",
    "running": "This answer was still being written.",
    "waiting": "This answer waited for an approval.",
}


def harmless(text: str) -> str:
    """Without what terminals obey: no control but line ends and tabs, and no line end that only some programs see."""
    return _CONTROLS.sub("", _SEPARATORS.sub(" ", text))


def named(text: str) -> str:
    """What stands in a line with other words, without marks that would turn those."""
    return " ".join(TURNING.sub("", text).split())


def day_words(at: date) -> str:
    """ "20 November 2026"."""
    return f"{at.day} {at:%B %Y}"


def moment_words(at: datetime) -> str:
    """ "20 November 2026, 09:12"."""
    return f"{day_words(at)}, {at:%H:%M}"


def weekday_words(at: date) -> str:
    """ "Friday, 20 November 2026"."""
    return f"{at:%A}, {day_words(at)}"


def facts(head: Head, begun: datetime, *, usage: bool) -> list[str]:
    """ "20 November 2026", "14 messages", "248,213 tokens", "$0.6471"; `begun` is in the reader's zone."""
    spent = usage and head.total_tokens > 0
    return [
        day_words(begun),
        counted(head.message_count, "message"),
        *([counted(head.total_tokens, "token"), money(head.total_cost)] if spent else []),
        *([f"part {head.part[0]} of {head.part[1]}"] if head.part[1] > 1 else []),
    ]


def receipt(entry: Entry, *, usage: bool) -> list[str]:
    """ "4.9 s", "9,840 tokens", "$0.0534" of an answer; nothing where nothing was counted."""
    took = seconds(entry)
    spent = usage and entry.tokens > 0
    told = [took] if took and usage else []
    return [*told, *([counted(entry.tokens, "token"), money(entry.cost)] if spent else [])]


def seconds(entry: Entry) -> str:
    """How long an answer took, as its receipt in the workspace says it: "4.9 s"."""
    took = entry.reply.duration_ms if entry.reply else 0
    return f"{took / 1000:.1f}\u00a0s" if took else ""


def version(entry: Entry) -> str:
    """ "version 2 of 3"; of one that is not shown that it is not."""
    number, of = entry.version
    told = f"version {number} of {of}" if of > 1 else ""
    return told if entry.shown else f"{told}, not shown".lstrip(", ")


def end(entry: Entry) -> str:
    """How the answer ended, where it did not end well."""
    reply = entry.reply
    if reply is None or reply.status == "complete":
        return reply.error_message if reply and reply.stop_reason not in ("", "end") else ""
    if reply.status == "failed" and reply.error_message:
        return reply.error_message
    return ENDS.get(reply.status, "")


def tool_line(call: Call) -> list[str]:
    """What it looked at, its total and how long it took, or how it ended."""
    if call.status != "success":
        return [told for told in (call.what, call.state, call.error) if told]
    return [told for told in (call.what, call.contents.total, span(call.duration_ms)) if told]


def tool_json(call: Call) -> str:
    """The result of a call that is neither figures nor tables; empty where there is none, or it is shown otherwise."""
    shown = call.contents
    if call.result in (None, "", [], {}) or shown.tables or shown.figures or shown.said:
        return ""
    return call.result if isinstance(call.result, str) else as_json(call.result)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def file_words(file: File) -> str:
    """ "picture, 320 × 180, 12 KB"."""
    known = {
        "picture": f"picture, {file.width} × {file.height}",
        "pdf": f"PDF, {counted(file.pages or 0, 'page')}",
    }
    kind = known.get(file.kind) or (f"{file.kind}, {file.language}" if file.language else file.kind)
    return f"{kind}, {size_words(file.size)}"


def card_line(card: Card) -> str:
    """What a card is, in a line: "Error: Deploy failed (deploy)"."""
    about = f" ({named(card.topic)})" if card.topic else ""
    return f"{card.severity.capitalize()}: {named(card.title)}{about}"
