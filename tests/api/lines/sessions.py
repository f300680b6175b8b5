"""Sessions, what they are made of, and how they are answered."""

from __future__ import annotations

from sessions_app.actions.messages import send_message
from sessions_app.models import ChatSession, User
from tests.actions.steps import end

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    """`answer` failed, so that it can be tried again."""
    sent = send_message(chat=chat, author=alice, content="Alices question")
    end(sent.reply, "failed", "Alices answer", "error")
    assert sent.message is not None
    assert sent.reply is not None
    return {"chat": str(chat.pk), "question": str(sent.message.pk), "answer": str(sent.reply.pk)}


LINES = {
    "list_sessions": Line("GET", "chat/sessions", 200, 200),
    "create_session": Line("POST", "chat/sessions", 201, 201, body={}),
    "current_session": Line("POST", "chat/sessions/current", 200, 201, body={}),
    "get_session": Line("GET", "chat/sessions/{chat}", 200, MISSING),
    "change_session": Line("PATCH", "chat/sessions/{chat}", 200, MISSING, body={"title": "Mine"}),
    "stop": Line("POST", "chat/sessions/{chat}/stop", 200, MISSING, body={}),
    "list_usage": Line("GET", "chat/sessions/{chat}/usage", 200, MISSING),
}
