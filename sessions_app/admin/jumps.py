"""Where to look in a long conversation: its errors, what was rated, what cost most, and where words stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Sum

from sessions_app.agent.labels.words import money
from sessions_app.folding import holds
from sessions_app.models import ChatSession, Mark, Message, Reply, TokenUsage, ToolCall

from .transcript import FAILED

MOST, COSTLIEST, FOUND = 12, 5, 50
AROUND = 60  # characters before and after what was found


@dataclass(frozen=True, slots=True)
class Jump:
    """One place: the query of its page, and words for it."""

    query: str
    key: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    jump: Jump
    role: str
    before: str
    hit: str
    after: str


def jumps(chat: ChatSession) -> dict[str, list[Jump]]:
    """Errors, rated and costliest, each in the order of the conversation; the first few of very many."""
    return {"errors": errors(chat), "rated": rated(chat), "costliest": costliest(chat)}


def errors(chat: ChatSession) -> list[Jump]:
    replies = Reply.objects.filter(session=chat, status__in=FAILED).order_by("-created_at")
    keys = set(replies.values_list("pk", flat=True)[:MOST])
    tools = ToolCall.objects.filter(message__session=chat, status=ToolCall.Status.ERROR).order_by("-pk")
    keys.update(tools.values_list("message", flat=True)[:MOST])
    return to(keys)


def rated(chat: ChatSession) -> list[Jump]:
    ratings = Mark.objects.ratings().filter(message__session=chat).order_by("-pk")
    words = {1: "good", -1: "bad"}
    return to(
        {key: words.get(value or 0, "") for key, value in ratings.values_list("message", "value")[:MOST]}
    )


def costliest(chat: ChatSession) -> list[Jump]:
    calls = TokenUsage.objects.filter(session=chat, message__isnull=False, cost__gt=0).order_by()
    sums = calls.values("message").annotate(sum=Sum("cost")).order_by("-sum")[:COSTLIEST]
    return to({row["message"]: money(row["sum"]) for row in sums})


def to(keys: Iterable[UUID] | dict[UUID, str]) -> list[Jump]:
    """To these messages as far as they are kept; to one that is not shown, the path through it."""
    words = keys if isinstance(keys, dict) else dict.fromkeys(keys, "")
    rows = Message.objects.kept().filter(pk__in=list(words)).order_by("position", "pk")
    return [
        Jump(query(key, position, active=active), key, f"{position} {words[key]}".strip())
        for key, position, active in rows.values_list("pk", "position", "active")
    ]


def query(key: UUID, position: int, *, active: bool) -> str:
    return f"at={position}" if active else f"version={key}"


def find(chat: ChatSession, words: str) -> list[Found]:
    """Messages, of all versions, that hold these words in whatever case; the first 50."""
    words = " ".join(words.split())[:200]
    if not words or "\0" in words:
        return []
    rows = (
        Message.objects.filter(session=chat).kept().filter(holds("content", words)).order_by("position", "pk")
    )
    found = rows.values_list("pk", "position", "active", "role", "content")[:FOUND]
    return [_found(row, words) for row in found]


def _found(row: Any, words: str) -> Found:
    key, position, active, role, content = row
    hit = re.search(re.escape(words), content, re.IGNORECASE)
    at, end = hit.span() if hit else (0, 0)
    return Found(
        Jump(query(key, position, active=active), key, str(position)),
        Message.Role(role).label,
        content[max(0, at - AROUND) : at],
        content[at:end],
        content[end : end + AROUND],
    )
