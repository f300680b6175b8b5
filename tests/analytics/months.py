"""A ledger of some days with everything that makes sums go wrong: cached tokens, stopped and failed calls, unknown
prices, calls beside midnights of three time zones, a month's end and a leap day."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sessions_app import pricing
from sessions_app.models import ChatSession, TokenUsage, User
from sessions_app.providers.base import Counts

ZONES = ("Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati")
MODELS = (
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-opus-4-8",
    "claude-haiku-4-5",
    "claude-next",
)
LEAP_DAY = datetime(2028, 2, 29, 21, 40, tzinfo=UTC)  # 1 March in Kathmandu and on Kiritimati
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def fill(people: list[User], now: datetime = LEAP_DAY, calls: int = 150) -> list[TokenUsage]:
    """Calls of these people, some of them in deleted sessions and some still running; one of the rows' authors has no
    account any more."""
    chance = random.Random(f"{now}")
    chats = [ChatSession.objects.create(owner=person, title=f"Of {person.username}") for person in people]
    midnights = [
        datetime(now.year, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for zone in ZONES
        for month, day in ((2, 28), (2, 29), (3, 1))
    ]
    rows = []
    for number in range(calls):
        edge = chance.choice(midnights) + timedelta(seconds=chance.choice([-3600, -1, 0, 1, 3600]))
        anywhere = now - timedelta(seconds=chance.randrange(12 * 24 * 3600))
        at = edge if number % 3 == 0 and edge <= now else anywhere
        rows.append(_call(chance, number, chance.choice(chats), at))
    made = TokenUsage.objects.bulk_create(rows)
    for chat in chats:
        _add_up(chat)
    return made


def _call(chance: random.Random, number: int, chat: ChatSession, at: datetime) -> TokenUsage:
    model = chance.choice(MODELS)
    counts = Counts(**{kind: chance.choice([0, chance.randrange(1, 60_000)]) for kind in KINDS})
    found, source = pricing.price("anthropic", model, counts, at)
    cost: Any = found
    ended: dict[str, Any] = {"ok": True, "first_token_ms": 300 + number}
    if number % 7 == 0:
        ended = {"ok": False, "error_type": chance.choice(["stopped", "overloaded_error"])}
    return TokenUsage(
        user=None if number % 29 == 0 else chat.owner,
        session=chat,
        session_key=chat.pk,
        purpose=chance.choice(["reply", "reply", "title"]),
        provider="anthropic",
        model=model,
        **{kind: getattr(counts, kind) for kind in KINDS},
        cost=cost,
        price_source=source,
        duration_ms=1_000 + number,
        at=at,
        settled_at=None if number % 41 == 40 else at + timedelta(seconds=2),
        **ended,
    )


def _add_up(chat: ChatSession) -> None:
    """What a session knows of its own calls."""
    rows = [row for row in TokenUsage.objects.filter(session=chat) if row.settled_at]
    times = [row.at for row in rows]
    ChatSession.objects.filter(pk=chat.pk).update(
        cost=sum((row.cost or Decimal(0) for row in rows), Decimal(0)),
        created_at=min(times, default=chat.created_at),
        last_activity_at=max(times, default=chat.last_activity_at),
    )
