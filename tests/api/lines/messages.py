"""Messages, their answers and files."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from sessions_app.actions.attachments import take_files
from sessions_app.actions.marks import annotate
from sessions_app.actions.messages import send_message
from sessions_app.actions.versions import delete_message
from sessions_app.actions.webhooks import make_webhook
from sessions_app.models import ChatSession, User
from tests.actions.steps import end

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    """In a session of their own: `open`, a question whose answer was deleted (`removed`); a note (`mark`) on it; an unsent
    `file`."""
    beside = ChatSession.objects.create(owner=alice, model="offline", provider="offline")
    sent = send_message(chat=beside, author=alice, content="Alices other question")
    end(sent.reply, "complete", "Alices other answer")
    assert sent.message is not None
    assert sent.reply is not None
    mark = annotate(message=sent.message, user=alice, comment="Alices note")
    gone = delete_message(message=sent.reply.message)
    [taken] = take_files(owner=alice, chat=None, uploads=[SimpleUploadedFile("a.txt", b"Alices file")])
    assert taken.attachment is not None
    return {
        "open": str(sent.message.pk),
        "removed": str(gone),
        "mark": str(mark.pk),
        "file": str(taken.attachment.pk),
        "webhook": str(make_webhook(chat=chat, maker=alice, name="Alices webhook")[0].pk),
    }


LINES = {
    "list_messages": Line("GET", "chat/sessions/{chat}/messages", 200, MISSING),
    "send_message": Line("POST", "chat/sessions/{chat}/messages", 201, MISSING, body={"content": "Mine"}),
    "notify": Line(
        "POST", "chat/sessions/{chat}/notifications", 201, MISSING, body={"kind": "deploy", "title": "Mine"}
    ),
    "list_webhooks": Line("GET", "chat/sessions/{chat}/webhooks", 200, MISSING),
    "make_webhook": Line(
        "POST",
        "chat/sessions/{chat}/webhooks",
        403,  # a token makes none
        MISSING,
        body={"name": "Mine"},
    ),
    "revoke_webhook": Line("DELETE", "chat/sessions/{chat}/webhooks/{webhook}", 204, MISSING),
    "stream": Line("GET", "chat/sessions/{chat}/stream", 200, MISSING),
    "get_message": Line("GET", "chat/messages/{answer}", 200, MISSING),
    "replace_message": Line("PUT", "chat/messages/{question}", 200, MISSING, body={"content": "Mine"}),
    "edit_message": Line("PATCH", "chat/messages/{question}", 200, MISSING, body={"content": "Mine"}),
    "delete_message": Line("DELETE", "chat/messages/{question}", 200, MISSING),
    "restore_message": Line("POST", "chat/messages/{removed}/restore", 200, MISSING, body={}),
    "list_deleted_messages": Line("GET", "chat/sessions/{chat}/messages/deleted", 200, MISSING),
    "list_versions": Line("GET", "chat/messages/{answer}/versions", 200, MISSING),
    "switch_version": Line("POST", "chat/messages/{answer}/switch", 200, MISSING, body={}),
    "list_revisions": Line("GET", "chat/messages/{question}/revisions", 200, MISSING),
    "answer": Line("POST", "chat/messages/{open}/answer", 201, MISSING, body={}),
    "list_marks": Line("GET", "chat/messages/{open}/marks", 200, MISSING),
    "react": Line("POST", "chat/messages/{answer}/react", 200, MISSING, body={"emoji": "👍"}),
    "take_reaction_back": Line("DELETE", "chat/messages/{answer}/react?emoji=👍", 204, MISSING),
    "annotate": Line("POST", "chat/messages/{answer}/annotate", 201, MISSING, body={"comment": "Mine"}),
    "give_feedback": Line("POST", "chat/messages/{answer}/feedback", 200, MISSING, body={"rating": "good"}),
    "take_feedback_back": Line("DELETE", "chat/messages/{answer}/feedback", 204, MISSING),
    "get_mark": Line("GET", "chat/marks/{mark}", 200, MISSING),
    "change_mark": Line("PATCH", "chat/marks/{mark}", 200, MISSING, body={"comment": "Mine"}),
    "remove_mark": Line("DELETE", "chat/marks/{mark}", 204, MISSING),
    "retry": Line("POST", "chat/messages/{answer}/retry", 201, MISSING, body={}),
    "continue": Line("POST", "chat/messages/{answer}/continue", 409, MISSING, body={}),
    "regenerate": Line("POST", "chat/messages/{answer}/regenerate", 201, MISSING, body={}),
    "approve": Line(
        "POST",
        "chat/messages/{answer}/approve",
        403,  # it was not asked for with that token
        MISSING,
        body={"tool_call": "{chat}", "decision": "once"},
    ),
    "take_files": Line(
        "POST", "chat/attachments", 201, 201, form={"file": SimpleUploadedFile("a.txt", b"Mine")}
    ),
    "list_files": Line("GET", "chat/attachments", 200, 200),
    "get_file": Line("GET", "chat/attachments/{file}", 200, MISSING),
    "get_file_content": Line("GET", "chat/attachments/{file}/content", 200, MISSING),
    "remove_file": Line("DELETE", "chat/attachments/{file}", 204, MISSING),
    "stream_agent": Line(
        "POST", "agents/stream", 200, MISSING, body={"message": "Mine", "session_id": "{chat}"}
    ),
}
