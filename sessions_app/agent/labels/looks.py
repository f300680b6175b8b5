"""A tool's name, colour and icon on its card, and what a call of it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .reading import text
from .words import PERIOD_WORDS

PREMIUM_ONLY = "This tool needs the premium plan."
TOO_LONG = "took longer than"


@dataclass(frozen=True, slots=True)
class Look:
    """`colour` is the suffix of the card's class, `icon` a heroicon's name, `running` what it is doing while it runs."""

    label: str
    colour: str
    icon: str
    running: str = ""


LOOKS = {
    "analyze_session_metrics": Look("Session metrics", "session-metrics", "chart-bar"),
    "analyze_token_usage": Look("Token usage", "token-usage", "cpu-chip"),
    "search_session_messages": Look("Message search", "message-search", "magnifying-glass"),
    "get_active_sessions": Look("Active sessions", "active-sessions", "signal"),
    "analyze_engagement": Look("Engagement", "engagement", "user-group"),
    "check_system_health": Look("System health", "system-health", "heart"),
    "analyze_costs": Look("Costs", "costs", "banknotes"),
    "web_search": Look("Web search", "web", "globe-alt", "Searching the web…"),
    "read_web_page": Look("Web page", "web", "document-text", "Reading the page…"),
    "search_repair_guides": Look("Repair guides", "repair", "wrench", "Searching iFixit…"),
    "search_video_transcripts": Look("Video search", "videos", "film", "Searching videos…"),
    "read_repair_guide": Look("Repair guide", "repair", "wrench", "Reading the guide on iFixit…"),
}
BROUGHT: dict[str, Look] = {}  # of tools that plugins brought, told when those are loaded
_USUAL_RANGES = {
    "search_session_messages": "all",
    "get_active_sessions": "today",
    "analyze_costs": "month",
}
_SUBJECTS = {
    "web_search": "query",
    "search_repair_guides": "query",
    "search_video_transcripts": "query",
    "read_web_page": "url",
    "read_repair_guide": "guide_id",
}
_STATES = {
    "pending": "running",
    "awaiting_approval": "needs you",
    "success": "done",
    "error": "failed",
    "denied": "refused",
    "cancelled": "cancelled",
}


def look(name: str) -> Look:
    if name.startswith("mcp_") and name.count("_") > 1:
        _, server, tool = name.split("_", 2)
        return Look(f"{tool[:60]} ({server})", "other", "puzzle-piece")
    words = name.replace("_", " ").replace("-", " ").strip()
    return (
        LOOKS.get(name)
        or BROUGHT.get(name)
        or Look(words[:1].upper() + words[1:60] or "Tool", "other", "wrench-screwdriver")
    )


def running(name: str) -> str:
    """What is said while a call of this tool runs; empty where its name says enough."""
    return look(name).running


def state(status: str, error: str) -> str:
    """The word beside a call's icon."""
    if status == "error" and TOO_LONG in error:
        return "timed out"
    if status == "denied" and error == PREMIUM_ONLY:
        return "premium only"
    return _STATES.get(status, status[:40])


def what(name: str, input: Mapping[str, Any]) -> str:
    """What the call looks at: "by model, last 7 days"."""
    if name not in LOOKS and not {"time_range", "timeRange"} & set(input):
        return ", ".join(f"{key} {str(value)[:40]}"[:60] for key, value in list(input.items())[:3])
    if name in _SUBJECTS:
        subject = input.get(_SUBJECTS[name])
        return f"“{subject[:120]}”" if isinstance(subject, str) else f"no. {subject}" if subject else ""
    if name == "check_system_health":
        return "last hour"
    parts = [_subject(name, input), PERIOD_WORDS.get(_argument(input, "time_range", _usual_range(name)), "")]
    if _argument(input, "scope", "own") == "everyone":
        parts.append("everyone")
    return ", ".join(part for part in parts if part)


def _subject(name: str, input: Mapping[str, Any]) -> str:
    if name == "analyze_token_usage":
        return f"by {_argument(input, 'group_by', 'model')[:20]}"
    query = text(input.get("query"), 60) if name == "search_session_messages" else ""
    return f"“{query}”" if query else ""


def _usual_range(name: str) -> str:
    return _USUAL_RANGES.get(name, "week")


def _argument(input: Mapping[str, Any], name: str, default: str) -> str:
    head, *rest = name.split("_")
    return text(input.get(name)) or text(input.get(head + "".join(map(str.capitalize, rest)))) or default
