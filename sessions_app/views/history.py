"""Which piece of a conversation a page shows: its end, which lives, or a window further up, around a message or a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from sessions_app.actions.paths import path_through
from sessions_app.models import ChatSession, Message
from sessions_app.realtime.catchup import LAST_POSITION, PAGE_OF_LOG, shown_rows
from sessions_app.rendering.article import articles

AT_MOST = 10 * PAGE_OF_LOG  # messages that one request loads again
LONGEST_NUMBER = 12
EMPTY = {
    "articles": [],
    "last": "",
    "earlier": False,
    "older_url": "",
    "newer_url": "",
    "through": None,
    "gone": False,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Messages that stand below each other. `older` and `newer` are the positions of its ends where more lies beyond;
    `live` says that it is the end of the shown path, which frames keep up to date. `through` is the message whose path
    it is, where that is not the shown one; `gone` that the message asked for was deleted."""

    rows: Sequence[Message]
    older: int | None = None
    newer: int | None = None
    live: bool = False
    through: Message | None = None
    gone: bool = False

    @classmethod
    def of(cls, rows: Sequence[Message], **what: Any) -> Piece:
        """With what lies above: positions count from 1 without a gap."""
        older = rows[0].position if rows and rows[0].position > 1 else None
        return cls(rows, older, **what)


# ---------------------------------------------------------------- what the address asks for


def piece(request: HttpRequest, chat: ChatSession) -> Piece:
    """By `message`, which then stands in the middle, by `before` or by `after`; else, or where nothing lies beyond,
    the end."""
    wanted = wanted_message(request, chat)
    if wanted is not None and wanted.deleted_at is not None:
        return Piece.of(shown_rows(chat), live=True, gone=True)
    before, after = number(request, "before"), number(request, "after")
    if wanted is not None and not wanted.active:
        return other_version(chat, wanted, before, after)
    if before is None and after is None and wanted is None:
        return Piece.of(shown_rows(chat), live=True)
    return window(chat, wanted, before, after)


