"""`manage.py reseal`: after a new SECRET_KEY, before the old one leaves SECRET_KEY_FALLBACKS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sessions_app.actions.mcp import seal_headers_again


class Command(BaseCommand):
    help = "Seal the stored headers of MCP servers with the present SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = seal_headers_again()
        self.stdout.write(f"{done} sealed with the present key.")
        if lost:
            raise CommandError(
                f"{lost} cannot be opened with any present key: enter them again in the admin."
            )
