"""Fills a benchmark's database and prints what a load generator needs: cookies and sessions. Runs inside Django.

`python -m benchmarks.rows people 201 100` or `python -m benchmarks.rows messages 50 50000`.
"""

from __future__ import annotations

import json
import os
import sys

import django


def people(named: int, new: int) -> dict[str, list[dict[str, str]]]:
    """Logged-in people with an empty session each: some named already, some that will get a title written."""
    from sessions_app.models import ChatSession

    pages = [open_page(f"person-{number}") for number in range(named)]
    ChatSession.objects.update(title="A session", title_source=ChatSession.TitleSource.PERSON)
    return {"named": pages, "new": [open_page(f"newcomer-{number}") for number in range(new)]}


def messages(counts: list[int]) -> list[dict[str, str]]:
    """One person with a session of each of these lengths."""
    from sessions_app.models import ChatSession
    from tests.histories import fill

    pages = []
    for count in counts:
        page = open_page(f"reader-{count}")
        fill(ChatSession.objects.get(pk=page["chat"]), count)
        pages.append(page)
    return pages


def open_page(name: str) -> dict[str, str]:
    """A person, their login and their new session."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from chatproject.logins import SessionStore
    from sessions_app.actions.sessions import create_session
    from sessions_app.models import User

    user = User(username=name, email=f"{name}@example.org")
    user.set_unusable_password()
    user.save()
    login = SessionStore()
    login[SESSION_KEY] = str(user.pk)
    login[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    login[HASH_SESSION_KEY] = user.get_session_auth_hash()
    login.create()
    return {"name": name, "login": str(login.session_key), "chat": str(create_session(owner=user).pk)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    django.setup()
    from django.db import transaction

    kind, numbers = sys.argv[1], [int(number) for number in sys.argv[2:]]
    with transaction.atomic():
        print(json.dumps(people(*numbers) if kind == "people" else messages(numbers)))
