"""Which of a person's sessions an export of many takes: those that are named, or what a filter leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _lazy

from export_app.actions.exporting import MOST
from sessions_app.actions.organising import TAG_LENGTH, as_tag
from sessions_app.models import ChatSession, SessionTag
from sessions_app.views.session_actions import as_key
from sessions_app.views.session_filters import Wish

WHICH = {
    "all": _lazy("All sessions"),
    "active": _lazy("Active, without the archive"),
    "archived": _lazy("Archived"),
    "starred": _lazy("Starred"),
}


@dataclass(frozen=True)
class Choice:
    """Which sessions: those of `keys`, else what the fields leave. What cannot be understood is left out."""

    person: Any
    which: str
    tag: str
    wish: Wish
    keys: tuple[UUID, ...]

    @classmethod
    def of(cls, person: Any, given: QueryDict) -> Choice:
        named = ",".join(given.getlist("session")).split(",")
        keys = dict.fromkeys(key for key in map(as_key, named) if key is not None)
        which = given.get("which", "")
        tag = as_tag(given.get("tag", ""))[:TAG_LENGTH]
        return cls(person, which if which in WHICH else "all", tag, Wish.of(given, person.zone), tuple(keys))

    def rows(self) -> QuerySet[ChatSession]:
        rows = ChatSession.objects.for_user(self.person).filter(kind=ChatSession.Kind.CHAT)
        if self.keys:
            return rows.filter(pk__in=self.keys).order_by("-last_activity_at", "-pk")
        own = rows.filter(owner=self.person.pk)
        rows = {
            "all": rows,
            "active": rows.filter(archived_at=None),
            "archived": own.exclude(archived_at=None),
            "starred": own.filter(starred=True),
        }[self.which]
        if self.tag:
            tagged = SessionTag.objects.filter(owner=self.person.pk, name=self.tag)
            rows = rows.filter(pk__in=tagged.values("session"))
        return self.wish.within(rows).order_by("-last_activity_at", "-pk")

    def sums(self) -> dict[str, Any]:
        found = self.rows().order_by().aggregate(sessions=Count("pk"), messages=Sum("message_count"))
        return {
            "sessions": found["sessions"],
            "messages": found["messages"] or 0,
            "most": MOST,
            "too_many": found["sessions"] > MOST,
        }
