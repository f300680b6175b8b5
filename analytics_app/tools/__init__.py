"""The seven tools: what the model can ask about this workspace, by the names AGENT_TOOLS lists them under."""

from __future__ import annotations

from .active import get_active_sessions
from .costs import analyze_costs
from .engagement import analyze_engagement
from .health import check_system_health
from .messages import search_session_messages
from .sessions import analyze_session_metrics
from .usage import analyze_token_usage

__all__ = [
    "analyze_costs",
    "analyze_engagement",
    "analyze_session_metrics",
    "analyze_token_usage",
    "check_system_health",
    "get_active_sessions",
    "search_session_messages",
]
