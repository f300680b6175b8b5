"""A workspace with a million messages and a million model calls, made once and kept: `python -m benchmarks.million PATH`.

The same rows in every file but for their days: they end with the moment the file is made. A file of another edition,
or older than a week, is made anew: questions about "today" would find nothing in it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EDITION = 5
WEEK = 7 * 24 * 3600
HEAVY = "person-0"  # owns a tenth of it all
STAFF = "reader"  # may read everything, owns nothing


def cached() -> Path:
    """The kept file, filled and brought to the newest migrations; made where there is none, in some minutes."""
    path = Path(os.environ.get("MILLION_DATABASE", ROOT / "var" / "million.sqlite3"))
    if not is_whole(path):
        run(path, "-m", "benchmarks.million", str(path))
    run(path, "manage.py", "migrate", "--no-input", "-v", "0")
    return path


def is_whole(path: Path) -> bool:
    if not path.exists() or time.time() - path.stat().st_mtime > WEEK:
        return False
    with sqlite3.connect(path) as connection:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == EDITION)


def remove(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def environment(path: Path) -> dict[str, str]:
    """The product's settings with this database, and none of the caller's keys."""
    own = {
        "DATABASE_URL": f"sqlite:///{path.resolve()}",
        "SECRET_KEY": "benchmark" * 8,
        "LOG_LEVEL": "WARNING",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DJANGO_SETTINGS_MODULE": "chatproject.settings", "PYTHONPATH": str(ROOT), **own}


def run(path: Path, *words: str) -> None:
    subprocess.run([sys.executable, *words], env=environment(path), cwd=ROOT, check=True)