def window(chat: ChatSession, wanted: Message | None, before: int | None, after: int | None) -> Piece:
    """A piece of the shown path further up; its end where that holds what is asked for."""
    if before is not None:
        rows: Sequence[Message] = shown_rows(chat, before=before)
    elif after is not None:
        rows = below(chat, after, chat.version)
    else:
        assert wanted is not None
        end = shown_rows(chat)
        if any(row.pk == wanted.pk for row in end):
            return Piece.of(end, live=True)
        rows = shown_rows(chat, before=wanted.position + PAGE_OF_LOG // 2)
    if (after is not None and not rows) or (
        rows and not below(chat, rows[-1].position, chat.version, limit=1)
    ):
        return Piece.of(shown_rows(chat), live=True)
    return Piece.of(rows, newer=rows[-1].position if rows else 0)


def other_version(chat: ChatSession, wanted: Message, before: int | None, after: int | None) -> Piece:
    """A piece of the path through a message that the page does not show; nothing can be done there but to read."""
    keys = path_through(chat.pk, wanted.pk)
    half = PAGE_OF_LOG // 2
    if before is not None:
        last = min(before - 1, len(keys))
        first = max(0, last - PAGE_OF_LOG)
    else:
        first = max(0, wanted.position - half - 1) if after is None else after
        last = min(first + PAGE_OF_LOG, len(keys))
    rows = on_path(keys[first:last])
    newer = rows[-1].position if rows and last < len(keys) else None
    return Piece.of(rows, newer=newer, through=wanted)


def on_path(keys: Sequence[UUID]) -> list[Message]:
    rows = Message.objects.kept().filter(pk__in=keys).select_related("reply", "author", "parent")
    return sorted(rows, key=lambda row: row.position)


def below(chat: ChatSession, after: int, version: int, *, limit: int = PAGE_OF_LOG) -> list[Message]:
    """The page below a position, of what was there in this version of the chat."""
    rows = Message.objects.filter(session=chat, position__gt=after, born__lte=version).shown()
    return list(rows.select_related("reply", "author", "parent")[:limit])


def wanted_message(request: HttpRequest, chat: ChatSession) -> Message | None:
    try:
        key = UUID(request.GET.get("message", ""))
    except ValueError:
        return None
    return Message.objects.filter(session=chat, pk=key).only("active", "position", "deleted_at").first()


def number(request: HttpRequest, name: str) -> int | None:
    """A position in the address; None for what is none."""
    text = request.GET.get(name, "")
    return (
        min(int(text), LAST_POSITION)
        if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER
        else None
    )


# ---------------------------------------------------------------- what the page is given


def log_of(chat: ChatSession, shown: Piece) -> dict[str, Any]:
    """The piece as the inputs of the log: its articles, the key of the last one, the ways to what lies beyond, and what
    is to be said of it."""
    still = shown.through is not None
    return {
        "articles": articles(shown.rows, answerable=not still, still=still),
        "last": shown.rows[-1].pk if shown.rows else "",
        "earlier": not shown.live,
        "older_url": beyond(chat, shown, before=shown.older),
        "newer_url": beyond(chat, shown, after=shown.newer),
        "through": shown.through.pk if shown.through else None,
        "gone": shown.gone,
    }


def beyond(chat: ChatSession, shown: Piece, **position: int | None) -> str:
    """The address of the page above or below; empty where there is none."""
    given = {name: str(value) for name, value in position.items() if value is not None}
    if not given:
        return ""
    if shown.through is not None:
        given["message"] = str(shown.through.pk)
    return f"{reverse('session', args=[chat.pk])}?{urlencode(given)}"


def more(request: HttpRequest, chat: ChatSession) -> HttpResponse | None:
    """The page above or below as a fragment, where htmx's header and a position ask for one. Above, `from` may name the
    position down from which all is wanted. Below, `version` is that of the page: what came later comes as frames."""
    before, after = number(request, "before"), number(request, "after")
    if not request.headers.get("HX-Request") or (before is None and after is None):
        return None
    return older(request, chat) if before is not None else newer(request, chat)


def older(request: HttpRequest, chat: ChatSession) -> HttpResponse:
    start, before = number(request, "from"), number(request, "before") or 0
    if start is None:
        shown = piece_above(request, chat, before)
    else:
        if before - start > AT_MOST:
            return HttpResponse(status=413)
        shown = Piece.of(between(chat, start, before))
    answer = render(request, "sessions/_older.html", log_of(chat, shown))
    answer["Session-Version"] = str(chat.version)
    return answer


def piece_above(request: HttpRequest, chat: ChatSession, before: int) -> Piece:
    wanted = wanted_message(request, chat)
    if wanted is not None and not wanted.active and wanted.deleted_at is None:
        return other_version(chat, wanted, before, None)
    return Piece.of(shown_rows(chat, before=before))


def between(chat: ChatSession, start: int, before: int) -> list[Message]:
    rows = below(chat, max(0, start - 1), chat.version, limit=AT_MOST)
    return [row for row in rows if row.position < before]


def newer(request: HttpRequest, chat: ChatSession) -> HttpResponse:
    """At the end the window becomes the live page: with its socket, which brings what came since its version."""
    wanted, after = wanted_message(request, chat), number(request, "after") or 0
    if wanted is not None and not wanted.active and wanted.deleted_at is None:
        return render(request, "sessions/_newer.html", log_of(chat, other_version(chat, wanted, None, after)))
    version = number(request, "version") or chat.version
    if chat.structure_version > version:
        return HttpResponse(status=409)
    rows = below(chat, after, version, limit=PAGE_OF_LOG + 1)
    last = rows[PAGE_OF_LOG - 1].position if len(rows) > PAGE_OF_LOG else None
    shown = Piece(rows[:PAGE_OF_LOG], newer=last, live=last is None)
    cursor = {"version": version, "reply": "", "seq": 0}
    return render(
        request,
        "sessions/_newer.html",
        {**log_of(chat, shown), "chat": chat, "version": version, "cursor": cursor},
    )


# ---------------------------------------------------------------- days


def by_date(request: HttpRequest, chat: ChatSession) -> HttpResponse | None:
    """On to the first message of the day that the address names, or the next one after it, in the person's zone."""
    try:
        day = date.fromisoformat(request.GET.get("date", ""))
        began = timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    rows = Message.objects.filter(session=chat).shown()
    key = rows.filter(created_at__gte=began).values_list("pk", flat=True).first()
    if key is None:
        return redirect(chat)
    return redirect(f"{reverse('session', args=[chat.pk])}?message={key}#message-{key}")
