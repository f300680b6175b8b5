"""The workspace of `sessions_app.api.examples` in figures."""

from __future__ import annotations

from typing import Any

from sessions_app.api.examples import ANSWER_ID, SESSION_ID

SUMS: dict[str, Any] = {
    "calls": 1, "input": 1234, "cache_read": 0, "cache_write": 0, "output": 567, "cost": "0.020345",
    "unpriced_calls": 0,
}  # fmt: skip
BY_MODEL = {"provider": "anthropic", "model": "claude-opus-5-5", **SUMS}
BY_PURPOSE = {"purpose": "reply", **SUMS}
PROJECTION = {
    "month": "2026-11", "spent": "4.12", "expected": "5.9", "low": "4.4", "high": "7.4",
    "method": "Spent so far, and the mean of the last 14 days for each day to come.",
}  # fmt: skip
VIDEO_ID = "01938f2e-9000-7a10-8b2c-3d4e5f607182"
VIDEO_SUMS = {
    "questions": 41, "sessions": 12, "students": 9, "references": 63, "answered": 0.8537, "calls": 52, "tokens": 118204,
    "cost": "0.61205", "unpriced_calls": 0,
}  # fmt: skip
VIDEO_FIGURES: dict[str, Any] = {
    "creator": "alice",
    "total": VIDEO_SUMS,
    "before": None,
    "videos": [{"video": VIDEO_ID, "title": "How an index finds a row", **VIDEO_SUMS}],
    "moments": [
        {"video": VIDEO_ID, "title": "How an index finds a row", "start_ms": 83200, "end_ms": 141900, "references": 17}
    ],
    "common_questions": [{"example": "When is an index not used?", "times": 6}],
    "topics": [{"topic": "index", "questions": 19}],
    "unanswered": [
        {
            "question": "Does this hold for hash joins?", "why": "Nothing near was found", "nearest": 0.21,
            "at": "2026-11-28T18:04:11+00:00", "videos": [VIDEO_ID],
        }
    ],
    "texts_hidden": False,
    "hours": [[0] * 24] * 7,
    "students": [
        {"student": "Student 4K7QZ", "questions": 8, "sessions": 2, "references": 14, "tokens": 22110, "cost": "0.1121"}
    ],
    "indexing": {"calls": 0, "tokens": 0, "cost": "0"},
}  # fmt: skip
FIGURES: dict[str, Any] = {
    "period": {
        "name": "month", "words": "this month", "from": "2026-11-01T00:00:00+00:00",
        "until": "2026-12-01T00:00:00+00:00", "time_zone": "UTC", "scope": "own", "user": "alice", "model": None,
        "provider": None, "before": "the same days of last month",
    },
    "headlines": {
        "cost": {
            "name": "Cost", "kind": "money", "value": "4.12", "before": "3.9", "change": 0.0564, "unpriced_calls": 0,
        },
    },
    "panels": {
        "cost_by_provider": {
            "title": "Cost by provider",
            "columns": [
                {"key": "provider", "name": "Provider", "kind": "text"},
                {"key": "cost", "name": "Cost", "kind": "money"},
            ],
            "rows": [["anthropic", "4.12"]],
            "total": ["All", "4.12"],
            "figures": [],
            "said": [],
            "absent": None,
        }
    },
    "projection": PROJECTION,
    "usage": {
        "total": SUMS,
        "by_model": [BY_MODEL],
        "by_purpose": [BY_PURPOSE],
        "by_day": [{"day": "2026-11-30", **SUMS, "by_model": [BY_MODEL]}],
    },
    "cost_projection": PROJECTION,
    "videos": VIDEO_FIGURES,
}  # fmt: skip
HEALTH: dict[str, Any] = {
    "status": "ok",
    "checked_at": "2026-11-30T09:12:44.118000+00:00",
    "components": [
        {
            "key": "database", "name": "Database", "status": "ok", "detail": "It answers.", "value": 1.2, "unit": "ms",
            "measured_at": "2026-11-30T09:12:44.100000+00:00", "figures": {},
        }
    ],
}  # fmt: skip
TIMES = {"count": 1, "average": 2108, "median": 2108, "p95": 2108}
SESSION_FIGURES: dict[str, Any] = {
    "session": SESSION_ID,
    "messages": 2,
    "begun": "2026-11-30T09:12:41.305000Z",
    "last_activity": "2026-11-30T09:12:44.118000Z",
    **SUMS,
    "by_model": [BY_MODEL],
    "by_purpose": [BY_PURPOSE],
    "replies": 1,
    "turns": 1,
    "replies_not_shown": 0,
    "messages_copied": 0,
    "ended": {"complete": 1},
    "response_ms": TIMES,
    "first_token_ms": {"count": 1, "average": 611, "median": 611, "p95": 611},
    "tools": [],
    "failed_calls": [],
    "videos": [{"video": VIDEO_ID, "title": "How an index finds a row", "references": 2}],
    "timeline": [
        {
            "message": ANSWER_ID, "asked": "2026-11-30T09:12:42.011000Z", "model": "Claude Opus 5.5",
            "status": "complete", "error": None, "turns": 1, "shown": True, "ms": 2108, "tokens": 1801,
            "cost": "0.020345",
            "parts": [{"doing": "model", "name": "Claude Opus 5.5", "begin_ms": 50, "ms": 2050, "ok": True}],
        }
    ],
    "before": None,
}  # fmt: skip

