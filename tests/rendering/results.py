"""One result of each of the seven tools, as they are stored."""

from __future__ import annotations

from typing import Any

FIGURES = {
    "input_tokens": 2_600_000,
    "cache_read_tokens": 6_400_000,
    "cache_write_tokens": 240_000,
    "output_tokens": 889_950,
    "total_tokens": 10_129_950,
    "total_cost": "23.94123",
    "calls": 412,
    "unpriced_calls": 0,
}
WEEK = {
    "period": "last 7 days",
    "time_range": "week",
    "from": "2026-11-15T00:00:00+00:00",
    "until": "2026-11-22T00:00:00+00:00",
    "scope": "own",
}
ENDS = {"counted": "Calls of your sessions in the last 7 days.", "link": "/analytics/?period=week"}
DAYS = [f"2026-11-{day}" for day in range(15, 22)]
BEFORE = {"period": "the 7 days before", **FIGURES, "messages": 187, "active_sessions": 11, "active_users": 2}
CHANGE = {"total_tokens": 0.09, "total_cost": 0.12, "messages": 0.1444, "active_sessions": -0.0909}


def group(name: str, cost: str | None, *tokens: int) -> dict[str, Any]:
    given = dict(
        zip(("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"), tokens, strict=True)
    )
    return {
        "name": name,
        **given,
        "total_tokens": sum(tokens),
        "total_cost": cost,
        "calls": 7,
        "unpriced_calls": 0,
    }


def metrics(days: int = 7) -> dict[str, Any]:
    rows = [
        {
            "day": f"2026-11-{30 - days + at:02d}",
            "sessions": 2 + at % 3,
            "messages": 6 + at * 5 % 40,
            "questions": 3 + at * 3 % 20,
            "answers": 3 + at * 2 % 20,
        }
        for at in range(1, days + 1)
    ]
    return {
        **WEEK,
        "total_sessions": 184,
        "active_sessions": 10,
        "new_sessions": 4,
        "messages": 214,
        "questions": 107,
        "answers": 107,
        "active_users": 1,
        "messages_per_session": 21.4,
        "multi_turn_share": 0.3178,
        "replies": 107,
        "completed": 101,
        "failed": 3,
        "stopped": 2,
        "interrupted": 1,
        "response_ms": {"average": 5210, "median": 4230, "p95": 12_400},
        "first_token_ms": {"average": 820, "median": 640, "p95": 1900},
        **FIGURES,
        "rows": rows,
        "before": BEFORE,
        "change": CHANGE,
        **ENDS,
    }


def tokens(group_by: str = "model") -> dict[str, Any]:
    rows = {
        "model": [
            group("claude-sonnet-5-5", "11.2836", 1_400_000, 3_200_000, 100_000, 385_280),
            group("claude-opus-5-5", "10.0750", 640_000, 1_700_000, 62_950, 300_000),
            group("claude-haiku-4-5", "2.3861", 700_000, 1_000_000, 65_120, 200_000),
            group("gpt-5-mini", None, 260_000, 100_000, 0, 16_600),
        ],
        "day": [
            group(day, "3.42", 200_000 + at * 40_000, 600_000 - at * 50_000, 9_000, 80_000)
            for at, day in enumerate(DAYS)
        ],
    }
    return {
        **WEEK,
        "group_by": group_by,
        "total_sessions": 184,
        "active_sessions": 10,
        **FIGURES,
        "rows": rows[group_by],
        "before": BEFORE,
        "change": CHANGE,
        **ENDS,
    }


def messages(count: int = 7) -> dict[str, Any]:
    texts = (
        "The retry policy says a delivery may be tried six times over twenty-four hours.",
        "We decided that a 410 ends the retry at once.",
        "retry with jitter, so that not all of them come back in the same second",
    )
    hits = []
    for at in range(count):
        text = texts[at % 3]
        start = text.index("retry")
        hits.append(
            {
                "session": (
                    "Retry policy for webhooks",
                    "Migration plan for search index",
                    "Compare rate limiters",
                )[at % 3],
                "session_id": "0199a000-0000-7000-8000-000000000001",
                "message_id": f"0199a000-0000-7000-8000-00000000010{at}",
                "when": f"2026-11-{20 - at * 2:02d} 14:0{at}",
                "by": "you" if at % 2 else "assistant",
                "in": "tool result" if at == 2 else "message",
                "snippet": text,
                "highlights": [[start, start + 5]],
                "score": 9.1 - at,
                "link": f"/sessions/0199a000-0000-7000-8000-000000000001/#message-{at}",
            }
        )
    return {**WEEK, "query": "retry", "total_found": 14, "messages": hits, **ENDS}


