"""Figures, limits and prices."""

from __future__ import annotations

from . import MISSING, Line

LINES = {
    "analytics": Line("GET", "chat/analytics?panels=", 200, 200),
    "session_analytics": Line("GET", "chat/sessions/{chat}/analytics", 200, MISSING),
    "health": Line(
        "GET", "chat/health", MISSING, MISSING, 403
    ),  # of staff it asks for the scope admin beside
}
