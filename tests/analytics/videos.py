"""Creators, videos, and answers that had them at hand, as the database has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sessions_app.knowledge.models import Creator, Reference, Video, VideoAnswer
from sessions_app.models import ChatSession, Message, TokenUsage, User


def creator(name: str = "carol") -> User:
    person = User.objects.create_user(name, f"{name}@example.org", f"pw-{name}-1")
    Creator.objects.create(user=person)
    return person


def video(owner: User, title: str = "How an index finds a row", **values: Any) -> Video:
    return Video.objects.create(creator=owner, title=title, **{"length_ms": 600_000, **values})


def asked(
    chat: ChatSession,
    person: User,
    at: datetime,
    cited: dict[Video, int],
    words: str = "When is an index not used?",
    cost: str | None = "0.01",
    start_ms: int = 60_000,
) -> Message:
    """A question and its answer, which had these videos at hand and cites so many passages of each."""
    place = chat.messages.count() + 1
    question = Message.objects.create(
        session=chat, role="user", author=person, position=place, content=words, created_at=at
    )
    answer = Message.objects.create(
        session=chat, role="assistant", parent=question, position=place + 1, content="So.", created_at=at
    )
    known: Any = None if cost is None else Decimal(cost)
    TokenUsage.objects.create(
        user=person, session=chat, session_key=chat.pk, message=answer, provider="anthropic", model="claude-opus-5-5",
        input=100, output=20, cost=known, at=at, settled_at=at + timedelta(seconds=2),
        ok=True,
    )  # fmt: skip
    number = 0
    for each, count in cited.items():
        VideoAnswer.objects.create(
            message=answer, session=chat, video=each, asker=person, given=4, cited=count, best=0.6, at=at
        )
        for _ in range(count):
            number += 1
            refer(answer, each, number, at, start_ms)
    return answer


def refer(answer: Message, to: Video, number: int, at: datetime, start_ms: int = 60_000) -> Reference:
    return Reference.objects.create(
        message=answer, number=number, video=to, title=to.title, start_ms=start_ms, end_ms=start_ms + 55_000, at=at
    )  # fmt: skip