def activity() -> dict[str, Any]:
    sessions = [
        {
            "session": title,
            "session_id": "0199a000-0000-7000-8000-000000000001",
            "owner": owner,
            "last_active": f"2026-11-21 {14 - at:02d}:02",
            "messages": 14 - at,
            "total_tokens": 248_213 - at * 31_000,
            "total_cost": f"0.{6471 - at * 811}",
            "model": "Claude Sonnet 5.5",
            "running": at == 0,
            "link": f"/sessions/0199a000-0000-7000-8000-00000000000{at}/" if title else "",
        }
        for at, (title, owner) in enumerate(
            [
                ("Weekly cost review", "alice"),
                ("Migration plan for search index", "alice"),
                (None, "bob"),
                ("Übersicht der Kosten für das ganze vierte Quartal und was davon im Plan stand", "alice"),
            ]
        )
    ]
    return {
        **WEEK,
        "period": "today",
        "time_range": "today",
        "scope": "everyone",
        "total_sessions": 184,
        "active_sessions": 4,
        "active_last_24_hours": 6,
        "running_replies": 1,
        "online_users": 2,
        "active_users": 2,
        **FIGURES,
        "sessions": sessions,
        **ENDS,
    }


def engagement() -> dict[str, Any]:
    hours = [{"hour": hour, "messages": max(0, 30 - (hour - 13) ** 2)} for hour in range(24)]
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return {
        **WEEK,
        "total_sessions": 184,
        "active_sessions": 10,
        "active_users": 3,
        "messages": 214,
        "messages_per_session": 21.4,
        "multi_turn_share": 0.3178,
        "peak_hours": hours,
        "peak_weekdays": [
            {"weekday": name, "messages": count}
            for name, count in zip(names, (42, 37, 51, 44, 33, 4, 3), strict=True)
        ],
        "busiest_hour": 13,
        "busiest_weekday": "Wednesday",
        "topics": [
            {"topic": "retries", "messages": 31},
            {"topic": "costs", "messages": 22},
            {"topic": "search", "messages": 9},
        ],
        "sentiment": {"positive": 40, "neutral": 150, "negative": 10, "judged": 200, "average": 0.12},
        "satisfaction": {"ratings": 12, "positive": 11, "share": 0.9167},
        "tools": [
            {"tool": "analyze_token_usage", "calls": 312, "success_share": 0.994, "average_ms": 310},
            {"tool": "search_session_messages", "calls": 205, "success_share": 0.985, "average_ms": 180},
        ],
        "total_tokens": 10_129_950,
        "total_cost": "23.94123",
        "rows": [
            {"day": day, "messages": 20 + at * 4, "sessions": 3, "active_users": 2}
            for at, day in enumerate(DAYS)
        ],
        "before": BEFORE,
        "change": {**CHANGE, "active_users": 0.5},
        **ENDS,
    }


def health() -> dict[str, Any]:
    return {
        "period": "last hour",
        "time_range": None,
        "from": "2026-11-21T13:02:00+00:00",
        "until": "2026-11-21T14:02:00+00:00",
        "scope": "everyone",
        "status": "degraded",
        "components": [
            {"name": "Database", "status": "ok", "detail": "Answers in 0.4 ms.", "value": 0.4, "unit": "ms"},
            {
                "name": "Channel layer",
                "status": "ok",
                "detail": "Within this process.",
                "value": None,
                "unit": "ms",
            },
            {
                "name": "Providers",
                "status": "degraded",
                "detail": "3 of 40 calls failed: overloaded.",
                "value": 7.5,
                "unit": "%",
            },
            {
                "name": "Journal",
                "status": "ok",
                "detail": "The writer is 12 ms behind.",
                "value": 12,
                "unit": "ms",
            },
            {
                "name": "Replies",
                "status": "down",
                "detail": "No process takes replies.",
                "value": 4,
                "unit": "replies",
            },
        ],
        "running_replies": 2,
        "queued_replies": 4,
        "error_rate": 0.075,
        "journal_lag_ms": 12,
        "calls_last_hour": 40,
        "failed_last_hour": 3,
        "errors": [{"kind": "overloaded", "count": 3}],
        **ENDS,
    }


COST_GROUPS = {
    "by_model": [
        {"name": "claude-opus-5-5", "total_cost": "34.44", "total_tokens": 4_000_000, "calls": 90},
        {"name": "claude-sonnet-5-5", "total_cost": "24.37", "total_tokens": 9_000_000, "calls": 210},
        {"name": "claude-haiku-4-5", "total_cost": "12.79", "total_tokens": 11_000_000, "calls": 640},
    ],
    "by_purpose": [
        {"name": "chat", "total_cost": "70.1", "total_tokens": 23_000_000, "calls": 800},
        {"name": "title", "total_cost": "1.5", "total_tokens": 1_000_000, "calls": 140},
    ],
}


