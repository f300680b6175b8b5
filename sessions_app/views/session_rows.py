"""The rows of a list of sessions, under the day of their last activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from math import ceil
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.models import ChatSession, Message, Reply, Visit
from sessions_app.models.sessions import TRASH_KEPT

from .session_filters import Cursor, Wish

BROKEN = (Reply.Status.FAILED, Reply.Status.INTERRUPTED)
SHOWN = (
    *("owner", "title", "starred", "archived_at", "deleted_at"),
    *("message_count", "last_activity_at"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One session. `cursor` is its place; `day` what it stands under, by key and in words."""

    id: str
    title: str
    url: str
    cursor: str
    day: tuple[str, str]
    at: datetime
    own: bool
    running: bool
    waiting: bool
    failed: bool
    unread: bool
    current: bool
    starred: bool
    archived: bool
    deleted: bool
    days_left: int


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one day or month; without a heading where an earlier page has it."""

    key: str
    label: str
    heading: bool
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, or a page that continues it; `more_url` is empty at its end."""

    wish: Wish
    groups: list[Group]
    more_url: str

    @property
    def cut(self) -> bool:
        """Whether it begins further down than the newest."""
        return self.wish.whole and self.wish.after is not None

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]


def groups(user: Any, current: str) -> Listing:
    """The first page of a person's sessions, as pages show it beside what they are about."""
    return listing(user, Wish(user.zone), current)


def asked(request: HttpRequest) -> Listing:
    """The list as the address of a request asks for it."""
    user: Any = request.user
    return listing(user, Wish.of(request.GET, user.zone), current_of(request))


def current_of(request: HttpRequest) -> str:
    """The session the asking page shows, from the address htmx names."""
    path = request.headers.get("HX-Current-URL", "").partition("?")[0].rstrip("/")
    return path.rsplit("/", 1)[-1]


def listing(user: Any, wish: Wish, current: str) -> Listing:
    chats = found(user, wish)
    shown, more = chats[: wish.rows], len(chats) > wish.rows
    today = timezone.localdate(timezone=wish.zone)
    rows = [_row(chat, user, wish, current, today) for chat in shown]
    before = None if wish.whole or wish.after is None else _day_of(wish.after.at, wish, today)
    after = Cursor(getattr(shown[-1], wish.order), shown[-1].pk) if more else None
    return Listing(wish, list(_grouped(rows, before)), wish.address(after=after) if after else "")


def found(user: Any, wish: Wish) -> list[Any]:
    """One more than is shown. Own ones and those of others are two walks, each along an index, merged."""
    mine = ChatSession.objects.deleted_by(user) if wish.deleted else ChatSession.objects.owned_by(user)
    rows: list[Any] = list(_told(wish.narrow(mine, user), user)[: wish.rows + 1])
    if wish.own_only:
        return rows
    rows += _told(wish.narrow(ChatSession.objects.shared_with(user), user), user)[: wish.rows + 1]
    rows.sort(key=lambda chat: (getattr(chat, wish.order), chat.pk), reverse=True)
    return rows[: wish.rows + 1]


def _told(chats: QuerySet[ChatSession], user: Any) -> QuerySet[Any]:
    """With what their marks tell: whether a reply runs or waits, how the last shown one ended, when this person
    last looked."""
    unfinished = Reply.objects.filter(session=OuterRef("pk")).unfinished().order_by()
    last = Message.objects.filter(session=OuterRef("pk")).shown().reverse()
    seen = Visit.objects.filter(user=user.pk, session=OuterRef("pk"))
    return chats.only(*SHOWN).annotate(
        state=Subquery(unfinished.values("status")[:1]),
        last=Subquery(last.annotate(ended=F("reply__status")).values("ended")[:1]),
        seen=Subquery(seen.values("at")[:1]),
    )


def _row(chat: Any, user: Any, wish: Wish, current: str, today: date) -> Row:
    at = getattr(chat, wish.order)
    here = str(chat.pk) == current
    unread = chat.seen < chat.last_activity_at if chat.seen else chat.message_count > 0
    gone = chat.deleted_at is not None
    return Row(
        id=str(chat.pk),
        title=chat.title or _("New session"),
        url=chat.get_absolute_url(),
        cursor=str(Cursor(at, chat.pk)),
        day=_day_of(at, wish, today),
        at=timezone.localtime(at, wish.zone),
        own=chat.owner_id == user.pk,
        running=chat.state in Reply.GROWING,
        waiting=chat.state == Reply.Status.WAITING,
        failed=chat.state is None and chat.last in BROKEN,
        unread=unread and not here and not gone and chat.state not in Reply.GROWING,
        current=here,
        starred=chat.starred and chat.owner_id == user.pk,
        archived=chat.archived_at is not None,
        deleted=gone,
        days_left=max(0, ceil((at + TRASH_KEPT - timezone.now()) / timedelta(days=1))) if gone else 0,
    )


def _grouped(rows: list[Row], before: tuple[str, str] | None) -> Iterator[Group]:
    for (key, label), under in groupby(rows, lambda row: row.day):
        yield Group(key, label, (key, label) != before, list(under))


def _day_of(at: datetime, wish: Wish, today: date) -> tuple[str, str]:
    day = timezone.localtime(at, wish.zone).date()
    key = f"{day:%Y-%m-%d}" if day > today - timedelta(days=7) else f"{day:%Y-%m}"
    return ("today" if day >= today else key), day_words(day, today)


def day_words(day: date, today: date) -> str:
    """Today, Yesterday, a weekday of the last week, else the month."""
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return f"{day:%A}, {day.day} {day:%B}"
    if (day.year, day.month) == (today.year, today.month):
        return _("Earlier in %(month)s") % {"month": f"{day:%B}"}
    return f"{day:%B}" if day.year == today.year else f"{day:%B %Y}"
