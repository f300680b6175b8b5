"""Adding up, by day in UTC, what was asked about each creator's videos: days that are over, the oldest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from analytics_app.queries.periods import DAY, midnight
from analytics_app.queries.videos.folding import folded
from analytics_app.videos.facts import EDITION
from sessions_app.knowledge.actions.figures import keep_days
from sessions_app.knowledge.models import CreatorDay, Video, VideoAnswer
from sessions_app.knowledge.models.figures import ALL

AT_ONCE = 31  # days of one run
LATE = timedelta(hours=6)  # after its end answers may still be written down for a day


def catch_up(now: datetime | None = None) -> bool:
    """Add up days that are due, at most AT_ONCE. Whether there are more."""
    left = AT_ONCE
    for creator in Video.objects.order_by("creator").values_list("creator", flat=True).distinct():
        for day in _due(creator, now or timezone.now()):
            if not left:
                return True
            add_up(creator, day)
            left -= 1
    return False


def add_up(creator: int, day: date) -> None:
    """Read outside any transaction: what is over does not change."""
    found = folded(creator, midnight(day, UTC), midnight(day + DAY, UTC))
    keep_days(
        creator=creator,
        day=day,
        rows=[
            CreatorDay(creator_id=creator, video=key, day=day, edition=EDITION, **facts.kept())
            for key, facts in found.items()
        ],
    )


def _due(creator: int, now: datetime) -> list[date]:
    """Days from the first answer to the last one that is over, without those that are there."""
    answers = VideoAnswer.objects.filter(
        video__in=Video.objects.filter(creator=creator).order_by().values("pk")
    )
    ends = answers.aggregate(first=Min("at"), last=Max("at"))
    if ends["first"] is None:
        return []
    first, last = ends["first"].astimezone(UTC).date(), (now - LATE).astimezone(UTC).date() - DAY
    rows = CreatorDay.objects.filter(creator=creator, video=ALL, edition=EDITION)
    there = set(rows.values_list("day", flat=True))
    days = (first + number * DAY for number in range((last - first).days + 1))
    return [day for day in days if day not in there]
