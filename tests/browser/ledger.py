"""`python -m tests.browser.ledger`: gives the visitor a month of calls and a session with answers of every kind; prints
the path of that session."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django

QUESTIONS = (
    "How much did we spend on the search index in November, by model and by day?",
    "And against October?",
    "Close the tickets that are done.",
    "Summarise the plan in five points, with the costs of each and who does it.",
    "Why was yesterday so slow?",
    "Which sessions cost most?",
    "Write it for people who were not there.",
    "Shorter.",
)
MODELS = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5", "claude-new-9")


def main() -> None:
    django.setup()
    from django.utils import timezone

    from sessions_app.models import ChatSession, ModelPrice, User

    visitor, now = User.objects.get(username="visitor"), timezone.now()
    chat = ChatSession.objects.create(
        owner=visitor,
        title="What the search index costs",
        title_source="person",
        model=MODELS[0],
        provider="anthropic",
    )
    ChatSession.objects.filter(pk=chat.pk).update(created_at=now - timedelta(hours=3), last_activity_at=now)
    for number in range(70):
        call(chat, visitor, now - timedelta(hours=7 * number), MODELS[number % 4], number)
    for number, question in enumerate(QUESTIONS):
        answer(chat, visitor, question, now - timedelta(minutes=20 * number + 5), number)
    sums(chat)
    rates = {"input": 4, "cache_read": Decimal("0.4"), "cache_write_5m": 5, "cache_write_1h": 8, "output": 18}
    for begin, end, note in ((-90, -30, "The trial."), (-30, 14, "Contract of November."), (14, None, "")):
        ModelPrice.objects.create(
            provider="anthropic", model=MODELS[1], valid_from=now + timedelta(days=begin),
            valid_until=None if end is None else now + timedelta(days=end), note=note, **rates,
        )  # fmt: skip
    print(f"/sessions/{chat.pk}/")


def call(chat: Any, person: Any, at: datetime, model: str, number: int, **more: Any) -> None:
    from sessions_app import pricing
    from sessions_app.models import TokenUsage
    from sessions_app.providers.base import Counts

    tokens = Counts(input=900 + 211 * number, cache_read=4_000 * (number % 3), output=120 + 37 * number)
    cost, source = pricing.price("anthropic", model, tokens, at)
    given: Any = {
        "purpose": "title" if number % 9 == 4 else "reply", "ok": number % 8 != 5, "duration_ms": 900 + 260 * number,
        "error_type": "overloaded" if number % 8 == 5 else "", "first_token_ms": 180 + 21 * number, "cost": cost,
    }  # fmt: skip
    TokenUsage.objects.create(
        user=person, session=chat, session_key=chat.pk, provider="anthropic", model=model, input=tokens.input,
        cache_read=tokens.cache_read, output=tokens.output, price_source=source, at=at, settled_at=at,
        **given | more,
    )  # fmt: skip


def answer(chat: Any, person: Any, question: str, asked: datetime, number: int) -> None:
    """A question and its reply of one to three turns, with a tool in every second one, an approval in one."""
    from sessions_app.models import Message, Reply, ToolCall

    place = 2 * (len(QUESTIONS) - number) - 1
    above = Message.objects.create(session=chat, role="user", author=person, content=question, position=place)
    told = Message.objects.create(
        session=chat,
        role="assistant",
        parent=above,
        position=place + 1,
        model=MODELS[number % 3],
        content="An answer.",
    )
    at, turns = asked + timedelta(milliseconds=60 + 400 * (number == 4)), 1 + number % 3
    for turn in range(turns):
        took = 1_800 + 700 * ((number + turn) % 4)
        call(
            chat, person, at, MODELS[number % 3], 3 * number, message=told, turn=turn + 1, duration_ms=took, purpose="reply",
            first_token_ms=400 + 150 * turn, ok=number != 6, error_type="overloaded" if number == 6 else "",
        )  # fmt: skip
        at += timedelta(milliseconds=took)
        for beside in range(2 if turn < turns - 1 else 0):
            waits = number == 2 and beside == 1
            tool = ToolCall.objects.create(
                message=told, turn=turn + 1, tool_name="close_tickets" if waits else "analyze_costs", tool_use_id=f"{beside}",
                status="success", duration_ms=700, answered_at=at + timedelta(minutes=11) if waits else None,
            )  # fmt: skip
            ToolCall.objects.filter(pk=tool.pk).update(created_at=at)
        at += timedelta(minutes=11 if number == 2 and turn < turns - 1 else 0, milliseconds=800)
    reply = Reply.objects.create(
        message=told, session=chat, status="failed" if number == 6 else "complete", turns=turns, finished_at=at,
        first_token_at=asked + timedelta(milliseconds=700), error_type="overloaded" if number == 6 else "",
    )  # fmt: skip
    Reply.objects.filter(pk=reply.pk).update(created_at=asked)


def sums(chat: Any) -> None:
    """What the chat repeats of its rows."""
    from sessions_app.models import ChatSession, Message, TokenUsage

    rows = list(TokenUsage.objects.filter(session=chat))
    ChatSession.objects.filter(pk=chat.pk).update(
        input_tokens=sum(row.input for row in rows), cached_tokens=sum(row.cache_read for row in rows),
        output_tokens=sum(row.output for row in rows), cost=sum(row.cost or 0 for row in rows),
        unpriced_calls=sum(row.cost is None for row in rows), message_count=Message.objects.filter(session=chat).count(),
    )  # fmt: skip


if __name__ == "__main__":
    main()
