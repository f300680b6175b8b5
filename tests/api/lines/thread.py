"""The one thread: whoever asks, it is their own."""

from __future__ import annotations

from . import Line

LINES = {
    "thread_send": Line("POST", "/chat", 422, 422, body={"message": ""}),  # no server of these tests would answer
    "thread_stream": Line("POST", "/chat/stream", 200, 200, body={"message": "Mine"}),
    "thread_history": Line("GET", "/chat/history", 200, 200),
    "thread_forget": Line("DELETE", "/chat/history", 200, 200),
    "thread_session": Line("GET", "/chat/sessions", 200, 200),
}
