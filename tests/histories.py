"""Long conversations, written in bulk: for tests and benchmarks, no reply is made by the product here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

OFFLINE = {"provider": "offline", "model": "offline"}
MINUTE = timedelta(minutes=1)


def fill(
    chat: Any,
    count: int,
    *,
    every: timedelta = MINUTE,
    began: datetime | None = None,
    after: Any = None,
    active: bool = True,
) -> list[Any]:
    """Questions and finished answers in turn, the last one now unless `began` says when the first was; below `after`,
    a message of this chat, or from its beginning; not `active` are those of a path that is not shown."""
    from sessions_app.models import ChatSession, Message, Reply

    first = began or timezone.now() - (count - 1) * every
    above: Message | None = after
    rows: list[Message] = []
    for number in range(count):
        above = message(chat, above, first + number * every)
        above.active = active
        rows.append(above)
    Message.objects.bulk_create(rows, batch_size=1000)
    answers = [row for row in rows if row.role == Message.Role.ASSISTANT]
    Reply.objects.bulk_create(
        [Reply(message=row, session=chat, status="complete", model_config=OFFLINE) for row in answers],
        batch_size=1000,
    )
    ChatSession.objects.filter(pk=chat.pk).update(message_count=chat.messages.count(), version=1)
    return rows


def message(chat: Any, above: Any, at: datetime) -> Any:
    """The next message below `above`, unsaved."""
    from sessions_app.models import Message
    from sessions_app.rendering import RENDERER_VERSION

    position = above.position + 1 if above else 1
    asks = position % 2 == 1
    text = f"Message {position}. " + "Forty words of plain text. " * 8
    return Message(
        session=chat,
        author=chat.owner if asks else None,
        parent=above,
        role=Message.Role.USER if asks else Message.Role.ASSISTANT,
        parts=[{"kind": "text", "turn": 0 if asks else 1, "text": text}],
        content=text,
        model="" if asks else OFFLINE["model"],
        html=f"<p>{text}</p>",
        renderer_version=RENDERER_VERSION,
        position=position,
        version=1,
        born=1,
        created_at=at,
    )
