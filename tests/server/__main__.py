"""`python -m tests.server`: answers questions about a server's database, one JSON line each."""

from __future__ import annotations

import json
import os
import sys

import django


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatproject.settings"
    django.setup()
    from django.db import connection

    from .inside import QUESTIONS

    for line in sys.stdin:
        what, values = json.loads(line)
        print(json.dumps(QUESTIONS[what](**values)), flush=True)
        if connection.vendor != "sqlite":
            connection.close()


if __name__ == "__main__":
    main()
