"""Days of figures that are kept, and forgotten where what they add up has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from sessions_app.knowledge.models import CreatorDay
from sessions_app.transactions import write


def keep_days(*, creator: int, day: date, rows: Sequence[CreatorDay]) -> None:
    """All rows of one day of a creator, instead of those of another edition. Whoever was faster has kept the same."""
    editions = {row.edition for row in rows}
    with write():
        CreatorDay.objects.filter(creator=creator, day=day).exclude(edition__in=editions).delete()
        CreatorDay.objects.bulk_create(rows, batch_size=200, ignore_conflicts=True)


def forget_days(*, moments: Iterable[datetime]) -> int:
    """The days on which calls began at these moments, and those after: an answer belongs to the day on which it ended.
    Belongs into the transaction that changes the calls. Returns how many rows there were."""
    days = {moment.astimezone(UTC).date() for moment in moments}
    days |= {day + timedelta(1) for day in days}
    with write():
        gone, _ = CreatorDay.objects.filter(day__in=sorted(days)).delete()
    return gone
