"""Sessions with everything in them, for the tests of formats."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.utils import timezone

from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, Message, Reply, TokenUsage, ToolCall

STORED = "ab" * 16


def said(chat: ChatSession, text: str, parent: Message | None = None, **values: Any) -> Message:
    """A question, or with a model an answer."""
    position = parent.position + 1 if parent else 1
    role = "assistant" if values.get("model") else "user"
    plain = {
        "role": role,
        "author": chat.owner if role == "user" else None,
        "parts": [{"kind": "text", "turn": 0 if role == "user" else 1, "text": text}],
        "content": text,
        "position": position,
    }
    row = Message.objects.create(session=chat, parent=parent, **{**plain, **values})
    if role == "assistant":
        config = {"provider": "offline", "model": "offline"}
        Reply.objects.create(message=row, session=chat, status="complete", model_config=config)
    return row


def used_tool(row: Message, name: str, result: Any, **values: Any) -> None:
    """A tool call before the text of an answer."""
    call = ToolCall.objects.create(
        message=row, turn=1, tool_name=name, tool_use_id="use-1", input={}, result=result,
        **{"status": "success", "duration_ms": 40, **values},
    )  # fmt: skip
    row.parts.insert(0, {"kind": "tool_call", "turn": 1, "id": str(call.pk), "name": name, "input": {}})
    row.save()


def paid(row: Message, cost: str = "0.0087") -> None:
    now = timezone.now()
    TokenUsage.objects.create(
        user=row.session.owner, session=row.session, session_key=row.session_id, message=row, provider="offline",
        model="offline", input=1_200, cache_read=300, output=340, cost=cost, ok=True, at=now, settled_at=now,
    )  # fmt: skip


def picture(row: Message, name: str = "chart.png", *, stored: str = STORED, gone: bool = False) -> Attachment:
    """A picture of 40 x 30 on a message."""
    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (40, 30), "#7a4fe0").save(data, "PNG")
    if not gone:
        path = storage.path_of(stored)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.getvalue())
    return Attachment.objects.create(
        owner=row.session.owner, session=row.session, message=row, name=name, kind="picture", media_type="image/png",
        size=len(data.getvalue()), width=40, height=30, stored=stored, digest="d" * 64,
    )  # fmt: skip
