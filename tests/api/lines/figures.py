"""Figures, limits and prices."""

from __future__ import annotations

from . import MISSING, Line

LINES = {
    "analytics": Line("GET", "chat/analytics?panels=", 200, 200),
    "session_analytics": Line("GET", "chat/sessions/{chat}/analytics", 200, MISSING),
    "list_rows": Line("GET", "chat/analytics/rows?kind=calls", 200, 200),
    "list_prices": Line("GET", "chat/analytics/prices", 200, 200),
    "list_limits": Line("GET", "chat/limits?session={chat}", 200, MISSING),
    "get_session_limit": Line("GET", "chat/sessions/{chat}/limit", 200, MISSING),
    "set_session_limit": Line("PUT", "chat/sessions/{chat}/limit", 200, MISSING, body={"money": "2.50"}),
    "remove_session_limit": Line("DELETE", "chat/sessions/{chat}/limit", 403, MISSING),
    "get_me": Line("GET", "chat/me", 200, 200),
    "change_me": Line("PATCH", "chat/me", 200, 200, body={"preferences": {"shortcuts": False}}),
    "health": Line(
        "GET", "chat/health", MISSING, MISSING, 403
    ),  # of staff it asks for the scope admin beside
}
