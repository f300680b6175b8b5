"""`manage.py token USERNAME`: a key for a program, printed alone so that a script can take it."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sessions_app.actions.errors import Refused
from sessions_app.actions.tokens import LONGEST, make_token
from sessions_app.models import ApiToken, User
from sessions_app.views.token_fields import limit_of


def days_ahead(days: int) -> datetime:
    if not 1 <= days <= LONGEST.days:
        raise CommandError(f"A token expires in 1 to {LONGEST.days} days.")
    return timezone.now() + timedelta(days=days)


class Command(BaseCommand):
    help = "Make an API token for a person and print it. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        usual = ",".join(ApiToken.USUAL)
        parser.add_argument(
            "--scope", default=usual, help=f"{', '.join(ApiToken.SCOPES)}; by comma ({usual})"
        )
        parser.add_argument("--name", default="command line")
        parser.add_argument("--expires", type=int, metavar="DAYS", help="in how many days; without, never")
        parser.add_argument(
            "--limit", metavar="AMOUNT", help="what may be used with it: USD, tokens or messages"
        )
        parser.add_argument("--measure", default="money", choices=("money", "tokens", "requests"))
        parser.add_argument("--per", default="month", choices=("day", "month", "ever"))

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active person called {options['username']}.")
        scopes = [scope.strip() for scope in options["scope"].split(",") if scope.strip()]
        try:
            secret = make_token(
                user=user,
                name=options["name"],
                scopes=scopes,
                expires=None if options["expires"] is None else days_ahead(options["expires"]),
                limit=limit_of({**options, "amount": options["limit"], "period": options["per"]})
                if options["limit"]
                else None,
            )[1]
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(secret)
