"""Messages as the search meets them, written in one step each."""

from __future__ import annotations

from typing import Any

from sessions_app.actions.searching import note_messages
from sessions_app.models import ChatSession, Message, ToolCall, User
from sessions_app.search import Filters, Hits, search_messages


def say(chat: ChatSession, content: str, *, results: tuple[Any, ...] = (), **values: Any) -> Message:
    """A message of this chat, with the results of its tools; `at` is when."""
    at = values.pop("at", None)
    role = values.setdefault("role", "user")
    given = {
        "author": chat.owner if role == "user" else None,
        "position": chat.messages.count() + 1,
        **values,
    }
    parts = [{"kind": "text", "turn": 1, "text": content}]
    message = Message.objects.create(session=chat, parts=parts, content=content, **given)
    for number, result in enumerate(results):
        ToolCall.objects.create(
            message=message, turn=1, tool_name="x", tool_use_id=str(number), status="success", result=result
        )
    if at is not None:
        Message.objects.filter(pk=message.pk).update(created_at=at)
    note_messages(messages=[message.pk])
    return message


def found(user: User, query: str, filters: Filters = Filters(), **asked: Any) -> list[str]:  # noqa: B008
    """The texts of the messages found, the best first."""
    hits = search_messages(user, query, filters, **{"limit": 1000, **asked}).hits
    texts = dict(Message.objects.filter(pk__in=[hit.message_id for hit in hits]).values_list("pk", "content"))
    return [texts[hit.message_id] for hit in hits]


def one(hits: Hits) -> Any:
    assert len(hits.hits) == 1
    return hits.hits[0]
