"""`python -m benchmarks.million PATH`: fill a new SQLite database with a million messages and a million model calls,
rolled up; an old one is replaced."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django

from benchmarks import million

CALLS = 1_000_000


def main() -> None:
    path = Path(sys.argv[1])
    os.environ.update(million.environment(path))
    million.remove(path)
    million.run(path, "manage.py", "migrate", "--no-input", "-v", "0")
    django.setup()
    from django.db import connection

    from analytics_app.actions import activity, rollups
    from benchmarks.million import ledger, messages
    from sessions_app.actions.searching import reindex

    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA cache_size = -400000")
    messages.fill()
    print(f"messages and replies: {time.monotonic() - began:.0f} s", flush=True)
    reindex(missing=True)
    print(f"with the search index: {time.monotonic() - began:.0f} s", flush=True)
    ledger.fill(CALLS)
    ledger.sums_of_sessions()
    print(f"with model calls: {time.monotonic() - began:.0f} s", flush=True)
    while rollups.catch_up() or activity.catch_up():
        pass
    print(f"with roll-ups, moods and topics: {time.monotonic() - began:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA user_version = {million.EDITION}")
    print(f"{path}: {path.stat().st_size / 1e9:.1f} GB in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