COST_OUTLOOK = {
    "projection": {
        "month": "2026-11",
        "spent": "71.6",
        "expected": "104.2",
        "low": "97",
        "high": "112",
        "method": "Spent so far, and the mean of its weekday over the last 28 days for each day to come.",
    },
    "next_week": {"expected": "25.1", "low": "21", "high": "30"},
    "per_day": "3.41",
    "anomalies": [{"day": "2026-11-12", "cost": "6.7", "usual": "3.9", "reason": "one long Opus session"}],
    "savings": [
        {
            "kind": "caching",
            "sentence": "Cache the instructions of long sessions",
            "saves": "6.2",
            "assumption": "31 sessions go on sending them",
        },
        {
            "kind": "cheaper model",
            "sentence": "Use Haiku for titles",
            "saves": "3.45",
            "assumption": "412 calls as before",
        },
    ],
}


def costs() -> dict[str, Any]:
    daily = [
        0.9,
        3.1,
        5.2,
        3.8,
        3.6,
        4.7,
        0.8,
        0.8,
        4.4,
        3.9,
        4.8,
        6.7,
        4.3,
        0.9,
        0.8,
        4.6,
        4.5,
        4.9,
        3.7,
        4.0,
        1.2,
    ]
    return {
        **WEEK,
        "period": "this month",
        "time_range": "month",
        "from": "2026-11-01T00:00:00+00:00",
        "total_sessions": 184,
        "active_sessions": 41,
        **FIGURES,
        "total_cost": "71.6",
        **COST_GROUPS,
        "rows": [
            {
                "day": f"2026-11-{at:02d}",
                "cost": f"{cost}",
                "tokens": int(cost * 300_000),
                "calls": int(cost * 10),
            }
            for at, cost in enumerate(daily, 1)
            if at != 8
        ],
        "before": {"period": "1 to 21 October", **FIGURES, "total_cost": "63.93"},
        "change": {"total_cost": 0.12, "total_tokens": 0.09},
        **COST_OUTLOOK,
        **ENDS,
    }


def flat() -> dict[str, Any]:
    return {
        "tickets": [
            {"id": 7, "title": "Search is slow", "open": True},
            {"id": 9, "title": "Dark mode", "open": False},
        ],
        "source": "tracker",
    }


def searched() -> dict[str, Any]:
    found = {
        "number": 1,
        "title": "The tower's hours",
        "address": "https://tower.example/hours",
        "date": "May 2026",
    }
    return {"query": "tower", "results": [{**found, "excerpt": "Open from nine to six."}]}


def page_read() -> dict[str, Any]:
    return {
        "title": "The tower's hours",
        "address": "https://tower.example/hours",
        "text": "# Hours\n\nOpen from nine to six.",
        "characters": 9_000,
        "next_offset": 31,
    }


def guides_found() -> dict[str, Any]:
    found = {
        "guide_id": 3,
        "title": "Phone 12 Battery Replacement",
        "device": "Phone 12",
        "difficulty": "Moderate",
    }
    return {"guides": [{**found, "summary": "Swap it.", "address": "https://www.ifixit.com/Guide/x/3"}]}


def guide() -> dict[str, Any]:
    heat = {"text": "Heat the lower edge for two minutes.", "mark": "red"}
    careful = {"text": "Do not bend the battery.", "mark": "icon_caution"}
    picture = "https://guide-images.cdn.example/igi/abc.standard"
    return {
        "title": "Phone 12 Battery Replacement",
        "device": "Phone 12",
        "difficulty": "Moderate",
        "time": "1 - 2 hours",
        "tools": ["Spudger", "P2 Screwdriver"],
        "parts": ["Phone 12 Battery"],
        "address": "https://www.ifixit.com/Guide/Phone+12/3",
        "licence": "Guides of iFixit are under CC BY-NC-SA 3.0: name iFixit with a link to the guide.",
        "total_steps": 12,
        "steps": [
            {"step": 1, "title": "Heat the edge", "lines": [heat, careful], "pictures": [picture]},
            {"step": 2, "title": "", "lines": [{"text": "Lift the screen.", "mark": "black"}]},
        ],
    }


RESULTS: dict[str, dict[str, Any]] = {
    "analyze_session_metrics": metrics(),
    "analyze_token_usage": tokens(),
    "search_session_messages": messages(),
    "get_active_sessions": activity(),
    "analyze_engagement": engagement(),
    "check_system_health": health(),
    "analyze_costs": costs(),
    "list_tickets": flat(),
    "web_search": searched(),
    "read_web_page": page_read(),
    "search_repair_guides": guides_found(),
    "read_repair_guide": guide(),
}


def call(name: str, result: Any = None, status: str = "success", **more: Any) -> dict[str, Any]:
    """The data of a call's latest chunk."""
    data = {
        "id": "0199a000-0000-7000-8000-0000000000aa",
        "tool_id": name,
        "input": {"time_range": "week"},
        "status": status,
        "result": result,
        "error": "",
        "duration_ms": 340,
    }
    return data | more
