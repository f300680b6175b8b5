"""Exports, imports and links told in examples, of the workspace of `sessions_app.api.examples`."""

from __future__ import annotations

from typing import Any

from sessions_app.api.examples import SESSION_ID, listed

__all__ = [
    "DONE", "FORMAT", "IMPORT", "IMPORTING", "JOB", "READY", "RECEIVING", "SHARE", "WHOLE_IMPORT", "listed",
]  # fmt: skip

JOB_ID = "01938f40-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
IMPORT_ID = "01938f41-2d3e-7f40-9b5c-6d7e8f9a0b1c"
SHARE_ID = "01938f42-3e4f-7051-8c6d-7e8f9a0b1c2d"
BEGAN, ENDED = "2026-11-30T09:20:00.120000Z", "2026-11-30T09:20:03.480000Z"

FORMAT: dict[str, Any] = {
    "name": "pdf",
    "label": "PDF",
    "media_type": "application/pdf",
    "extension": "pdf",
    "aliases": [],
    "heavy": True,
    "volume": 1000,
    "options": [
        {
            "name": "paper",
            "label": "Paper",
            "type": "choice",
            "default": "a4",
            "choices": [{"value": "a4", "label": "A4"}, {"value": "letter", "label": "Letter"}],
            "least": None,
            "most": None,
            "pattern": None,
            "meaning": "",
        }
    ],
}
JOB: dict[str, Any] = {
    "id": JOB_ID,
    "title": "214 sessions as PDF",
    "status": "queued",
    "cancelling": False,
    "formats": ["pdf"],
    "options": {"pdf": {"paper": "a4"}},
    "done": 0,
    "total": 3120,
    "doing": "",
    "left_out": [],
    "error": "",
    "name": "",
    "media_type": "",
    "size": None,
    "download": None,
    "created_at": BEGAN,
    "started_at": None,
    "finished_at": None,
    "expires_at": None,
}
DONE: dict[str, Any] = JOB | {
    "status": "done",
    "done": 3120,
    "name": "sessions-2026-11-30.zip",
    "media_type": "application/zip",
    "size": 18_211_004,
    "download": f"/api/chat/export/jobs/{JOB_ID}/download",
    "started_at": BEGAN,
    "finished_at": ENDED,
    "expires_at": "2026-12-07T09:20:03.480000Z",
}
NOTHING_FOUND = {
    "new": 0, "changed": 0, "here": 0, "broken": 0, "chosen": 0, "imported": 0, "failed": 0,
}  # fmt: skip
IMPORT: dict[str, Any] = {
    "id": IMPORT_ID,
    "name": "conversations.json",
    "status": "reading",
    "cancelling": False,
    "format": "",
    "size": 4_120_000,
    "received": 4_120_000,
    "found": NOTHING_FOUND,
    "done": 0,
    "total": 0,
    "within": 0,
    "notes": [],
    "error": "",
    "line": None,
    "place": "",
    "created_at": BEGAN,
    "finished_at": None,
}
RECEIVING = IMPORT | {"name": "export.zip", "status": "receiving", "size": 412_000_000, "received": 0}
READY = IMPORT | {
    "status": "ready",
    "format": "claude",
    "total": 2,
    "found": NOTHING_FOUND | {"new": 1, "here": 1, "chosen": 1},
}
IMPORTING = READY | {"status": "importing", "total": 1}
WHOLE_IMPORT = READY | {
    "items": listed(
        {
            "item": 0,
            "title": "Sourdough",
            "state": "new",
            "chosen": True,
            "messages": 12,
            "new_messages": 12,
            "last_activity_at": "2026-10-02T18:03:11Z",
            "notes": [],
            "problem": "",
            "line": None,
            "session": None,
            "taken_at": None,
        }
    )
}
SHARE: dict[str, Any] = {
    "id": SHARE_ID,
    "session": SESSION_ID,
    "url": "https://chat.example.org/share/pO2x6Yz0cQe1rT9uVb3nWk4mLs8/",
    "state": "working",
    "snapshot": True,
    "messages": 2,
    "title": "Costs of November",
    "about": "",
    "tools": True,
    "thinking": False,
    "names": False,
    "costs": False,
    "files": False,
    "download": False,
    "listed": False,
    "removed": None,
    "expires_at": "2026-12-31T23:00:00Z",
    "created_at": BEGAN,
    "revoked_at": None,
}
