"""`python -m tests.browser.lengthen CHAT COUNT [POSITION COUNT]`: fills a session with messages of every four hours up to
now; the second pair is a version below this position that is not shown. Prints the keys, those of the version after a blank line."""

from __future__ import annotations

import sys
from datetime import timedelta

import django


def main(chat_key: str, count: str, position: str = "", others: str = "") -> None:
    django.setup()
    from django.db import transaction

    from sessions_app.models import ChatSession
    from tests.histories import fill

    chat = ChatSession.objects.get(pk=chat_key)
    with transaction.atomic():
        rows = fill(chat, int(count), every=timedelta(hours=4))
        beside = fill(chat, int(others), after=rows[int(position) - 1], active=False) if others else []
    print("\n".join(str(row.pk) for row in rows))
    print("\n" + "\n".join(str(row.pk) for row in beside))


if __name__ == "__main__":
    main(*sys.argv[1:])
