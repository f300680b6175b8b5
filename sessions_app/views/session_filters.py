"""Which sessions a list shows, as its address asks for it, and how far."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from sessions_app import offering
from sessions_app.actions.organising import TAG_LENGTH, as_tag
from sessions_app.folding import holds
from sessions_app.models import ChatSession, SessionTag

PAGE = 50
ROWS = 400  # at most in one answer: a list that was read further is shown from where its reader is
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
CURSOR = re.compile(r"(\d{1,16})-([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a row: what its list is ordered by, and its key."""

    at: datetime
    key: UUID

    @classmethod
    def of(cls, text: str) -> Cursor | None:
        found = CURSOR.fullmatch(text)
        return cls(moment(int(found[1])), UUID(found[2])) if found else None

    def __str__(self) -> str:
        return f"{micros(self.at)}-{self.key.hex}"


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(since: int) -> datetime:
    """The time so many microseconds after the epoch; the epoch for what is none."""
    try:
        return EPOCH + timedelta(microseconds=since)
    except OverflowError:
        return EPOCH


@dataclass(frozen=True, slots=True)
class Wish:
    """What a list is asked for; what cannot be understood is left out. `whole` says that the list is shown anew, from
    `after` on, not continued."""

    zone: tzinfo
    q: str = ""
    starred: bool = False
    archived: bool = False
    deleted: bool = False
    tag: str = ""
    model: str = ""
    first: date | None = None
    last: date | None = None
    after: Cursor | None = None
    rows: int = PAGE
    whole: bool = True

    @classmethod
    def of(cls, given: QueryDict, zone: tzinfo) -> Wish:
        rows = given.get("rows", "")
        return cls(
            zone=zone,
            q=" ".join(given.get("q", "").replace("\x00", "").split())[:120],
            starred=bool(given.get("starred")),
            archived=bool(given.get("archived")),
            deleted=bool(given.get("deleted")),
            tag=as_tag(given.get("tag", ""))[:TAG_LENGTH],
            model=given.get("model", "").replace("\x00", "")[:120],
            first=_day(given.get("from", "")),
            last=_day(given.get("to", "")),
            after=Cursor.of(given.get("after", "")),
            rows=max(PAGE, min(int(rows), ROWS)) if re.fullmatch(r"[0-9]{1,6}", rows) else PAGE,
            whole=bool(rows) or not given.get("after"),
        )

    @property
    def order(self) -> str:
        return "deleted_at" if self.deleted else "last_activity_at"

    @property
    def own_only(self) -> bool:
        """Stars, tags, archive and trash are their owner's: those of others are not found by them."""
        return self.starred or self.archived or self.deleted or bool(self.tag)

    @property
    def narrowed(self) -> bool:
        return bool(self._asked())

    def _asked(self) -> dict[str, Any]:
        """The fields of the address, by name, without those that ask for nothing."""
        fields = {
            "q": self.q,
            "starred": "1" if self.starred else "",
            "archived": "1" if self.archived else "",
            "tag": self.tag,
            "model": self.model,
            "from": self.first or "",
            "to": self.last or "",
        }
        return {name: value for name, value in fields.items() if value}

    def address(self, *, without: str = "", after: Cursor | None = None) -> str:
        given = {name: value for name, value in self._asked().items() if name != without}
        given |= {"deleted": "1"} if self.deleted else {}
        given |= {"after": str(after)} if after else {}
        return reverse("sessions") + (f"?{urlencode(given)}" if given else "")

    @property
    def from_start(self) -> str:
        return replace(self, after=None).address()

    @property
    def chips(self) -> list[dict[str, str]]:
        """What narrows the list, in words, each with the address without it."""
        words = {
            "q": f"“{self.q}”",
            "starred": _("Starred"),
            "archived": _("Archived"),
            "tag": self.tag,
            "model": offering.label(self.model) if self.model else "",
            "from": _("From %(day)s") % {"day": self.first},
            "to": _("To %(day)s") % {"day": self.last},
        }
        return [
            {"name": name, "words": words[name], "url": self.address(without=name)} for name in self._asked()
        ]

    def narrow(self, chats: QuerySet[ChatSession], user: Any) -> QuerySet[ChatSession]:
        """Those of `chats` that are asked for, from `after` on."""
        chats = chats.filter(kind=ChatSession.Kind.CHAT)
        if not self.deleted:
            chats = chats.filter(archived_at__isnull=not self.archived)
        if self.starred:
            chats = chats.filter(starred=True)
        if self.tag:
            chats = chats.filter(
                pk__in=SessionTag.objects.filter(owner=user.pk, name=self.tag).values("session")
            )
        if self.model:
            chats = chats.filter(model=self.model)
        if self.q:
            chats = chats.filter(holds("title", self.q))
        return self.within(chats)

    def within(self, chats: QuerySet[ChatSession]) -> QuerySet[ChatSession]:
        """Those of its days, and from `after` on."""
        if self.first:
            chats = chats.filter(last_activity_at__gte=self._midnight(self.first))
        if self.last:
            chats = chats.filter(last_activity_at__lt=self._midnight(self.last + timedelta(days=1)))
        if self.after:
            at, key = self.after.at, self.after.key
            chats = chats.filter(**{f"{self.order}__lte": at})  # where the index is entered
            chats = chats.filter(Q(**{f"{self.order}__lt": at}) | Q(pk__lt=key))
        return chats.order_by(f"-{self.order}", "-pk")

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, clock.min, self.zone)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
