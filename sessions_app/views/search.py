"""The search page: one address for the page, for what is typed meanwhile, and for more of the same."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sessions_app import offering
from sessions_app.actions.searching import search_everyone
from sessions_app.models import Message, User
from sessions_app.rendering.lights import lights
from sessions_app.rendering.sides import own_counters
from sessions_app.search import Filters, Hit, Hits, Order, search_messages

from .workspace import groups

PAGE = 20
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
CHOICES = {
    "role": ("", Message.Role.USER, Message.Role.ASSISTANT),
    "archived": ("", "no", "only"),
    "order": ("", "newest"),
}
ARCHIVED = {"": None, "no": False, "only": True}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for, as far as it can be understood; `problems` say what was left out."""

    q: str
    role: str
    model: str
    archived: str
    order: str
    starred: bool
    everyone: bool
    first: date | None
    last: date | None
    offset: int
    zone: tzinfo
    problems: tuple[str, ...]

    @classmethod
    def of(cls, given: QueryDict, zone: tzinfo, *, may_search_all: bool) -> Wish:
        problems: list[str] = []
        first, last = (_day(given.get(name, ""), problems) for name in ("from", "to"))
        if first and last and first > last:
            problems.append(_("The first day is after the last one: no message lies between them."))
        offset = given.get("offset", "")
        chosen = {name: given.get(name, "") for name in CHOICES}
        return cls(
            q=given.get("q", "").replace("\x00", "")[:1000],
            model=given.get("model", "").replace("\x00", "")[:120],
            starred=bool(given.get("starred")),
            everyone=bool(given.get("everyone")) and may_search_all,
            first=first,
            last=last,
            offset=int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 5 else 0,
            zone=zone,
            problems=tuple(problems),
            **{name: value if value in CHOICES[name] else "" for name, value in chosen.items()},
        )

    @property
    def filters(self) -> Filters:
        return Filters(
            since=_midnight(self.first, self.zone),
            until=_midnight(self.last + timedelta(days=1), self.zone) if self.last else None,
            role=self.role,
            model=self.model,
            starred=True if self.starred else None,
            archived=ARCHIVED[self.archived],
        )

    def address(self, offset: int = 0) -> str:
        """The page that asks for this, without what is not asked for."""
        given = {
            "q": self.q,
            "role": self.role,
            "model": self.model,
            "archived": self.archived,
            "order": self.order,
            "starred": "1" if self.starred else "",
            "offset": offset or "",
            "from": self.first or "",
            "to": self.last or "",
            "everyone": "1" if self.everyone else "",
        }
        asked = urlencode({name: value for name, value in given.items() if value})
        return reverse("search") + (f"?{asked}" if asked else "")

    @property
    def narrowed(self) -> bool:
        return bool(
            self.role
            or self.model
            or self.archived
            or self.starred
            or self.first
            or self.last
            or self.everyone
        )


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    may_search_all = request.user.is_staff and request.user.has_perm("sessions_app.view_message")
    assert isinstance(request.user, User)
    wish = Wish.of(request.GET, request.user.zone, may_search_all=may_search_all)
    typed = bool(request.headers.get("HX-Request"))
    if typed and wish.everyone != _asks_for_all(request.headers.get("HX-Current-URL", "")):
        # The page for everyone's asks only when told to, not while typing: each of its searches is recorded.
        return HttpResponse(headers={"HX-Redirect": wish.address()})
    began = time.perf_counter()
    found = _found(request.user, wish)
    context = {**_results(request, wish, found), "seconds": time.perf_counter() - began}
    if typed:
        part = "search/_more.html" if wish.offset else "search/_results.html"
        answer = render(request, part, {**context, "fragment": True})
        if not wish.offset:
            answer["HX-Replace-Url"] = wish.address()
        return answer
    return render(request, "search/search_page.html", {**context, **_around(request, may_search_all)})


def _asks_for_all(address: str) -> bool:
    return bool(QueryDict(urlsplit(address).query).get("everyone"))


def _found(user: Any, wish: Wish) -> Hits:
    ask = search_everyone if wish.everyone else search_messages
    order: Order = "newest" if wish.order else "relevance"
    return ask(user, wish.q, wish.filters, order=order, limit=PAGE, offset=wish.offset)


def _results(request: HttpRequest, wish: Wish, found: Hits) -> dict[str, Any]:
    reached = wish.offset + len(found.hits)
    best = max((hit.score for hit in found.hits), default=0.0)
    return {
        "wish": wish,
        "found": found,
        "rows": [_row(hit, request.user, best) for hit in found.hits],
        "more_url": wish.address(reached) if found.hits and reached < found.total else "",
        "first_url": wish.address() if wish.offset else "",
        "plain_url": f"{reverse('search')}?{urlencode({'q': wish.q})}" if wish.narrowed else "",
    }


def _row(hit: Hit, user: Any, best: float) -> dict[str, Any]:
    return {
        "url": f"{reverse('session', args=[hit.session_id])}?message={hit.message_id}#message-{hit.message_id}",
        "title": hit.title,
        "who": _who(hit, user),
        "assistant": hit.role == Message.Role.ASSISTANT,
        "from_tool": hit.found_in == "tool result",
        "at": timezone.localtime(hit.at, user.zone),
        "marked": marked(hit.snippet, hit.highlights),
        "starred": hit.starred,
        "archived": hit.archived,
        "relevance": round(100 * hit.score / best) if best else None,
    }


def _who(hit: Hit, user: Any) -> str:
    if hit.role == Message.Role.ASSISTANT:
        return offering.label(hit.model)
    return _("You") if hit.author == user.get_username() else hit.author or _("Someone")


def marked(text: str, ranges: tuple[tuple[int, int], ...]) -> SafeString:
    """The text with its ranges in `<mark>`, everything escaped."""
    made, place = SafeString(""), 0
    for start, end in ranges:
        made = format_html("{}{}<mark>{}</mark>", made, text[place:start], text[start:end])
        place = end
    return format_html("{}{}", made, text[place:])


def _around(request: HttpRequest, may_search_all: bool) -> dict[str, Any]:
    """What the page holds beside the results."""
    return {
        "groups": groups(request.user, ""),
        "counters": own_counters(request.user),
        "lights": lights(),
        "models": offering.offered(),
        "may_search_all": may_search_all,
        "chat": None,
    }


def _day(text: str, problems: list[str]) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if FIRST_DAY <= day <= LAST_DAY:
        return day
    problems.append(_("“%(day)s” is no day, and was left out. Write it as 2026-11-30.") % {"day": text[:20]})
    return None


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day, clock.min, zone)
