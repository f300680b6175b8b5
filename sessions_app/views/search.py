"""The search page: one address for the page, for what is typed meanwhile, and for more of the same."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from sessions_app import offering
from sessions_app.actions.searching import search_everyone
from sessions_app.models import ChatSession, Message, SessionTag, User
from sessions_app.rendering.lights import lights
from sessions_app.rendering.sides import own_counters
from sessions_app.search import (
    Filters,
    Groups,
    Hit,
    Hits,
    parse,
    search_messages,
    search_sessions,
    split_tags,
)

from .session_rows import groups

PAGE = 20
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
CHOICES = {
    "role": ("", Message.Role.USER, Message.Role.ASSISTANT, "tool"),
    "archived": ("", "no", "only"),
    "order": ("", "newest"),
}
SPANS = {7: _lazy("Last 7 days"), 30: _lazy("Last 30 days"), 365: _lazy("Last 365 days")}
DAYS = {str(days): days for days in SPANS}
ROLES = {
    "": _lazy("Anyone"),
    "user": _lazy("People"),
    "assistant": _lazy("The assistant"),
    "tool": _lazy("Tool results"),
}
TAGS, TAGS_LISTED, TAG_LENGTH = 10, 40, 40
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
    tags: tuple[str, ...] = ()
    session: UUID | None = None
    versions: bool = False
    rest: bool = False

    @classmethod
    def of(cls, given: QueryDict, zone: tzinfo, *, may_search_all: bool) -> Wish:
        problems: list[str] = []
        first, last = (_day(given.get(name, ""), problems) for name in ("from", "to"))
        if days := DAYS.get(str(given.get("days", ""))):
            first, last = today(zone) - timedelta(days=days - 1), None
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
            tags=tuple(dict.fromkeys(_tag(name) for name in given.getlist("tag")[:TAGS] if _tag(name))),
            session=_key(given.get("session", "")),
            versions=bool(given.get("versions")),
            rest=bool(given.get("rest")),
            **{name: value if value in CHOICES[name] else "" for name, value in chosen.items()},
        )

    @property
    def words(self) -> str:
        """What is looked for: what was typed without the tags in it."""
        return split_tags(self.q)[0]

    @property
    def filters(self) -> Filters:
        typed = (_tag(name) for name in split_tags(self.q)[1][:TAGS])
        return Filters(
            since=_midnight(self.first, self.zone),
            until=_midnight(self.last + timedelta(days=1), self.zone) if self.last else None,
            role=self.role,
            model=self.model,
            starred=True if self.starred else None,
            archived=ARCHIVED[self.archived],
            tags=tuple(dict.fromkeys([*self.tags, *typed])),
            session=self.session,
            versions=self.versions,
        )

    @property
    def grouped(self) -> bool:
        """Within one session each hit stands for itself."""
        return self.session is None

    def address(self, offset: int = 0) -> str:
        """The page that asks for this, without what is not asked for."""
        given: dict[str, Any] = {
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
            "tag": self.tags,
            "session": self.session or "",
            "versions": "1" if self.versions else "",
        }
        asked = urlencode({name: value for name, value in given.items() if value}, doseq=True)
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
            or self.tags
            or self.session
        )

    @property
    def span(self) -> str:
        """The days in words; empty where all are asked for."""
        if self.first and not self.last:
            days = (today(self.zone) - self.first).days + 1
            if days in SPANS:
                return str(SPANS[days])
        days_shown = (f"{day.day} {day:%b} {day.year}" if day else "" for day in (self.first, self.last))
        return " – ".join(days_shown).strip() if self.first or self.last else ""

    def chips(self, title: str) -> list[tuple[str, str]]:
        """What narrows the search beside its words, each with the address of the search without it."""
        found = (
            [(_("In “%(title)s”") % {"title": title}, replace(self, session=None))] if self.session else []
        )
        found += [
            (name, replace(self, tags=tuple(tag for tag in self.tags if tag != name))) for name in self.tags
        ]
        if self.span:
            found.append((self.span, replace(self, first=None, last=None)))
        return [(words, wish.address()) for words, wish in found]


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    may_search_all = isinstance(request.user, User) and request.user.reads_others
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
        renewed = bool(request.GET.get("days"))
        answer = render(request, part, {**context, "fragment": True, "renewed": renewed})
        if not wish.offset:
            answer["HX-Replace-Url"] = wish.address()
        return answer
    return render(request, "search/search_page.html", {**context, **_around(request, may_search_all)})


def _asks_for_all(address: str) -> bool:
    return bool(QueryDict(urlsplit(address).query).get("everyone"))


def _found(user: Any, wish: Wish) -> Hits | Groups:
    """Hits by session; within one session each for itself."""
    given: dict[str, Any] = {
        "order": "newest" if wish.order else "relevance",
        "limit": PAGE,
        "offset": wish.offset,
    }
    if wish.everyone:
        return search_everyone(user, wish.words, wish.filters, grouped=wish.grouped, **given)
    ask: Any = search_sessions if wish.grouped else search_messages
    found: Hits | Groups = ask(user, wish.words, wish.filters, **given)
    return found


def _results(request: HttpRequest, wish: Wish, found: Hits | Groups) -> dict[str, Any]:
    if isinstance(found, Groups):
        shown = [(group.hit, group.more, group.tags) for group in found.groups]
        length, counts = found.sessions, found.counts
    else:
        shown = [(hit, 0, ()) for hit in found.hits]
        length, counts = found.total, {}
    reached = wish.offset + len(shown)
    best = max((hit.score for hit, _more, _tags in shown), default=0.0)
    title = _title(request.user, wish)
    return {
        "wish": wish,
        "found": found,
        "sessions": found.sessions if isinstance(found, Groups) else 0,
        "rows": [_row(hit, request.user, best, wish, more, tags) for hit, more, tags in shown],
        "more_url": wish.address(reached) + ("&rest=1" if wish.rest else "")
        if shown and reached < length
        else "",
        "first_url": wish.address() if wish.offset else "",
        "plain_url": f"{reverse('search')}?{urlencode({'q': wish.q})}" if wish.narrowed else "",
        "chips": wish.chips(title),
        **facets(request.user, wish, counts),
    }


def _title(user: Any, wish: Wish) -> str:
    if wish.session is None:
        return ""
    chat = ChatSession.objects.for_user(user).filter(pk=wish.session).only("title").first()
    return str(chat) if chat else _("another session")


def _row(hit: Hit, user: Any, best: float, wish: Wish, more: int, tags: Sequence[str]) -> dict[str, Any]:
    rest = replace(wish, session=hit.session_id)
    return {
        "url": hit_address(hit, wish.words),
        "title": hit.title,
        "who": _who(hit, user),
        "assistant": hit.role == Message.Role.ASSISTANT,
        "from_tool": hit.found_in == "tool result",
        "at": timezone.localtime(hit.at, user.zone),
        "marked": marked(hit.snippet, hit.highlights),
        "starred": hit.starred,
        "archived": hit.archived,
        "shown": hit.shown,
        "tags": tags,
        "relevance": round(100 * hit.score / best) if best and not wish.rest else None,
        "more": more,
        "all_url": rest.address() if more else "",
        "rest_url": f"{rest.address(1)}&rest=1" if more else "",
    }


def hit_address(hit: Hit, words: str) -> str:
    """The message in its conversation; `q` is there once for each term of what was looked for: the page marks them."""
    terms = [" ".join(term.words) + "*" * term.begins for term in parse(words).terms]
    asked = urlencode({"message": hit.message_id, "q": terms}, doseq=True)
    return f"{reverse('session', args=[hit.session_id])}?{asked}#message-{hit.message_id}"


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
        "may_search_all": may_search_all,
        "chat": None,
    }


def facets(user: Any, wish: Wish, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The values of each filter, and of how many messages each is, where that is known: while nothing else of its kind
    is chosen."""
    roles, models, tags = (counts.get(name, {}) for name in ("role", "model", "tag"))
    own = SessionTag.objects.filter(owner=user.pk, session__deleted_at__isnull=True).order_by("name")
    names = list(own.values_list("name", flat=True).distinct()[:TAGS_LISTED])
    names += [name for name in wish.tags if name not in names]
    return {
        "roles": [
            (value, words, roles.get(value) if not wish.role or wish.role == value else None)
            for value, words in ROLES.items()
        ],
        "models": [
            (
                model.id,
                model.label,
                models.get(model.id) if not wish.model or wish.model == model.id else None,
            )
            for model in offering.offered(user)
        ],
        "tags": [(name, tags.get(name), name in wish.tags) for name in names],
    }


def today(zone: tzinfo) -> date:
    return timezone.localdate(timezone=zone)


def _tag(name: str) -> str:
    """A name as tags are kept."""
    return " ".join(name.replace("\x00", "").split()).lower()[:TAG_LENGTH]


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


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
