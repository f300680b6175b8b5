"""`manage.py doctor`: whether the database holds what the product promises."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.doctor import Finding, examine, names
from sessions_app.models import ChatSession


class Command(BaseCommand):
    help = "Check the invariants of the database and name every offender. Only reads. Exit code 1 when one fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chat", type=UUID, help="Look at this chat alone.")
        parser.add_argument(
            "--fix-nothing",
            action="store_true",
            help="Say so in scripts: nothing is repaired, with or without it.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chat = options["chat"]
        if chat and not ChatSession.objects.filter(pk=chat).exists():
            raise CommandError(f"There is no chat {chat}.")
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in examine(chat):
            found[finding.check].append(finding)
        checks = names()
        for check in checks:
            self.stdout.write(f"{'failed' if check in found else 'ok':<7} {check}")
            for finding in found.get(check, []):
                self.stdout.write(f"        {finding.subject} {finding.detail}")
        if found:
            raise CommandError(f"{len(found)} of {len(checks)} checks failed.")
