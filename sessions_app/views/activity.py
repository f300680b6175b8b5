"""The activity page, one event of it, and sessions that begin with one or take it in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app.actions import about_events
from sessions_app.activity.finding import Filters, Place, newest, recent_names, walks
from sessions_app.activity.spans import since
from sessions_app.activity.values import NUMBERS, WORDS, line
from sessions_app.folding import holds
from sessions_app.models import ActivityEvent, ChatSession, Message
from sessions_app.rendering.footer import footer
from sessions_app.rendering.json_code import json_html

from .access import own_or_404
from .starting import uuid_or_404
from .toasts import leave_for

PAGE, TARGETS, CARRIERS, NEWS = 50, 12, 20, 99
SEVERITIES = {
    "": gettext_lazy("Any severity"),
    "info": gettext_lazy("Info and worse"),
    "warning": gettext_lazy("Warnings and worse"),
    "error": gettext_lazy("Errors and worse"),
    "critical": gettext_lazy("Critical"),
}
SPANS = {
    "": gettext_lazy("Any time"),
    "1h": gettext_lazy("Last hour"),
    "24h": gettext_lazy("Last 24 hours"),
    "7d": gettext_lazy("Last 7 days"),
    "30d": gettext_lazy("Last 30 days"),
}
ICONS = {
    "debug": "bug-ant",
    "info": "information-circle",
    "warning": "exclamation-triangle",
    "error": "exclamation-circle",
    "critical": "fire",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for, as far as it can be understood."""

    severity: str = ""
    source: str = ""
    kind: str = ""
    span: str = ""
    q: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> Wish:
        severity, span = given.get("severity", ""), given.get("span", "")
        return cls(
            severity if severity in SEVERITIES else "",
            line(given.get("source", ""), 60),
            line(given.get("kind", ""), 40),
            span if span in SPANS else "",
            line(given.get("q", ""), 200),
        )

    def filters(self, user: Any) -> Filters:
        began = since(self.span, timezone.now(), user.zone) if self.span else None
        return Filters(self.source, self.kind, NUMBERS.get(self.severity, 0), began, None, self.q)

    def query(self, **more: Any) -> str:
        own = {name: getattr(self, name) for name in self.__slots__}
        return urlencode({name: value for name, value in (own | more).items() if value})

    def address(self, **more: Any) -> str:
        query = self.query(**more)
        return reverse("activity") + (f"?{query}" if query else "")

    @property
    def narrowed(self) -> bool:
        return self != Wish()


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the list; `day` in words where it is the first of its day."""

    event: ActivityEvent
    severity: str
    icon: str
    at: datetime
    day: str

    @property
    def label(self) -> str:
        return str(self.event.get_severity_display())


@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """The page; for what is typed and chosen meanwhile the results alone, and with `after` more of them."""
    user: Any = request.user
    wish, after = Wish.of(request.GET), Place.of(request.GET.get("after", ""))
    context = results(user, wish, after, request.GET.get("day", ""))
    if request.headers.get("HX-Request"):
        part = "activity/_rows.html" if after else "activity/_results.html"
        answer = render(request, part, context)
        if not after:
            answer["HX-Replace-Url"] = wish.address()
        return answer
    return render(request, "activity/activity_page.html", {**context, **choices(user, wish), **footer(user)})


def results(user: Any, wish: Wish, after: Place | None, day: str) -> dict[str, Any]:
    found = newest(user, wish.filters(user), PAGE + 1, after)
    rows = shown(found[:PAGE], user, day)
    more = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        more = wish.address(after=Place(last.at, last.pk), day=timezone.localtime(last.at, user.zone).date())
    seen = found[0].at if found else timezone.now()
    return {
        "wish": wish,
        "rows": rows,
        "more_url": more,
        "first_url": wish.address() if after else "",
        "news_url": f"{reverse('activity_news')}?{wish.query(seen=Place(seen, UUID(int=0)))}",
    }


def shown(events: list[ActivityEvent], user: Any, day: str = "") -> list[Shown]:
    """`day` is the one the rows before end with."""
    rows, today = [], timezone.localdate(timezone=user.zone)
    for event in events:
        at = timezone.localtime(event.at, user.zone)
        word = WORDS.get(event.severity, "info")
        heading = day_words(at.date(), today) if str(at.date()) != day else ""
        day = str(at.date())
        rows.append(Shown(event, word, ICONS[word], at, heading))
    return rows


def day_words(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    return _("Yesterday") if day == today - timedelta(days=1) else f"{day.day} {day:%B} {day.year}"


def choices(user: Any, wish: Wish) -> dict[str, Any]:
    sources, kinds = recent_names(user)
    return {
        "severities": SEVERITIES,
        "spans": SPANS,
        "sources": sorted({*sources, wish.source} - {""}),
        "kinds": sorted({*kinds, wish.kind} - {""}),
    }


@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """How many events there are behind the newest one that the page shows; asked now and then."""
    user: Any = request.user
    wish, seen = Wish.of(request.GET), Place.of(request.GET.get("seen", ""))
    count = 0
    if seen is not None:
        filters = wish.filters(user)
        first = seen.at + timedelta(microseconds=1)
        later = replace(filters, since=max(filters.since or first, first))
        count = sum(len(walk.order_by().values_list("pk")[: NEWS + 1]) for walk in walks(user, later))
    context = {"count": min(count, NEWS), "more": count > NEWS, "url": wish.address()}
    return render(request, "activity/_news.html", context)


# ---------------------------------------------------------------- one event


def event_or_404(request: HttpRequest, pk: UUID) -> ActivityEvent:
    return get_object_or_404(ActivityEvent.objects.for_user(request.user), pk=pk)


@require_GET
def event(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, user = event_or_404(request, pk), request.user
    carrying = Message.objects.for_user(user).kept().filter(carried__event=found)
    context: dict[str, Any] = {
        "row": shown([found], user)[0],
        "first_at": timezone.localtime(found.first_at, getattr(user, "zone", None)),
        "data": mark_safe(json_html(found.data)) if found.data else "",
        "carriers": carrying.select_related("session").order_by("-pk")[:CARRIERS],
    }
    return dialog(request, "activity/_event.html", found.title, **context)


def dialog(request: HttpRequest, part: str, heading: str, status: int = 200, **context: Any) -> HttpResponse:
    """What goes inside the page's dialog; asked for without htmx, a page of its own."""
    if request.headers.get("HX-Request"):
        return render(request, part, context | {"plain": False}, status=status)
    around = {"part": part, "heading": heading, "plain": True, **footer(request.user)}
    return render(request, "activity/part_page.html", context | around, status=status)


