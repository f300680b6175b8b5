"""The workspace page, the list beside it, and making a session."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app import offering
from sessions_app.actions.errors import Refused
from sessions_app.actions.opening import open_session
from sessions_app.actions.sessions import create_session, set_model, set_title
from sessions_app.models import ChatSession, Message, Reply
from sessions_app.realtime.catchup import PAGE_OF_LOG, shown_rows, unfinished_reply
from sessions_app.rendering.article import articles
from sessions_app.rendering.lights import lights
from sessions_app.rendering.sides import counters, facts, own_counters
from sessions_app.views.starters import starters

LIST_LENGTH = 200


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The last session; a welcome where there is none or it is older than 24 hours."""
    current = ChatSession.objects.for_user(request.user).current()
    if current is not None:
        return redirect(current)
    return render(request, "sessions/workspace_page.html", page(request, None))


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    chat = get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk)
    return render(request, "sessions/workspace_page.html", page(request, chat))


@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """GET: the list, as a fragment. POST: a new session; with content it sends to the current one or a new one."""
    if request.method == "POST":
        return make(request)
    if not request.headers.get("HX-Request"):
        return redirect("home")
    return render(
        request, "sessions/_session_list.html", {"groups": groups(request.user, current_of(request))}
    )


def make(request: HttpRequest) -> HttpResponse:
    content, model = request.POST.get("content", ""), request.POST.get("model", "")
    client_id = request.POST.get("client_id", "")
    try:
        if not content.strip():
            return redirect(create_session(owner=request.user, model=model))
        chat = open_session(owner=request.user, content=content, client_id=client_id, model=model)
    except Refused as refusal:
        context = page(request, None) | {"notice": refusal.sentence, "draft": content}
        return render(request, "sessions/workspace_page.html", context, status=refusal.status)
    return redirect(chat)


def writable_or_404(request: HttpRequest, pk: UUID) -> ChatSession:
    chat = ChatSession.writable_by(request.user.pk, pk)
    if chat is None:
        raise Http404
    return chat


@require_POST
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Settings of a session: its model, its title."""
    chat = writable_or_404(request, pk)
    try:
        if request.POST.get("model"):
            set_model(chat=chat, model=request.POST["model"])
        if request.POST.get("title", "").strip():
            set_title(chat=chat, title=request.POST["title"], by_model=False)
    except Refused as refusal:
        return HttpResponse(refusal.sentence, status=refusal.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204) if request.headers.get("HX-Request") else redirect(chat)


# ---------------------------------------------------------------- what the page shows


def page(request: HttpRequest, chat: ChatSession | None) -> dict[str, Any]:
    """The inputs of workspace_page.html. The version is read first, then the reply, then the messages."""
    running = unfinished_reply(chat) if chat else None
    before = below(request, chat) if chat else None
    rows = shown_rows(chat, before=before) if chat else []
    sums = counters(chat, running) if chat else own_counters(request.user)
    older = rows[0].position if len(rows) == PAGE_OF_LOG and rows[0].position > 1 else None
    return {
        "chat": chat,
        "articles": articles(rows),
        "groups": groups(request.user, str(chat.pk) if chat else ""),
        "counters": sums,
        "facts": facts(chat, sums["tokens"]) if chat else None,
        "lights": lights(),
        "models": offering.offered(),
        "selected_model": offering.choose("", chat.model if chat else "").id,
        "running": running is not None,
        "pending": list(chat.pending.all()) if chat else [],
        "cursor": {"version": chat.version if chat else 0, "reply": running.pk if running else "", "seq": 0},
        "no_key": not offering.connected(),
        "greeting": greeting(),
        "starters": starters(),
        "notice": "",
        "earlier": before is not None,
        "older_url": f"{reverse('session', args=[chat.pk])}?before={older}" if chat and older else "",
        "max_message_bytes": settings.MAX_MESSAGE_BYTES,
    }


def below(request: HttpRequest, chat: ChatSession) -> int | None:
    """The position above which the page shows messages: None for the last ones, else as the address asks, by a
    position or by a message that should stand in the middle."""
    before, wanted = request.GET.get("before", ""), request.GET.get("message", "")
    if before.isascii() and before.isdigit() and len(before) < 12:
        return int(before)
    try:
        place = (
            Message.objects.filter(session=chat, pk=UUID(wanted))
            .shown()
            .values_list("position", flat=True)
            .first()
        )
    except ValueError:
        return None
    if place is None or place > chat.message_count - PAGE_OF_LOG:
        return None
    return place + PAGE_OF_LOG // 2


def greeting() -> str:
    hour = timezone.localtime().hour
    if 5 <= hour < 12:
        return _("Good morning.")
    return _("Good afternoon.") if 12 <= hour < 18 else _("Good evening.")


def current_of(request: HttpRequest) -> str:
    """The session the asking page shows, from the address htmx names."""
    path = request.headers.get("HX-Current-URL", "").rstrip("/")
    return path.rsplit("/", 1)[-1]


def groups(user: Any, current: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Own sessions, newest activity first, under the day of their last activity."""
    running = Reply.objects.filter(session=OuterRef("pk")).unfinished()
    chats = ChatSession.objects.for_user(user).recent().annotate(running=Exists(running))[:LIST_LENGTH]
    today = timezone.localdate()
    grouped: dict[str, list[dict[str, Any]]] = {}
    for chat in chats:
        day = day_words(timezone.localtime(chat.last_activity_at).date(), today)
        grouped.setdefault(day, []).append(list_row(chat, current))
    return list(grouped.items())


def list_row(chat: Any, current: str) -> dict[str, Any]:
    return {
        "id": str(chat.pk),
        "title": chat.title or _("New session"),
        "url": chat.get_absolute_url(),
        "running": chat.running,
        "current": str(chat.pk) == current,
        "unread": False,
        "failed": False,
        "starred": chat.starred,
    }


def day_words(day: date, today: date) -> str:
    """Today, Yesterday, a weekday of the last week, else the month."""
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return f"{day:%A}, {day.day} {day:%B}"
    return f"{day:%B}" if day.year == today.year else f"{day:%B %Y}"
