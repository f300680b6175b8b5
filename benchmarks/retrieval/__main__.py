"""`python -m benchmarks.retrieval [--no-speed] [--videos 2000]`: fill a new database and print the figures as JSON.

Of SQLite, in a file that is removed; or of PostgreSQL, where DATABASE_URL names an empty database, which keeps it all."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django

from benchmarks import million


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-speed", action="store_true", help="how well alone")
    parser.add_argument("--videos", type=int, default=2000, help="of 200 passages each, for how fast")
    given = parser.parse_args()
    with database():
        print(json.dumps(figures(0 if given.no_speed else given.videos)))


@contextmanager
def database() -> Iterator[None]:
    """An empty one, with all tables."""
    with tempfile.TemporaryDirectory(prefix="retrieval-") as folder:
        given = os.environ.get("DATABASE_URL")
        os.environ.update(million.environment(Path(folder) / "db.sqlite3"))
        if given:
            os.environ["DATABASE_URL"] = given
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", "--no-input", "-v", "0")
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous = OFF")
        try:
            yield
        finally:
            connection.close()


def figures(videos: int) -> dict[str, Any]:
    from django.db import connection

    from benchmarks.retrieval import corpus, hits, speed
    from sessions_app.knowledge import index
    from sessions_app.knowledge.models import Passage, Transcript, Video
    from sessions_app.models import User
    from sessions_app.transactions import write

    creator, member = (
        User.objects.create_user(name, f"{name}@example.org") for name in ("creator", "member")
    )
    known = hits.fill(creator)
    found: dict[str, Any] = {"database": connection.vendor, "passages": Passage.objects.count()}
    for name in ("questions", "held_out", "other_words"):
        found[name] = asdict(hits.measure(member, known, corpus.questions(name)))
    if not videos:
        return found
    with write():
        index.clear()
        Passage.objects.all().delete()
        Transcript.objects.all().delete()
        Video.objects.all().delete()
    indexed = speed.fill(creator, videos)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")
    return found | {"passages": Passage.objects.count(), "speed": asdict(speed.measure(member, indexed))}


if __name__ == "__main__":
    main()
