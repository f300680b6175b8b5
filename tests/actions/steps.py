"""Short ways to send, and to end a reply as a runner would."""

from __future__ import annotations

from typing import Any

from sessions_app.actions import running
from sessions_app.actions.messages import Sent, send_message
from sessions_app.models import ChatSession, Message, Reply, uuid7
from sessions_app.realtime.chunks import Folded, chunk

OWNER = uuid7()


def send(chat: ChatSession, content: str, **more: Any) -> Sent:
    return send_message(chat=chat, author=chat.owner, content=content, **more)


def begin(reply: Reply | None) -> Reply:
    """Claimed by a process of its own, as far as the database knows."""
    assert reply is not None
    Reply.objects.filter(pk=reply.pk, status=Reply.Status.QUEUED).update(
        status=Reply.Status.RUNNING, owner=OWNER, attempt=1
    )
    reply.refresh_from_db()
    return reply


def end(reply: Reply | None, status: str = "complete", text: str = "An answer", reason: str = "end") -> None:
    reply = begin(reply)
    parts = [{"kind": "text", "turn": 1, "text": text}] if text else []
    ended = running.end_reply(
        owner=OWNER,
        reply=reply,
        ending=running.Ending(status, reason, turns=1),
        folded=Folded(parts),
        html=f"<p>{text}</p>",
        unwritten=[chunk(str(reply.pk), 1, "content", text, turn=1)] if text else [],
        seq=1 if text else 0,
    )
    assert ended is not None
    reply.refresh_from_db()


def counts(chat: ChatSession) -> tuple[int, int, int]:
    """Messages of people, replies, pending messages."""
    asked = Message.objects.filter(session=chat, role="user").count()
    return asked, Reply.objects.filter(session=chat).count(), chat.pending.count()
