"""The videos that a session is about, as somebody sees them; and those they may choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.agent.passages import clock, key_of, path_to
from sessions_app.folding import holds
from sessions_app.models import ChatSession
from sessions_app.views.starters import Starter

from .models import Passage, Reference, Transcript, Video

FOUND = 50  # rows of the picker beside those that are ticked
MOMENTS = 12  # times listed of one video in the details


@dataclass(frozen=True, slots=True)
class Row:
    """One video. `state` is a sentence about its passages, `ready` whether there are any."""

    key: str
    title: str
    creator: str
    length: str
    thumbnail: str
    state: str
    ready: bool
    ticked: bool = False

    @property
    def path(self) -> str:
        return f"/videos/{self.key}/"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`unseen` counts those this person may not see; `offered` says whether there is anything to choose, `writable` whether
    they may."""

    url: str
    rows: Sequence[Row] = ()
    unseen: int = 0
    offered: bool = False
    writable: bool = True
    keys: frozenset[str] = field(default_factory=frozenset)

    @property
    def unseen_words(self) -> str:
        """In the chip behind the others."""
        words = ngettext("1 video you may not see", "%(n)s videos you may not see", self.unseen)
        more = ngettext("1 more video you may not see", "%(n)s more videos you may not see", self.unseen)
        return (more if self.rows else words) % {"n": self.unseen}

    @property
    def starters(self) -> list[Starter]:
        """Questions to begin with where a transcript is there to answer them."""
        return questions() if any(row.ready for row in self.rows) else []


def chosen_in(person: Any, chat: ChatSession | None) -> Chosen:
    """What SESSION_VIDEOS names: of this session, or of the one that is not made yet."""
    mine = Video.objects.for_user(person)
    if chat is None:
        return Chosen(reverse("videos_choose"), offered=mine.exists())
    url = reverse("session_videos", args=[chat.pk])
    keys = uuids(chat.settings.get("videos") or ())
    if not keys:
        return Chosen(url, offered=mine.exists(), writable=may_write(person, chat))
    there = Video.objects.filter(pk__in=keys, deleted_at__isnull=True).count()
    rows = rows_of(mine.filter(pk__in=keys), ticked=keys)
    by_key = {row.key: row for row in rows}
    shown = [by_key[str(key)] for key in keys if str(key) in by_key]
    return Chosen(
        url,
        shown,
        unseen=max(0, there - len(shown)),
        offered=True,
        writable=may_write(person, chat),
        keys=frozenset(by_key),
    )


def may_write(person: Any, chat: ChatSession) -> bool:
    return chat.owner_id == person.pk or ChatSession.writable_by(person.pk, chat.pk) is not None


def found_for(person: Any, words: str, but: Iterable[UUID]) -> tuple[list[Row], bool]:
    """Videos to choose, newest first, whose title or creator holds the words; and whether there are more."""
    rows = Video.objects.for_user(person).exclude(pk__in=list(but)).order_by("-created_at", "-pk")
    for word in words.split()[:10]:
        by = rows.filter(holds("creator__username", word)).values("pk")
        rows = rows.filter(Q(pk__in=rows.filter(holds("title", word)).values("pk")) | Q(pk__in=by))
    found = list(rows.values_list("pk", flat=True)[: FOUND + 1])
    shown = rows_of(Video.objects.for_user(person).filter(pk__in=found[:FOUND]))
    order = {str(key): at for at, key in enumerate(found)}
    return sorted(shown, key=lambda row: order[row.key]), len(found) > FOUND


def ticked_for(person: Any, keys: Sequence[UUID]) -> list[Row]:
    """Those of these that this person may see, in this order."""
    rows = {row.key: row for row in rows_of(Video.objects.for_user(person).filter(pk__in=keys), ticked=keys)}
    return [rows[str(key)] for key in keys if str(key) in rows]


def rows_of(videos: Any, ticked: Iterable[UUID] = ()) -> list[Row]:
    """Two queries more than that for the videos."""
    found, on = list(videos.select_related("creator")), set(ticked)
    keys = [video.pk for video in found]
    passages = Passage.objects.filter(video__in=keys, current=True).order_by()
    counts = dict(passages.values_list("video").annotate(count=Count("pk")))
    waiting = (Transcript.Status.WAITING, Transcript.Status.INDEXING)
    under_way = Transcript.objects.filter(video__in=keys, status__in=waiting).order_by()
    coming = set(under_way.values_list("video", flat=True))
    return [
        Row(
            key=str(video.pk),
            title=video.title,
            creator=str(video.creator),
            length=clock(video.length_ms) if video.length_ms else "",
            thumbnail=f"/videos/{video.pk}/thumbnail/" if video.thumbnail else "",
            state=state(counts.get(video.pk, 0), coming=video.pk in coming),
            ready=counts.get(video.pk, 0) > 0,
            ticked=video.pk in on,
        )
        for video in found
    ]


def state(passages: int, *, coming: bool) -> str:
    if passages:
        return ngettext("1 passage", "%(n)s passages", passages) % {"n": f"{passages:,}"}
    return _("transcript is being indexed") if coming else _("no transcript yet")


def uuids(keys: Iterable[Any]) -> list[UUID]:
    """What of these is a key, each once, in their order."""
    found: dict[UUID, None] = {}
    for key in keys:
        try:
            found[UUID(str(key))] = None
        except ValueError:
            continue
    return list(found)


# ---------------------------------------------------------------- what the answers of a session refer to


@dataclass(slots=True)
class Cited:
    """A video that answers of a session refer to: `moments` are (time, path or "")."""

    title: str
    count: int = 0
    path: str = ""
    moments: list[tuple[str, str]] = field(default_factory=list)
    more: int = 0


def cited_in(person: Any, chat: ChatSession) -> list[Cited]:
    """Most often first. Of a video this person may not see (any more) the title and the times stay, and lead nowhere."""
    kept = Reference.objects.filter(message__session=chat, message__deleted_at__isnull=True)
    columns = ("video", "title", "start_ms", "passage")
    rows = list(kept.order_by("start_ms", "pk").values_list(*columns)[:2000])
    seen = set(
        Video.objects.for_user(person).filter(pk__in={row[0] for row in rows}).values_list("pk", flat=True)
    )
    found: dict[Any, Cited] = {}
    for video, title, start_ms, passage in rows:
        one = found.setdefault(
            video or title, Cited(title, path=f"/videos/{video}/" if video in seen else "")
        )
        one.count += 1
        place = path_to(str(video), start_ms, key_of(passage) if passage else "") if video in seen else ""
        moment = (clock(start_ms), place)
        if moment in one.moments:
            continue
        if len(one.moments) < MOMENTS:
            one.moments.append(moment)
        else:
            one.more += 1
    return sorted(found.values(), key=lambda each: -each.count)


def questions() -> list[Starter]:
    return [
        Starter(_("What is this about?"), _("In a few sentences"), "film", "other", _("What is this about?")),
        Starter(
            _("Summarise it with times"),
            _("Point by point, each with its place"),
            "list-bullet",
            "other",
            _("Summarise it point by point, with the time of each."),
        ),
        Starter(
            _("Where is it about…"),
            _("Find a topic in the transcripts"),
            "magnifying-glass",
            "other",
            _("Where is it about …"),
        ),
    ]
