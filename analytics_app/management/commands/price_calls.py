"""`manage.py price_calls`: gives calls of unknown price the price that is known by now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from analytics_app.actions.pricing import Outcome, price_later
from analytics_app.queries.periods import midnight
from analytics_app.tools.asking import plain


class Command(BaseCommand):
    help = (
        "Price settled calls whose price is unknown, with what is known today for the moment of each call: a price "
        "set by staff that was valid then, else the price table. A cost that is known never changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=day, help="First day (YYYY-MM-DD), in the site's zone."
        )
        parser.add_argument("--to", dest="last", type=day, help="Last day, counted too.")
        parser.add_argument("--model", help="Calls of this model alone.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would be priced. Nothing changes."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if first and last and last < first:
            raise CommandError("The first day comes after the last one.")
        dry = options["dry_run"]
        outcome = price_later(wanted=_wanted(first, last, options["model"]), dry_run=dry)
        for line in told(outcome, dry_run=dry):
            self.stdout.write(line)


def day(words: str) -> date:
    try:
        return datetime.strptime(words, "%Y-%m-%d").date()
    except ValueError:
        raise CommandError(f"{words!r} is no day. A day is written as 2026-11-03.") from None


def _wanted(first: date | None, last: date | None, model: str | None) -> Q:
    zone, wanted = timezone.get_current_timezone(), Q()
    if first:
        wanted &= Q(at__gte=midnight(first, zone))
    if last:
        wanted &= Q(at__lt=midnight(last + timedelta(days=1), zone))
    return wanted & Q(model=model) if model else wanted


def told(outcome: Outcome, *, dry_run: bool) -> list[str]:
    """What was done, in words."""
    if not outcome.priced and not outcome.unknown:
        return ["No call of unknown price was found. Nothing is changed."]
    verb = "would get" if dry_run else "got"
    lines = [
        f"{count:,} {'call' if count == 1 else 'calls'} of {provider} {model} {verb} a price."
        for (provider, model), count in sorted(outcome.priced.items())
    ]
    lines += [
        f"{count:,} {'call' if count == 1 else 'calls'} of {provider} {model} {'stays' if count == 1 else 'stay'} of "
        "unknown price: neither staff nor the price table know one for that time."
        for (provider, model), count in sorted(outcome.unknown.items())
    ]
    if not outcome.priced:
        return [*lines, "Nothing is changed."]
    if dry_run:
        return [*lines, f"They would come to ${plain(outcome.cost)}. Nothing is changed."]
    days = f"{outcome.days:,} {'day' if outcome.days == 1 else 'days'} of roll-ups"
    return [*lines, f"They came to ${plain(outcome.cost)}. {days} will be made again."]
