"""One workspace told in examples: what the description of the API shows. A test holds each against its shape."""

from __future__ import annotations

import json
from typing import Any

SESSION_ID = "01938f2e-6b7a-7c31-9d04-5e2f8a1b6c70"
ASKED_ID = "01938f2e-9c10-7f52-8a6b-0c4d7e9f1a23"
ANSWER_ID = "01938f2e-9c11-7a08-b1c2-3d4e5f607182"
CALL_ID = "01938f2e-9d40-7be1-8f90-a1b2c3d4e5f6"
FILE_ID = "01938f2e-5501-7d20-9e31-7f8091a2b3c4"
NOTHING_USED: dict[str, int] = {
    "input": 0, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "output": 0,
}  # fmt: skip
USED = {"input": 1234, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "output": 567}

SESSION: dict[str, Any] = {
    "id": SESSION_ID,
    "title": "Weekly cost review",
    "provider": "anthropic",
    "model": "claude-opus-5-5",
    "settings": {"max_turns": 10},
    "tags": ["costs"],
    "starred": False,
    "archived": False,
    "parent": None,
    "message_count": 2,
    "total_tokens": 1801,
    "total_cost": "0.0203450000",
    "created_at": "2026-11-30T09:12:41.305000Z",
    "last_activity_at": "2026-11-30T09:12:44.118000Z",
}
NEW_SESSION = SESSION | {
    "message_count": 0, "total_tokens": 0, "total_cost": "0", "last_activity_at": "2026-11-30T09:12:41.305000Z",
}  # fmt: skip
NO_MARKS: dict[str, Any] = {"reactions": [], "notes": 0, "good": 0, "bad": 0, "own_rating": None}
ARCHIVED = SESSION | {"archived": True}
BRANCH_ID = "01938f30-0b1e-7d42-a5c6-8e9fa0b1c2d3"
BRANCH = SESSION | {"id": BRANCH_ID, "title": "Weekly cost review (branch)", "parent": SESSION_ID}
COPY = SESSION | {"id": BRANCH_ID, "title": "Weekly cost review (copy)"}
ASKED: dict[str, Any] = {
    "id": ASKED_ID,
    "session": SESSION_ID,
    "parent": None,
    "role": "user",
    "author": {"id": 7, "username": "alice"},
    "client_id": "weekly-1",
    "content": "What did this week cost?",
    "parts": [{"kind": "text", "turn": 0, "text": "What did this week cost?"}],
    "attachments": [],
    "status": "sent",
    "stop_reason": "",
    "error": None,
    "model": "",
    "fell_back": None,
    "tool_calls": [],
    "citations": [],
    "usage": NOTHING_USED,
    "tokens": 0,
    "cost": "0",
    "processing_ms": None,
    "turns": 0,
    "active": True,
    "position": 1,
    "version": 1,
    "versions": 1,
    "revisions": 0,
    "edited_at": None,
    "marks": NO_MARKS,
    "created_at": "2026-11-30T09:12:42.010000Z",
    "finished_at": None,
}
EDITED = ASKED | {
    "content": "What did November cost?",
    "parts": [{"kind": "text", "turn": 0, "text": "What did November cost?"}],
    "revisions": 1,
    "edited_at": "2026-11-30T09:20:07.310000Z",
}
ANSWER: dict[str, Any] = ASKED | {
    "id": ANSWER_ID,
    "parent": ASKED_ID,
    "role": "assistant",
    "author": None,
    "client_id": None,
    "content": "This week cost $4.12.",
    "parts": [{"kind": "text", "turn": 1, "text": "This week cost $4.12."}],
    "status": "complete",
    "stop_reason": "end",
    "position": 2,
    "model": "claude-opus-5-5",
    "usage": USED,
    "tokens": 1801,
    "cost": "0.0203450000",
    "processing_ms": 2108,
    "turns": 1,
    "created_at": "2026-11-30T09:12:42.011000Z",
    "finished_at": "2026-11-30T09:12:44.118000Z",
}
QUEUED = ANSWER | {
    "content": "", "parts": [], "status": "queued", "usage": NOTHING_USED, "tokens": 0, "cost": "0",
    "processing_ms": None, "turns": 0, "stop_reason": "", "finished_at": None,
}  # fmt: skip
PAIR = {"message": ASKED, "reply": QUEUED}
PENDING = {
    "pending": {
        "id": "01938f2e-a001-7c44-8d55-e6f708192a3b",
        "session": SESSION_ID,
        "client_id": "weekly-2",
        "content": "And last week?",
        "model": "",
        "created_at": "2026-11-30T09:12:43.002000Z",
    }
}
NOTIFIED = {
    "message": ASKED | {
        "author": {"id": 7, "username": "alice"},
        "client_id": "run-71",
        "content": "",
        "parts": [
            {
                "kind": "card", "turn": 0, "card": "notification", "source": "CI", "title": "Deploy failed",
                "text": "Step `migrate` timed out.", "severity": "error", "link": "https://ci.example.org/runs/71",
                "events": [], "at": 1796030562010, "topic": "deploy",
            }
        ],
        "parent": ANSWER_ID,
        "position": 3,
    },
    "reply": None,
}  # fmt: skip
NOTIFIED_LATER = {"pending": PENDING["pending"] | {"content": "", "client_id": "run-71"}}
WEBHOOK = {
    "id": "01938f2e-b002-7e31-9a40-1b2c3d4e5f60",
    "session": SESSION_ID,
    "name": "CI",
    "url": "https://workspace.example.org/hooks/01938f2e-b002-7e31-9a40-1b2c3d4e5f60",
    "maker": {"id": 7, "username": "alice"},
    "answers": False,
    "created_at": "2026-11-30T09:12:43.002000Z",
    "last_used_at": None,
    "uses": 0,
}
NEW_WEBHOOK = WEBHOOK | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
USAGE: dict[str, Any] = {
    "id": CALL_ID,
    "message": ANSWER_ID,
    "purpose": "reply",
    "provider": "anthropic",
    "model": "claude-opus-5-5",
    "turn": 1,
    "attempt": 1,
    **USED,
    "tokens": 1801,
    "cost": "0.0203450000",
    "counts_source": "reported",
    "ok": True,
    "error_type": "",
    "duration_ms": 2050,
    "first_token_ms": 611,
    "at": "2026-11-30T09:12:42.060000Z",
    "settled_at": "2026-11-30T09:12:44.110000Z",
}
FILE: dict[str, Any] = {
    "id": FILE_ID,
    "name": "costs.csv",
    "kind": "text",
    "media_type": "text/csv",
    "language": "",
    "size": 5120,
    "width": None,
    "height": None,
    "pages": None,
    "tokens": 1400,
    "note": "",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "session": SESSION_ID,
    "message": None,
    "created_at": "2026-11-30T09:11:58.400000Z",
}
MARK: dict[str, Any] = {
    "id": "01938f2f-0a11-7c02-9b3c-5d6e7f8091a2",
    "message": ANSWER_ID,
    "kind": "reaction",
    "by": {"id": 7, "username": "alice"},
    "own": True,
    "emoji": "👍",
    "rating": None,
    "stars": None,
    "comment": "",
    "quote": "",
    "quote_at": None,
    "created_at": "2026-11-30T09:14:02.120000Z",
}
NOTE = MARK | {"kind": "annotation", "emoji": "", "comment": "Checked against the invoice."}
RATING = MARK | {"kind": "rating", "emoji": "", "rating": 1, "stars": 5, "comment": "Right to the cent."}
DELETION = {
    "deletion": ASKED_ID,
    "session": SESSION_ID,
    "count": 2,
    "content": "What did this week cost?",
    "deleted_at": "2026-11-30T09:30:00.000000Z",
    "inside": False,
}
REVISION = {
    "number": 1,
    "content": "What did this week cost?",
    "parts": [{"kind": "text", "turn": 0, "text": "What did this week cost?"}],
    "replaced_at": "2026-11-30T09:20:07.310000Z",
    "replaced_by": "alice",
}


