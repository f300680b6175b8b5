"""`manage.py roll_up`: add the ledger and what happened in sessions up by day, now and all of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics_app.actions import activity, rollups


class Command(BaseCommand):
    help = (
        "Add up the ledger and what happened in sessions by day, in the site's time zone and those of people. The running server does so every "
        "five minutes; this does all of it at once. May be repeated, and stopped at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rebuild", action="store_true", help="Make days again that are there already, too."
        )
        parser.add_argument(
            "--from", dest="first", type=date.fromisoformat, metavar="DATE", help="No day before this one."
        )
        parser.add_argument(
            "--to", dest="last", type=date.fromisoformat, metavar="DATE", help="No day after this one."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"] or date.min, options["last"] or date.max
        if first > last:
            raise CommandError(f"{first} is after {last}.")
        zones = rollups.zones_in_use()
        for name, table in (("", rollups), (", activity", activity)):
            for zone in zones:
                days = table.days_to_rebuild(zone) if options["rebuild"] else table.due_days(zone)
                wanted = [day for day in days if first <= day <= last]
                waiting = [
                    day
                    for day in wanted
                    if not table.roll_up_day(zone=zone, day=day, again=options["rebuild"])
                ]
                if wanted or not name:
                    self._tell(f"{zone}{name}", len(wanted) - len(waiting), waiting)
            forgotten = table.forget_zones(keep=zones)
            if forgotten:
                self.stdout.write(f"{forgotten} days of time zones that nobody uses any more are gone.")

    def _tell(self, what: str, made: int, waiting: list[date]) -> None:
        line = f"{what}: {made} days rolled up"
        if waiting:
            line += f", {len(waiting)} left to the ledger, a call of theirs still runs: "
            line += ", ".join(map(str, waiting))
        self.stdout.write(line)
