"""`manage.py reindex`: make what search knows of messages anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sessions_app.actions.searching import reindex


class Command(BaseCommand):
    help = "Index all messages for the search anew, some 5,000 a second. People may go on writing meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="Only those that have no entry, or one too many."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count = reindex(missing=options["missing"])
        self.stdout.write(f"{count:,} messages indexed.")
