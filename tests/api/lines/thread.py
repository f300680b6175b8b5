"""The one thread: whoever asks, it is their own."""

from __future__ import annotations

from . import Line

EMPTY = {"message": ""}  # nothing else would be answered here

LINES = {
    "thread_send": Line("POST", "/chat", 422, 422, body=EMPTY),
    "thread_stream": Line("POST", "/chat/stream", 422, 422, body=EMPTY),
    "thread_history": Line("GET", "/chat/history", 200, 200),
    "thread_forget": Line("DELETE", "/chat/history", 200, 200),
    "thread_session": Line("GET", "/chat/sessions", 200, 200),
}
