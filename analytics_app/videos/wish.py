"""What a page of a creator's figures is asked for: whose videos, which one, which days, in what order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q

from analytics_app.dashboard.question import Question, question
from analytics_app.queries.videos.scope import Scope
from sessions_app.knowledge.models import Creator, Video
from sessions_app.models import User

SORTS = ("questions", "sessions", "students", "references", "answered", "tokens", "cost")
USUAL = "month"
RANGES = {"today": "Today", "week": "7 days", "30d": "30 days", "month": "Month", "all": "All"}


class NothingThere(Exception):
    """No such creator or video, or not for whoever asks."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`asked` has the reader, the period and their zone; `video` narrows to one."""

    asked: Question
    creator: User
    video: UUID | None = None
    sort: str = SORTS[0]

    @property
    def own(self) -> bool:
        return self.creator.pk == self.asked.asker.pk

    @property
    def scope(self) -> Scope:
        return Scope(self.creator.pk, self.video)

    @property
    def reads_texts(self) -> bool:
        """What others asked is for the creator, and for staff who may read what is others'."""
        return self.own or self.asked.asker.reads_others

    def query(self, **changes: str) -> str:
        """The same as the query of an address, with these parts of it changed ("" takes one out)."""
        span = self.asked.span
        days = span.days if span.name == "dates" else ()
        parts = {
            "time_range": span.name,
            "from": f"{days[0]}" if days else "",
            "until": f"{days[-1]}" if days else "",
            "creator": "" if self.own else self.creator.username,
            "video": str(self.video or ""),
            "sort": "" if self.sort == SORTS[0] else self.sort,
            **changes,
        }
        return urlencode({name: value for name, value in parts.items() if value})


def is_creator(person: User) -> bool:
    """Who has the role, or had it: videos stay."""
    return Creator.objects.filter(pk=person.pk).exists() or Video.objects.filter(creator=person.pk).exists()


def creators() -> list[User]:
    """All of them, for staff to choose from."""
    videos = Video.objects.order_by().values("creator")
    roles = Creator.objects.values("pk")
    return list(User.objects.filter(Q(pk__in=videos) | Q(pk__in=roles)).order_by("username"))


def wish(asker: User, given: Mapping[str, Any]) -> Wish:
    """From the query of an address. Raises NothingThere alike for what is missing and what is not for this person."""
    period = {name: given.get(name, "") for name in ("time_range", "from", "until")}
    found = question(asker, {name: value for name, value in period.items() if value})
    creator = _creator(asker, str(given.get("creator", "")))
    sort = str(given.get("sort", ""))
    return Wish(
        found,
        creator,
        _video(creator, str(given.get("video", ""))),
        sort if sort in SORTS else SORTS[0],
    )


def _creator(asker: User, words: str) -> User:
    """By id or username. Staff without videos see the first creator there is."""
    if words in ("", str(asker.pk), asker.username):
        if is_creator(asker):
            return asker
        if words or not asker.is_staff:
            raise NothingThere
        first = creators()[:1]
        return first[0] if first else asker
    person = _person(words) if asker.is_staff else None
    if person is None or not is_creator(person):
        raise NothingThere
    return person


def _person(words: str) -> User | None:
    if "\0" in words or len(words) > 150:
        return None
    named = User.objects.filter(username=words).first()
    if named is None and re.fullmatch("[0-9]{1,18}", words):
        return User.objects.filter(pk=int(words)).first()
    return named


def _video(creator: User, words: str) -> UUID | None:
    if not words:
        return None
    try:
        key = UUID(words)
    except ValueError:
        raise NothingThere from None
    if not Video.objects.filter(creator=creator.pk, pk=key, deleted_at__isnull=True).exists():
        raise NothingThere
    return key
