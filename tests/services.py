"""Says in one line what the scale-out tests lack: PostgreSQL and Redis on this machine."""

from __future__ import annotations

import os
import shutil
import sys


def missing() -> list[str]:
    import psycopg

    lacks = []
    address = os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.Error:
        lacks.append("PostgreSQL on 127.0.0.1:5432 (sudo apt-get install postgresql)")
    if not shutil.which("redis-server"):
        lacks.append("the redis-server command (sudo apt-get install redis-server)")
    return lacks


if __name__ == "__main__":
    lacking = missing()
    if lacking:
        sys.exit("These tests need " + " and ".join(lacking) + ".")
