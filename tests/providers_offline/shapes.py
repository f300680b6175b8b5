"""The arguments of the seven tools, and a result of each, as the tools promise them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sessions_app.agent.tools import Tool, ToolContext, tool

Range = Literal["today", "week", "month", "all"]
Scope = Literal["own", "everyone"]
Group = Literal["model", "provider", "purpose", "user", "day"]


@tool()
async def analyze_session_metrics(
    context: ToolContext, *, time_range: Range = "week", scope: Scope = "own"
) -> None:
    """Sessions, messages and response times."""


@tool()
async def analyze_token_usage(
    context: ToolContext, *, time_range: Range = "week", group_by: Group = "model", scope: Scope = "own"
) -> None:
    """Tokens."""


@tool()
async def search_session_messages(
    context: ToolContext,
    *,
    query: Annotated[str, Field(max_length=500)],
    time_range: Range = "all",
    limit: Annotated[int, Field(ge=1, le=50)] = 10,
    scope: Scope = "own",
) -> None:
    """Messages."""


@tool()
async def get_active_sessions(
    context: ToolContext, *, time_range: Range = "today", scope: Scope = "own"
) -> None:
    """Who is active."""


@tool()
async def analyze_engagement(
    context: ToolContext, *, time_range: Range = "week", scope: Scope = "own"
) -> None:
    """Engagement."""


@tool()
async def check_system_health(context: ToolContext) -> None:
    """Health."""


@tool()
async def analyze_costs(context: ToolContext, *, time_range: Range = "month", scope: Scope = "own") -> None:
    """Costs."""


METRICS, TOKENS, SEARCH = "analyze_session_metrics", "analyze_token_usage", "search_session_messages"
ACTIVE, ENGAGEMENT = "get_active_sessions", "analyze_engagement"
HEALTH, COSTS = "check_system_health", "analyze_costs"
SEVEN: dict[str, Tool] = {
    each.name: each
    for each in (
        analyze_session_metrics,
        analyze_token_usage,
        search_session_messages,
        get_active_sessions,
        analyze_engagement,
        check_system_health,
        analyze_costs,
    )
}

WEEK: dict[str, Any] = {
    "period": "last 7 days",
    "time_range": "week",
    "from": "2026-11-15T00:00:00+00:00",
    "until": "2026-11-22T00:00:00+00:00",
    "scope": "own",
}
FIGURES: dict[str, Any] = {
    "input_tokens": 1000,
    "cache_read_tokens": 300,
    "cache_write_tokens": 40,
    "output_tokens": 200,
    "total_tokens": 1540,
    "total_cost": "0.0123",
    "calls": 3,
    "unpriced_calls": 1,
}
BEFORE = {"period": "the 7 days before", "total_tokens": 1375, "messages": 100, "total_cost": "0.0246"}
CHANGE = {"total_tokens": 0.12, "messages": 0.2, "total_cost": -0.5, "active_sessions": None}
FOOT = {"counted": "Your own sessions and the calls they caused.", "link": "/dashboard/?period=week"}

RESULTS: dict[str, dict[str, Any]] = {
    METRICS: {
        **WEEK,
        "total_sessions": 40,
        "active_sessions": 12,
        "new_sessions": 3,
        "messages": 120,
        "questions": 61,
        "answers": 59,
        "active_users": 1,
        "messages_per_session": 10.0,
        "multi_turn_share": 0.4,
        "replies": 60,
        "completed": 55,
        "failed": 3,
        "stopped": 2,
        "interrupted": 0,
        "response_ms": {"average": 3200, "median": 2100, "p95": 9000},
        "first_token_ms": {"average": 410, "median": 380, "p95": 900},
        **FIGURES,
        "rows": [
            {"day": "2026-11-20", "sessions": 4, "messages": 50, "questions": 26, "answers": 24},
            {"day": "2026-11-21", "sessions": 8, "messages": 70, "questions": 35, "answers": 35},
        ],
        "before": BEFORE,
        "change": CHANGE,
        **FOOT,
    },
    TOKENS: {
        **WEEK,
        "group_by": "model",
        "total_sessions": 40,
        "active_sessions": 12,
        **FIGURES,
        "rows": [{"name": "claude|x", **FIGURES}],
        "before": BEFORE,
        "change": CHANGE,
        **FOOT,
    },
    SEARCH: {
        **WEEK,
        "period": "all time",
        "query": "plan",
        "total_found": 3,
        "messages": [
            {
                "session": "Plan [x](http://evil)",
                "session_id": "1",
                "message_id": "2",
                "when": "2026-11-20 09:00",
                "by": "you",
                "in": "message",
                "snippet": "the plan is a **bold** ![p](http://evil/p.png)",
                "highlights": [[4, 8]],
                "score": 2.5,
                "link": "/sessions/1/#message-2",
            }
        ],
        "counted": "Messages of sessions you may read.",
        "link": "/search/?q=plan",
    },
    ACTIVE: {
        **WEEK,
        "period": "today",
        "scope": "everyone",
        "total_sessions": 40,
        "active_sessions": 2,
        "active_last_24_hours": 5,
        "running_replies": 1,
        "online_users": 3,
        "active_users": 2,
        **FIGURES,
        "sessions": [
            {
                "session": "Release *notes*",
                "session_id": "1",
                "owner": "alice",
                "last_active": "2026-11-21 14:02",
                "messages": 8,
                "total_tokens": 900,
                "total_cost": "0.01",
                "model": "claude-sonnet-5-5",
                "running": True,
                "link": "/sessions/1/",
            },
            {
                "session": None,
                "session_id": "2",
                "owner": "bob",
                "last_active": "2026-11-21 13:00",
                "messages": 2,
                "total_tokens": 640,
                "total_cost": None,
                "model": "claude-sonnet-5-5",
                "running": False,
                "link": None,
            },
        ],
        **FOOT,
    },
    ENGAGEMENT: {
        **WEEK,
        "total_sessions": 40,
        "active_sessions": 12,
        "active_users": 1,
        "messages": 120,
        "messages_per_session": 10.0,
        "multi_turn_share": 0.4,
        "peak_hours": [{"hour": hour, "messages": hour} for hour in range(24)],
        "peak_weekdays": [{"weekday": "Monday", "messages": 4}],
        "busiest_hour": 23,
        "busiest_weekday": "Monday",
        "topics": [{"topic": "release plan", "messages": 14}, {"topic": "invoices", "messages": 1}],
        "sentiment": {"positive": 30, "neutral": 15, "negative": 5, "judged": 50, "average": 0.31},
        "satisfaction": {"ratings": 10, "positive": 8, "share": 0.8},
        "tools": [{"tool": "analyze_costs", "calls": 4, "success_share": 0.75, "average_ms": 52}],
        "total_tokens": 1540,
        "total_cost": "0.0123",
        "rows": [],
        "before": BEFORE,
        "change": CHANGE,
        **FOOT,
    },
    HEALTH: {
        "period": "last hour",
        "time_range": None,
        "from": None,
        "until": None,
        "scope": "own",
        "status": "degraded",
        "components": [
            {"name": "Database", "status": "ok", "detail": "Answers at once.", "value": 1.25, "unit": "ms"},
            {
                "name": "Providers",
                "status": "degraded",
                "detail": "One call in 5 failed.",
                "value": 20,
                "unit": "%",
            },
        ],
        "running_replies": 2,
        "queued_replies": 1,
        "error_rate": 0.2,
        "journal_lag_ms": 40,
        "calls_last_hour": 10,
        "failed_last_hour": 2,
        "errors": [{"kind": "overloaded", "count": 2}],
        **FOOT,
    },
    COSTS: {
        **WEEK,
        "period": "this month",
        "total_sessions": 40,
        "active_sessions": 12,
        **FIGURES,
        "by_model": [{"name": "claude-sonnet-5-5", "total_cost": "0.01", "total_tokens": 1200, "calls": 2}],
        "by_purpose": [
            {"name": "reply", "total_cost": "0.012", "total_tokens": 1500, "calls": 2},
            {"name": "title", "total_cost": "0.0003", "total_tokens": 40, "calls": 1},
        ],
        "rows": [
            {"day": "2026-11-20", "cost": "0.0023", "tokens": 540, "calls": 1},
            {"day": "2026-11-21", "cost": "0.01", "tokens": 1000, "calls": 2},
        ],
        "before": {**BEFORE, "period": "the same days of the month before"},
        "change": CHANGE,
        "projection": {
            "month": "2026-11",
            "spent": "0.0123",
            "expected": "12.5",
            "low": "9",
            "high": "16",
            "method": "the mean of the last days",
        },
        "next_week": {"expected": "5.25", "low": "4", "high": "7"},
        "per_day": "0.006",
        "anomalies": [
            {"day": "2026-11-21", "cost": "0.01", "usual": "0.002", "reason": "five times the usual"}
        ],
        "savings": [
            {
                "kind": "cheaper model",
                "sentence": "Short questions could go to Claude Haiku 5.5.",
                "saves": "3.2",
                "assumption": "half of the calls are short",
            }
        ],
        **FOOT,
    },
}
