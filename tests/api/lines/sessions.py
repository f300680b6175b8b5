"""Sessions, what they are made of, and how they are answered."""

from __future__ import annotations

from sessions_app.actions.messages import send_message
from sessions_app.actions.organising import delete_sessions
from sessions_app.actions.summaries import keep_summary
from sessions_app.models import ChatSession, User
from tests.actions.steps import end

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    """`answer` failed, so that it can be tried again. In `busy` an answer grows and `pending` waits; `gone` is deleted,
    `merged` is in `chat`, which has a `summary`."""
    sent = send_message(chat=chat, author=alice, content="Alices question")
    end(sent.reply, "failed", "Alices answer", "error")
    assert sent.message is not None
    assert sent.reply is not None
    busy, gone, merged = (ChatSession.objects.create(owner=alice, model="offline") for _ in range(3))
    send_message(chat=busy, author=alice, content="Alices question")
    pending = send_message(chat=busy, author=alice, content="Alices next").pending
    assert pending is not None
    summary = keep_summary(chat=chat, until=sent.reply.pk, text="Alices summary", model="offline", replaces=9)
    assert summary is not None
    delete_sessions(chats=[gone])
    more = {"busy": busy, "pending": pending, "gone": gone, "merged": merged, "summary": summary}
    return {"chat": str(chat.pk), "question": str(sent.message.pk), "answer": str(sent.reply.pk)} | {
        name: str(row.pk) for name, row in more.items()
    }


LINES = {
    "list_sessions": Line("GET", "chat/sessions", 200, 200),
    "create_session": Line("POST", "chat/sessions", 201, 201, body={}),
    "current_session": Line("POST", "chat/sessions/current", 200, 201, body={}),
    "get_session": Line("GET", "chat/sessions/{chat}", 200, MISSING),
    "change_session": Line("PATCH", "chat/sessions/{chat}", 200, MISSING, body={"title": "Mine"}),
    "replace_session": Line("PUT", "chat/sessions/{chat}", 200, MISSING, body={"title": "Mine"}),
    "archive_session": Line("DELETE", "chat/sessions/{chat}", 200, MISSING),
    "change_session_by_query": Line("PATCH", "chat/sessions?id={chat}", 200, MISSING, body={"title": "Mine"}),
    "archive_session_by_query": Line("DELETE", "chat/sessions?id={chat}&permanent=true", 204, MISSING),
    "branch_session": Line("POST", "chat/sessions/{chat}/branch", 201, MISSING, body={}),
    "duplicate_session": Line("POST", "chat/sessions/{chat}/duplicate", 201, MISSING, body={}),
    "merge_session": Line("POST", "chat/sessions/{merged}/merge", 200, MISSING, body={"into": "{chat}"}),
    "unmerge_session": Line("POST", "chat/sessions/{merged}/unmerge", 200, MISSING, body={}),
    "restore_session": Line("POST", "chat/sessions/{gone}/restore", 200, MISSING, body={}),
    "purge_session": Line("POST", "chat/sessions/{gone}/purge", 204, MISSING, body={}),
    "clear_context": Line("POST", "chat/sessions/{chat}/clear-context", 200, MISSING, body={}),
    "restore_context": Line("POST", "chat/sessions/{chat}/restore-context", 200, MISSING, body={}),
    "list_summaries": Line("GET", "chat/sessions/{chat}/summaries", 200, MISSING),
    "change_summary": Line(
        "PATCH", "chat/sessions/{chat}/summaries/{summary}", 200, MISSING, body={"text": "Mine"}
    ),
    "forget_summary": Line("DELETE", "chat/sessions/{chat}/summaries/{summary}", 204, MISSING),
    "list_pending": Line("GET", "chat/sessions/{busy}/pending", 200, MISSING),
    "get_pending": Line("GET", "chat/sessions/{busy}/pending/{pending}", 200, MISSING),
    "change_pending": Line(
        "PATCH", "chat/sessions/{busy}/pending/{pending}", 200, MISSING, body={"content": "Mine"}
    ),
    "remove_pending": Line("DELETE", "chat/sessions/{busy}/pending/{pending}", 204, MISSING),
    "send_pending": Line("POST", "chat/sessions/{busy}/pending/{pending}/send", 201, MISSING, body={}),
    "stop": Line("POST", "chat/sessions/{chat}/stop", 200, MISSING, body={}),
    "list_usage": Line("GET", "chat/sessions/{chat}/usage", 200, MISSING),
}
