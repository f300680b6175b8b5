"""`python -m tests.browser.crowd`: gives the visitor 300 sessions, an hour apart."""

from __future__ import annotations

from datetime import timedelta

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    from sessions_app.models import ChatSession, User

    visitor, now = User.objects.get(username="visitor"), timezone.now()
    ChatSession.objects.bulk_create(
        ChatSession(
            owner=visitor,
            title=f"Number {number:03}",
            title_source="person",
            model="offline",
            provider="offline",
            last_activity_at=now - timedelta(hours=number),
        )
        for number in range(300)
    )


if __name__ == "__main__":
    main()
