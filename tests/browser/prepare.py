"""`python -m tests.browser.prepare`: tables, static files and people, in one start of Django."""

from __future__ import annotations

import django
from django.core.management import call_command

PEOPLE = ("alice", "beginner", "newcomer", "visitor")
NOT_LOOKED_AT = ["admin", "rest_framework", "django_htmx"]


def password_of(name: str) -> str:
    return f"pw-of-{name}-1"


def main() -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_LOOKED_AT)
    from sessions_app.models import User

    for name in PEOPLE:
        User.objects.create_user(name, f"{name}@example.org", password_of(name))


if __name__ == "__main__":
    main()