LIMIT: dict[str, Any] = {
    "id": "01938f2e-8200-7b11-8c2d-4e5f60718293",
    "name": "This month's budget of $10.00",
    "of": "person",
    "session": None,
    "by_owner": False,
    "measure": "money",
    "period": "month",
    "limit": "10",
    "used": "4.12",
    "reserved": "0",
    "share": 0.412,
    "used_up": False,
    "unpriced_calls": 0,
    "began_at": "2026-11-01T00:00:00Z",
    "resets_at": "2026-12-01T00:00:00Z",
}
LIMITS = {
    "plan": "free", "limits": [LIMIT], "sessions": [], "reply": {"cost": "5", "turns": 10, "tool_calls": 25},
}  # fmt: skip
SESSION_LIMIT = {"money": "2.5", "staff": None, "used": "0.020345"}
RATES = {"input": "3", "cache_read": "0.3", "cache_write_5m": "3.75", "cache_write_1h": "6", "output": "15"}
PRICES: dict[str, Any] = {
    "table": {"name": "genai-prices", "version": "0.2.3", "published": "2026-11-10", "age_days": 20, "old": False},
    "models": [
        {
            "provider": "anthropic", "model": "claude-sonnet-5-5", "label": "Claude Sonnet 5.5", "source": "table",
            "offered": True, "prices": RATES, "tiers": [], "overrides": [], "unpriced": None,
        }
    ],
}  # fmt: skip
ROWS: dict[str, Any] = {
    "kind": "calls",
    "about": "One row for each call of a model that has ended.",
    "columns": [{"key": "at", "name": "When", "kind": "moment"}, {"key": "cost", "name": "Cost", "kind": "money"}],
    "results": [
        {
            "session": {"id": SESSION_ID, "name": "Weekly cost review"}, "message": None, "model": "claude-opus-5-5",
            "values": {"at": "2026-11-30T09:12:42.060000Z", "cost": "0.020345"},
        }
    ],
    "next": None,
    "previous": None,
    "total": ["1 call", "1,801 tokens", "$0.02"],
    "bounded": None,
}  # fmt: skip
ME: dict[str, Any] = {
    "id": 7, "username": "alice", "email": "alice@example.org", "name": "Alice Example", "plan": "free", "staff": False,
    "time_zone": "Europe/Berlin", "preferences": {"time_zone": "Europe/Berlin", "shortcuts": True, "video_questions": True}, "thread": "user-7",
    "limits": [LIMIT],
    "token": {
        "id": "01938f2e-0102-7e11-8c21-3d4e5f607182", "name": "weekly report", "scopes": ["read"], "created_at": "2026-11-30T08:00:00Z",
        "expires_at": None,
    },
}  # fmt: skip
