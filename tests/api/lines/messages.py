"""Messages, their answers and files."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from . import MISSING, Line

LINES = {
    "list_messages": Line("GET", "chat/sessions/{chat}/messages", 200, MISSING),
    "send_message": Line("POST", "chat/sessions/{chat}/messages", 201, MISSING, body={"content": "Mine"}),
    "stream": Line("GET", "chat/sessions/{chat}/stream", 200, MISSING),
    "get_message": Line("GET", "chat/messages/{answer}", 200, MISSING),
    "retry": Line("POST", "chat/messages/{answer}/retry", 201, MISSING, body={}),
    "continue": Line("POST", "chat/messages/{answer}/continue", 409, MISSING, body={}),
    "regenerate": Line("POST", "chat/messages/{answer}/regenerate", 201, MISSING, body={}),
    "approve": Line(
        "POST",
        "chat/messages/{answer}/approve",
        409,
        MISSING,
        body={"tool_call": "{chat}", "decision": "once"},
    ),
    "take_files": Line(
        "POST", "chat/attachments", 201, 201, form={"file": SimpleUploadedFile("a.txt", b"Mine")}
    ),
    "stream_agent": Line(
        "POST", "agents/stream", 200, MISSING, body={"message": "Mine", "session_id": "{chat}"}
    ),
}
