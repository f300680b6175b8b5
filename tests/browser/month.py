"""`python -m tests.browser.month`: two months of an analyst's work up to now, and a head of the team who is staff."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django

DAYS = 62
TITLES = (
    "Migration plan for search index", "Query plan for ledger roll-up", "Onboarding video, chapter 3",
    "Compare rate limiters", "Weekly cost review", "Release notes 2.4", "Words for a failed delivery",
    "Retry policy for webhooks",
)  # fmt: skip
MODELS = (
    ("anthropic", "claude-opus-5-5", 1.72), ("anthropic", "claude-sonnet-5-5", 1.22),
    ("anthropic", "claude-haiku-5-5", 0.48), ("openai", "gpt-5-mini", 0.17),
)  # fmt: skip
TOOLS = (
    ("analyze_token_usage", 26, 310), ("search_session_messages", 17, 180), ("analyze_costs", 12, 270),
    ("analyze_session_metrics", 8, 440), ("check_system_health", 4, 90), ("analyze_engagement", 1, 610),
)  # fmt: skip
WORDS = (
    "Thanks, that helps a lot.",
    "Plan the migration of the search index.",
    "This is not what was asked.",
)


def main() -> None:
    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from sessions_app.models import ChatSession, User
    from tests.browser.prepare import password_of

    analyst = User.objects.create_user("analyst", "analyst@example.org", password_of("analyst"))
    User.objects.create_user("head", "head@example.org", password_of("head"), is_staff=True)
    now, chance = timezone.now(), random.Random(7)
    unusual = 8 if (now - timedelta(days=8)).weekday() < 5 else 10
    chats = [
        ChatSession(
            owner=analyst, title=title, title_source="person", model="claude-opus-5-5", provider="anthropic",
            last_activity_at=now - timedelta(hours=at), message_count=0,
        )
        for at, title in enumerate(TITLES)
    ]  # fmt: skip
    with transaction.atomic():
        ChatSession.objects.bulk_create(chats)
        for back in range(DAYS, -1, -1):
            work(chats, now - timedelta(days=back), back, chance, 6 if back == unusual else 1)
        for chat in chats:
            ChatSession.objects.filter(pk=chat.pk).update(message_count=chat.messages.count())


def work(chats: list[Any], day: datetime, back: int, chance: random.Random, times: int) -> None:
    """One day: calls of every model, questions and answers at office hours, tools in some of them."""
    weekend = day.weekday() > 4
    level = 0.2 if weekend else 0.8 + chance.random() * 0.5
    for at, (provider, model, usual) in enumerate(MODELS):
        cost = Decimal(f"{usual * level * (1 if at else times):.4f}")
        call(chats[(back + at) % len(chats)], day.replace(hour=9), provider, model, cost, chance)
    for number in range(2 if weekend else 9):
        hour = min(22, max(6, round(chance.gauss(11 if number % 2 else 15, 2))))
        moment = day.replace(hour=hour, minute=chance.randrange(60))
        answer(chats[chance.randrange(len(chats))], moment, back * 40 + number, chance)


def call(chat: Any, at: datetime, provider: str, model: str, cost: Decimal, chance: random.Random) -> None:
    from sessions_app.models import TokenUsage

    size = int(cost * 300_000)
    TokenUsage.objects.create(
        user=chat.owner, session=chat, session_key=chat.pk, provider=provider, model=model, cost=f"{cost}",
        input=size // 4, cache_read=size // 2, output=size // 8, ok=True, at=at, settled_at=at,
        duration_ms=chance.randrange(2000, 9000), first_token_ms=chance.randrange(300, 1100),
    )  # fmt: skip


def answer(chat: Any, at: datetime, number: int, chance: random.Random) -> None:
    from sessions_app.models import Message, Reply, ToolCall

    place = {"session": chat, "version": 1, "born": 1}
    Message.objects.create(
        **place,
        role="user",
        author=chat.owner,
        content=chance.choice(WORDS),
        position=2 * number + 1,
        created_at=at,
    )
    made = Message.objects.create(
        **place, role="assistant", content="Done.", position=2 * number + 2, created_at=at
    )
    took = timedelta(milliseconds=chance.randrange(2500, 9000))
    Reply.objects.create(message=made, session=chat, status="complete", turns=1 + number % 3)
    Reply.objects.filter(pk=made.pk).update(
        created_at=at, started_at=at, first_token_at=at + timedelta(milliseconds=chance.randrange(350, 1000)),
        finished_at=at + took,
    )  # fmt: skip
    if number % 2:
        name, _, usual = chance.choices(TOOLS, [each[1] for each in TOOLS])[0]
        status = "error" if chance.random() < 0.02 else "success"
        ToolCall.objects.create(
            message=made, turn=1, tool_name=name, tool_use_id=f"t{number}", input={}, status=status,
            duration_ms=int(usual * (0.6 + chance.random())),
        )  # fmt: skip


if __name__ == "__main__":
    main()
