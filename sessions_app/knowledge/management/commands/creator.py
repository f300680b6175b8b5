"""`manage.py creator USERNAME`: who may bring videos."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sessions_app.knowledge.actions.creators import grant_creator, revoke_creator
from sessions_app.models import User


class Command(BaseCommand):
    help = "Make a person a creator, who may add videos; with --revoke no longer. Their videos stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--revoke", action="store_true", help="take the role back")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        person = User.objects.filter(username=name).first()
        if person is None:
            raise CommandError(f"There is no person called {name}.")
        if options["revoke"]:
            done = revoke_creator(person=person, actor=None)
            self.stdout.write(f"{name} is {'no creator any more' if done else 'no creator'}.")
        else:
            done = grant_creator(person=person, actor=None)
            self.stdout.write(f"{name} is a creator{' now' if done else ' already'}.")
