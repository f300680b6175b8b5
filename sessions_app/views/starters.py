"""The questions a new session offers: one for each tool that is there, and one about the assistant itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from sessions_app.agent.labels import look


@dataclass(frozen=True, slots=True)
class Starter:
    """`text` is what is sent, `tool` the colour of its button; one that ends with "…" waits for the rest."""

    title: str
    help: str
    icon: str
    tool: str
    text: str


def _of(tool: str, title: str, help: str, text: str = "") -> tuple[str, Starter]:
    seen = look(tool)
    return tool, Starter(title, help, seen.icon, seen.colour, text or title)


STARTERS = (
    _of(
        "analyze_session_metrics",
        "How are my session metrics this week?",
        "Sessions, messages, response times",
    ),
    _of("analyze_token_usage", "How many tokens did I use this week?", "By model, with their cost"),
    _of("analyze_costs", "What will next week cost?", "With a range, and what could be saved"),
    _of(
        "search_session_messages",
        "Find what we said about…",
        "Search your own messages",
        "Find messages about …",
    ),
    _of("get_active_sessions", "Which sessions are active today?", "And what is running now"),
    _of("analyze_engagement", "How is engagement trending?", "Busiest hours, topics, mood"),
    _of("check_system_health", "Is everything working?", "Database, providers, replies"),
)
ABOUT = Starter(
    "What can you do here?", "The assistant's tools, in words", "sparkles", "other", "What can you do here?"
)


def starters() -> list[Starter]:
    offered = {path.rpartition(".")[2] for path in settings.AGENT_TOOLS}
    return [*(starter for tool, starter in STARTERS if tool in offered), ABOUT]
