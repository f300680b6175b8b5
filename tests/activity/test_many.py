"""Ten thousand events in a minute, in batches of a hundred, from several programs at once: none is lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client

from sessions_app.actions.tokens import make_token
from sessions_app.models import ActivityEvent, User

COUNT, BATCH, POSTERS = 10_000, 100, 4


def batch(number: int, alike: int) -> dict[str, Any]:
    """Of a hundred, so many with a fingerprint that others have, too."""
    rows: list[dict[str, Any]] = [
        {"source": f"source {number % 3}", "kind": "tick", "severity": "error" if n % 9 == 0 else "info", "title": f"{n}",
         "body": "b" * 200, "data": {"number": number, "n": n}}
        for n in range(BATCH)
    ]  # fmt: skip
    for n in range(alike):
        rows[n] |= {"fingerprint": f"f{n % 5}", "id": f"{number}-{n}"}
    return {"events": rows}


def post_all(secret: str, batches: list[dict[str, Any]]) -> list[int]:
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    try:
        return [
            client.post("/api/activity/events", each, content_type="application/json").status_code
            for each in batches
        ]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_none_is_lost(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = True
    secret = make_token(user=alice, scopes=["activity"])[1]
    batches = [batch(number, alike=40) for number in range(COUNT // BATCH)]
    began = time.monotonic()
    with ThreadPoolExecutor(POSTERS) as pool:
        done = pool.map(post_all, [secret] * POSTERS, [batches[n::POSTERS] for n in range(POSTERS)])
        assert [status for each in done for status in each] == [201] * len(batches)
    assert time.monotonic() - began < 60
    rows = ActivityEvent.objects.filter(owner=alice)
    assert rows.aggregate(sum=Sum("count"))["sum"] == COUNT
    assert rows.filter(fingerprint="").count() == COUNT * 60 // 100
    assert rows.exclude(fingerprint="").count() == 5 * 3  # fingerprints of each source
