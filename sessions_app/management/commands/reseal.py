"""`manage.py reseal`: after a new SECRET_KEY, before the old one leaves SECRET_KEY_FALLBACKS."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = (
        "Seal headers of MCP servers, addresses of links and secrets of webhooks with the present SECRET_KEY."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        counts = [import_string(sealer)() for sealer in settings.SEALERS]
        done, lost = (sum(each) for each in zip(*counts, strict=True))
        self.stdout.write(f"{done} sealed with the present key.")
        if lost:
            raise CommandError(
                f"{lost} cannot be opened with any present key: enter headers again in the admin, make links and webhooks anew."
            )
