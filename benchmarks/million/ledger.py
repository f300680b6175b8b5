"""Fills the ledger of a SQLite file: a year of model calls of five hundred people. Runs inside Django.

The same calls every time, ending now. People and sessions that are
there already are used; what is missing is made, and calls without a session keep the key of one that is gone.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

PEOPLE, DAYS = 500, 365
BATCH = 20_000
# Model, provider, how often, and 1e-10 USD a token in and out; None is a model without a price.
MODELS: tuple[tuple[str, str, int, int | None, int], ...] = (
    ("claude-sonnet-5-5", "anthropic", 55, 30_000, 150_000),
    ("claude-haiku-5-5", "anthropic", 25, 10_000, 50_000),
    ("claude-opus-5-5", "anthropic", 12, 50_000, 250_000),
    ("offline", "offline", 7, 0, 0),
    ("claude-next", "anthropic", 1, None, 0),
)


def fill(rows: int) -> dict[str, Any]:
    """Insert the calls; tells how many and how long it took."""
    from django.db import connection, transaction
    from django.utils import timezone

    began = time.monotonic()
    whose = sessions_of(people())
    names = columns()
    marks = ", ".join(["%s"] * len(names))
    sql = f"INSERT INTO sessions_app_tokenusage ({', '.join(names)}) VALUES ({marks})"
    with transaction.atomic(), connection.cursor() as cursor:
        batch: list[tuple[Any, ...]] = []
        for values in calls(rows, whose, timezone.now()):
            batch.append(tuple(values[name] for name in names))
            if len(batch) == BATCH:
                cursor.executemany(sql, batch)
                batch = []
        cursor.executemany(sql, batch)
    return {"rows": rows, "people": len(whose), "seconds": round(time.monotonic() - began, 1)}


def sums_of_sessions() -> None:
    """Sessions know what their calls came to."""
    from django.db import connection

    sums = {
        "input_tokens": "sum(input)",
        "cached_tokens": "sum(cache_read)",
        "cache_write_tokens": "sum(cache_write_5m)",
        "output_tokens": "sum(output)",
        "cost": "coalesce(sum(cost), 0)",
        "unpriced_calls": "sum(cost IS NULL)",
    }
    named = ", ".join(f"{words} AS {name}" for name, words in sums.items())
    changes = ", ".join(f"{name} = found.{name}" for name in sums)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE sessions_app_chatsession SET {changes} FROM "
            f"(SELECT session_id, {named} FROM sessions_app_tokenusage GROUP BY session_id) AS found "
            "WHERE sessions_app_chatsession.id = found.session_id"
        )


def people() -> list[int]:
    """Five hundred people; those there are first."""
    from sessions_app.models import User

    known = list(User.objects.filter(is_staff=False).order_by("pk").values_list("pk", flat=True)[:PEOPLE])
    more = [User(username=f"spender-{number}", password="!") for number in range(PEOPLE - len(known))]
    return known + [user.pk for user in User.objects.bulk_create(more)]


def sessions_of(people: list[int]) -> dict[int, list[tuple[str | None, str]]]:
    """For each person some sessions: reference and key. Without any of their own, keys of sessions that are gone."""
    from sessions_app.models import ChatSession

    chance = random.Random(2)
    found: dict[int, list[tuple[str | None, str]]] = {person: [] for person in people}
    for owner, chat in ChatSession.objects.filter(owner__in=people).order_by("pk").values_list("owner", "pk"):
        found[owner].append((chat.hex, chat.hex))
    for keys in found.values():
        if not keys:
            keys.extend((None, uuid.UUID(int=chance.getrandbits(128), version=4).hex) for _ in range(200))
    return found


def columns() -> list[str]:
    from sessions_app.models import TokenUsage

    return [str(field.column) for field in TokenUsage._meta.concrete_fields]


def calls(
    rows: int, whose: dict[int, list[tuple[str | None, str]]], now: datetime
) -> Iterator[dict[str, Any]]:
    """Oldest first, evenly over the year, as their rows stand in the database."""
    chance = random.Random(1)
    everyone, weights = list(whose), [model[2] for model in MODELS]
    step, first = timedelta(days=DAYS) / rows, now - timedelta(days=DAYS)
    chosen = chance.choices(MODELS, weights, k=rows)
    for number in range(1, rows + 1):
        person = everyone[int(chance.random() ** 2 * len(everyone))]
        keys = whose[person]
        # A session is used for a while: the place in the year chooses among a few neighbours.
        place = (number * len(keys) // rows + int(chance.random() * 3)) % len(keys)
        yield call(chance, chosen[number - 1], person, keys[place], first + number * step)


def call(
    chance: random.Random,
    model: tuple[str, str, int, int | None, int],
    person: int,
    session: tuple[str | None, str],
    at: datetime,
) -> dict[str, Any]:
    name, provider, _, price_in, price_out = model
    title = chance.random() < 0.1
    sent, output = int(chance.expovariate(1 / 6_000)), int(chance.expovariate(1 / (20 if title else 500)))
    cached = int(sent * 0.7) if chance.random() < 0.6 else 0
    written = int(sent * 0.2) if cached else 0
    plain = sent - cached - written
    cost = None
    if price_in is not None:
        cost = plain * price_in + cached * price_in // 10 + written * price_in * 5 // 4 + output * price_out
    ok = chance.random() < 0.98
    stamp = at.replace(tzinfo=None).isoformat(sep=" ")
    milliseconds = int(at.timestamp() * 1000)
    return {
        "id": f"{milliseconds:012x}7{chance.getrandbits(12):03x}8{chance.getrandbits(60):015x}",
        "user_id": person,
        "session_id": session[0],
        "session_key": session[1],
        "message_id": None,
        "purpose": "title" if title else "reply",
        "provider": provider,
        "model": name,
        "turn": 1,
        "attempt": 1,
        "input": plain,
        "cache_read": cached,
        "cache_write_5m": written,
        "cache_write_1h": 0,
        "output": output,
        "web_searches": 0,
        "cost": cost,
        "price_source": "unknown" if cost is None else "table",
        "counts_source": "reported",
        "duration_ms": 200 + output * 20,
        "first_token_ms": 200,
        "ok": ok,
        "error_type": "" if ok else "overloaded",
        "status_code": 200 if ok else 529,
        "request_id": "",
        "owner": None,
        "at": stamp,
        "settled_at": stamp,
    }
