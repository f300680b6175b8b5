"""Fills a benchmark's database and prints what a load generator needs: cookies and sessions. Runs inside Django.

`python -m benchmarks.rows people 201 100`, `… messages 50 50000`, `… sessions 100000` or
`… review 5000`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django

PLACES = ("Zanzibar", "Geneva", "Osaka", "Bergen", "Lima", "Tunis", "Quito")
TOPICS = ("ferry times", "release notes", "retry policy", "budget", "interview questions", "rate limits")


def people(named: int, new: int) -> dict[str, list[dict[str, str]]]:
    """Logged-in people with an empty session each: some named already, some that will get a title written."""
    from sessions_app.models import ChatSession

    pages = [open_page(f"person-{number}") for number in range(named)]
    ChatSession.objects.update(title="A session", title_source=ChatSession.TitleSource.PERSON)
    return {"named": pages, "new": [open_page(f"newcomer-{number}") for number in range(new)]}


def messages(*counts: int) -> list[dict[str, str]]:
    """One person with a session of each of these lengths."""
    from sessions_app.models import ChatSession
    from tests.histories import fill

    pages = []
    for count in counts:
        page = open_page(f"reader-{count}")
        fill(ChatSession.objects.get(pk=page["chat"]), count)
        pages.append(page)
    return pages


def review(count: int) -> dict[str, str]:
    """A superuser's login, and a session of another with so many messages, a tool call and a model call on every answer
    and a rating on every tenth."""
    from decimal import Decimal

    from django.utils import timezone

    from sessions_app.models import ChatSession, Mark, TokenUsage, ToolCall, User
    from tests.histories import fill

    page, now = open_page("writer"), timezone.now()
    price: Any = Decimal("0.0001")
    staff = open_page("staff")
    User.objects.filter(username="staff").update(is_staff=True, is_superuser=True)
    chat = ChatSession.objects.get(pk=page["chat"])
    answers = fill(chat, count)[1::2]
    found = {"rows": [{"model": f"m{n}", "tokens": 1000 * n, "cost": "0.05"} for n in range(20)]}
    ToolCall.objects.bulk_create(
        (
            ToolCall(
                message=row, turn=1, tool_name="analyze_token_usage", tool_use_id="use-1", status="success",
                input={"time_range": "week"}, result=found, duration_ms=12,
            )
            for row in answers
        ),
        batch_size=1_000,
    )  # fmt: skip
    TokenUsage.objects.bulk_create(
        (
            TokenUsage(
                user=chat.owner, session=chat, session_key=chat.pk, message=row, provider="offline", model="offline",
                input=1_200 + at, output=57, cost=price * at, ok=True, at=row.created_at, settled_at=now,
            )
            for at, row in enumerate(answers)
        ),
        batch_size=1_000,
    )  # fmt: skip
    Mark.objects.bulk_create(
        Mark(message=row, user=chat.owner, kind="rating", value=-1, comment="No.") for row in answers[::10]
    )
    return {"login": staff["login"], "chat": page["chat"]}


def sessions(count: int) -> dict[str, str]:
    """One person with so many sessions of an hour each, and the cursor of the one in their middle."""
    from datetime import timedelta

    from django.utils import timezone

    from sessions_app.models import ChatSession, User
    from sessions_app.views.session_filters import Cursor

    page, now = open_page("collector"), timezone.now()
    owner = User.objects.get(username=page["name"])
    rows = [
        ChatSession(
            owner=owner, title=f"{PLACES[at % len(PLACES)]} {TOPICS[at % len(TOPICS)]} {at}", message_count=2,
            last_activity_at=now - timedelta(hours=at),
        )
        for at in range(count)
    ]  # fmt: skip
    ChatSession.objects.bulk_create(rows, batch_size=2_000)
    middle = rows[count // 2]
    return page | {"middle": str(Cursor(middle.last_activity_at, middle.pk))}


def open_page(name: str) -> dict[str, str]:
    """A person, their login, their token and their new session."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from chatproject.logins import SessionStore
    from sessions_app.actions.sessions import create_session
    from sessions_app.actions.tokens import make_token
    from sessions_app.models import User

    user = User(username=name, email=f"{name}@example.org")
    user.set_unusable_password()
    user.save()
    login = SessionStore()
    login[SESSION_KEY] = str(user.pk)
    login[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    login[HASH_SESSION_KEY] = user.get_session_auth_hash()
    login.create()
    return {
        "name": name,
        "login": str(login.session_key),
        "token": make_token(user=user)[1],
        "chat": str(create_session(owner=user).pk),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    django.setup()
    from django.db import transaction

    kind, numbers = sys.argv[1], [int(number) for number in sys.argv[2:]]
    with transaction.atomic():
        made: dict[str, Callable[..., Any]] = {
            "people": people,
            "messages": messages,
            "sessions": sessions,
            "review": review,
        }
        print(json.dumps(made[kind](*numbers)))