CHUNK = {
    "type": "content",
    "data": "This week cost $4.12.",
    "timestamp": 1796029964118,
    "reply": ANSWER_ID,
    "seq": 2,
}
EVENT = {"id": f"{ANSWER_ID}:2", "data": json.dumps(CHUNK, separators=(",", ":"))}
TOKEN: dict[str, Any] = {
    "id": "01938f2e-0102-7e11-8c21-3d4e5f607182",
    "name": "Nightly report",
    "scopes": ["read", "chat"],
    "prefix": "5c1f0a77",
    "created_at": "2026-11-02T08:00:00.120000Z",
    "expires_at": "2027-01-01T00:00:00Z",
    "last_used_at": "2026-11-30T09:12:41.300000Z",
    "limit": {
        "measure": "money", "period": "month", "limit": "5.0000000000", "used": "1.2034500000",
        "resets_at": "2026-12-01T00:00:00Z",
    },
}  # fmt: skip
NEW_TOKEN = TOKEN | {
    "last_used_at": None,
    "limit": TOKEN["limit"] | {"used": "0"},
    "token": "5c1f0a77d3b24e6f8a9b0c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6f7",
}
THREAD_ID = "user-7"
THREAD_ANSWER = {"response": ANSWER["content"], "thread_id": THREAD_ID}
THREAD_EVENT = {"data": json.dumps({"type": "token", "content": "This week cost $4.12."})}
THREAD_HISTORY = {
    "thread_id": THREAD_ID,
    "message_count": 2,
    "messages": [
        {"role": each["role"], "content": each["content"], "timestamp": each["created_at"]}
        for each in (ASKED, ANSWER)
    ],
}
THREAD_FORGOTTEN = {
    "success": True,
    "message": "The conversation was deleted for good (messages: 2).",
    "thread_id": THREAD_ID,
}
THREAD = {
    "user_id": 7,
    "thread_id": THREAD_ID,
    "total_messages": 2,
    "total_tokens_used": 1801,
    "session_start": "2026-11-30T09:12:41.305000Z",
    "last_activity": "2026-11-30T09:12:44.118000Z",
}


def listed(*rows: Any) -> dict[str, Any]:
    """A page that is the whole list."""
    return {"results": list(rows), "next": None, "previous": None}
