"""What the palette shows for what is typed: sessions by title, messages by their words, and what can be done."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sessions_app.folding import holds
from sessions_app.models import ChatSession
from sessions_app.palette import Action, Deed, Place, possible
from sessions_app.search import Hit, Hits, search_messages

from .search import hit_address, marked
from .session_rows import day_words

SESSIONS, MESSAGES, CANDIDATES = 6, 5, 50
BEFORE = 24  # characters of a message before what was found in it
WORDS_TYPED = re.compile(r"\w{3,}\Z")

Ranges = tuple[tuple[int, int], ...]


@never_cache
@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("search")
    typed = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200]
    place = Place(request.user, asked_from(request))
    found = messages(request.user, typed)
    groups = [
        (_("Sessions"), [session_row(chat, typed) for chat in sessions(place, typed)]),
        (_("Messages"), [message_row(hit, typed) for hit in found.hits] if found else []),
        (_("Actions"), [*actions(place, typed), *searches(typed, found)]),
    ]
    rows = [row for _name, rows in groups for row in rows]
    for number, row in enumerate(rows):
        row["number"] = number
    context = {"groups": [group for group in groups if group[1]], "typed": typed, "count": len(rows)}
    return render(request, "sessions/_palette_results.html", context)


def asked_from(request: HttpRequest) -> ChatSession | None:
    """The session the palette was opened in; one that is not there (any more) is as good as none."""
    try:
        key = UUID(request.GET.get("session", ""))
    except ValueError:
        return None
    return ChatSession.objects.for_user(request.user).filter(pk=key).first()


def query_of(typed: str) -> str:
    """The last word is still being typed: it stands for every word that begins so."""
    return f"{typed}*" if WORDS_TYPED.search(typed) and typed.count('"') % 2 == 0 else typed


# ---------------------------------------------------------------- sessions


def sessions(place: Place, typed: str) -> list[ChatSession]:
    """One's newest but the open one; with words those whose titles hold them all, first where a word begins so."""
    words = typed.split()
    if not words:
        open_one = place.chat.pk if place.chat else None
        return newest(place.person, SESSIONS, ~Q(pk=open_one), archived_at__isnull=True)
    begins = re.compile(rf"(?<!\w){re.escape(words[0])}", re.IGNORECASE)
    found = newest(place.person, CANDIDATES, *(holds("title", word) for word in words))
    return sorted(found, key=lambda chat: begins.search(chat.title) is None)[:SESSIONS]


def newest(person: Any, most: int, *wanted: Any, **more: Any) -> list[ChatSession]:
    """Own ones and those of others are two walks, each along an index: asked as one it would sort all there are."""
    rows: list[ChatSession] = []
    for chats in (ChatSession.objects.owned_by(person), ChatSession.objects.shared_with(person)):
        chats = chats.filter(*wanted, kind=ChatSession.Kind.CHAT, **more).order_by("-last_activity_at", "-pk")
        rows += chats.only("title", "last_activity_at", "archived_at")[:most]
    return sorted(rows, key=lambda chat: (chat.last_activity_at, chat.pk), reverse=True)[:most]


def session_row(chat: ChatSession, typed: str) -> dict[str, Any]:
    title = chat.title or _("New session")
    return {
        "icon": "chat-bubble-left-right",
        "words": marked(title, places(title, typed.split())),
        "beside": _("Archived") if chat.archived_at else day_of(chat.last_activity_at),
        "deed": Deed(link=chat.get_absolute_url()),
        "session": str(chat.pk),
        "key": _("Enter"),
    }


def places(text: str, words: list[str]) -> Ranges:
    """Where the words stand in the text; of two that overlap the one that begins earlier."""
    found = [each.span() for word in words for each in re.finditer(re.escape(word), text, re.IGNORECASE)]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return tuple(kept)


def day_of(at: datetime) -> str:
    """The day, as the list says it, but a date where that is older."""
    day, today = timezone.localtime(at).date(), timezone.localdate()
    if (today - day).days < 2:
        return day_words(day, today)
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B %Y}"


# ---------------------------------------------------------------- messages, actions


def messages(user: Any, typed: str) -> Hits | None:
    """The newest that hold what is typed, and how many there are; nothing for a single letter."""
    return search_messages(user, query_of(typed), order="newest", limit=MESSAGES) if len(typed) > 1 else None


def message_row(hit: Hit, typed: str) -> dict[str, Any]:
    text, highlights = nearer(hit.snippet, hit.highlights)
    return {
        "icon": "chat-bubble-bottom-center-text",
        "words": marked(text, highlights),
        "title": hit.title,
        "beside": day_of(hit.at),
        "deed": Deed(link=hit_address(hit, query_of(typed))),
        "session": str(hit.session_id),
        "key": _("Enter"),
        "quoted": True,
    }


def nearer(text: str, ranges: Ranges) -> tuple[str, Ranges]:
    """A snippet for one line: it begins a few words before the first highlight."""
    cut = text.rfind(" ", 0, ranges[0][0] - BEFORE) + 1 if ranges and ranges[0][0] > BEFORE else 0
    if not cut:
        return text, ranges
    return f"…{text[cut:]}", tuple((start - cut + 1, end - cut + 1) for start, end in ranges)


def actions(place: Place, typed: str) -> list[dict[str, Any]]:
    wanted = typed.casefold().split()
    return [action_row(action, wanted) for action in possible(place) if action.answers_to(wanted)]


def action_row(action: Action, wanted: list[str]) -> dict[str, Any]:
    return {
        "icon": action.icon,
        "words": marked(action.words, places(action.words, wanted)),
        "deed": action.deed,
        "key": action.key,
        "danger": action.danger,
        "confirm": action.confirm,
    }


def searches(typed: str, found: Hits | None) -> list[dict[str, Any]]:
    """The page of the search, with what is typed."""
    words = _("Search all messages for “%(typed)s”") % {"typed": typed} if typed else _("Search all messages")
    row = {
        "icon": "magnifying-glass",
        "words": words,
        "beside": _("%(count)s found") % {"count": found.total_words} if found else "",
        "deed": Deed(link=reverse("search") + (f"?{urlencode({'q': query_of(typed)})}" if typed else "")),
        "key": _("Ctrl Enter"),
        "search": True,
    }
    return [row]