@require_POST
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    chat = about_events.start_session(event=event_or_404(request, pk), person=request.user)
    return redirect(chat.get_absolute_url())


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: own sessions to choose from, found by title. POST: the event goes to the end of `target`."""
    found = event_or_404(request, pk)
    if request.method == "POST":
        chat = own_or_404(request, uuid_or_404(request.POST.get("target", "")))
        about_events.add_event(event=found, chat=chat, person=request.user)
        return leave_for(request, chat.get_absolute_url(), _("The event stands at the end of this session."))
    query = request.GET.get("q", "").strip()[:120]
    own = ChatSession.objects.owned_by(request.user).recent()
    rows = own.filter(holds("title", query)) if query else own
    targets = list(rows[:TARGETS])
    heading = _("Add to a session")
    return dialog(request, "activity/_add.html", heading, event=found, targets=targets, query=query)


@require_GET
def carried(request: HttpRequest, message: UUID) -> HttpResponse:
    """The events that a message carries, as far as this person sees them."""
    row = get_object_or_404(
        Message.objects.for_user(request.user).kept().select_related("session"), pk=message
    )
    events = list(ActivityEvent.objects.for_user(request.user).filter(carried__message=row).distinct()[:200])
    events.sort(key=lambda each: (-each.severity, -each.at.timestamp()))
    context: dict[str, Any] = {"rows": shown(events, request.user), "chat": row.session, "message": row}
    if request.headers.get("HX-Request"):
        return render(request, "activity/_carried.html", context)
    heading = _("Activity in this message")
    return dialog(request, "activity/_carried.html", heading, **context)
