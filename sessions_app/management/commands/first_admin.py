"""`manage.py first_admin`: the first account, made by command only; sign-up never makes an administrator."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from sessions_app.models import User
from sessions_app.transactions import write

LOCK = 0x66697273  # of PostgreSQL's advisory locks; SQLite's write transaction is one itself


class Command(BaseCommand):
    help = "Make an administrator while there is no account at all; otherwise do and say nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="Where the workspace is served.")

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            return
        given = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        admin = first_admin(password)
        if not save_first(admin):
            return
        words = "the password in DJANGO_SUPERUSER_PASSWORD" if given else f"the password {password}"
        self.stdout.write(f"Log in at http://127.0.0.1:{options['port']}/ as {admin.username} with {words}")
        if not given:
            self.stdout.write("It is shown this once. Change it in the menu under your name.")


def first_admin(password: str) -> User:
    """An administrator from the environment, checked but not stored; hashing is done before any lock."""
    admin = User(
        username=os.environ.get("DJANGO_SUPERUSER_USERNAME") or "admin",
        email=os.environ.get("DJANGO_SUPERUSER_EMAIL", ""),
        is_staff=True,
        is_superuser=True,
    )
    admin.set_password(password)
    try:
        admin.clean_fields()
    except ValidationError as error:
        reasons = "; ".join(
            f"DJANGO_SUPERUSER_{field.upper()}: {' '.join(words)}"
            for field, words in error.message_dict.items()
        )
        raise CommandError(f"The first administrator was not made. {reasons}") from error
    return admin


@write()
def save_first(admin: User) -> bool:
    """Store it unless someone came first: of two at the same time one wins, the other finds an account."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if User.objects.exists():
        return False
    admin.save(force_insert=True)
    return True
