"""`manage.py token USERNAME`: a key for a program, printed alone so that a script can take it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sessions_app.actions.errors import Refused
from sessions_app.actions.tokens import make_token
from sessions_app.models import ApiToken, User


class Command(BaseCommand):
    help = "Make an API token for a person and print it. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--scope", default=",".join(ApiToken.SCOPES), help="read, write, chat; by comma")
        parser.add_argument("--name", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active person called {options['username']}.")
        scopes = [scope.strip() for scope in options["scope"].split(",") if scope.strip()]
        try:
            secret = make_token(user=user, name=options["name"], scopes=scopes)[1]
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(secret)
