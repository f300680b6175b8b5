"""The workspace page, and making a session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sessions_app import gates, offering
from sessions_app.actions.errors import BudgetUsedUp, Refused
from sessions_app.actions.opening import open_session
from sessions_app.actions.sessions import create_session
from sessions_app.commands.registry import as_message
from sessions_app.models import ChatSession, Draft
from sessions_app.realtime.catchup import unfinished_reply
from sessions_app.rendering.files import unsent_chips
from sessions_app.rendering.lights import lights
from sessions_app.rendering.sides import counters, facts, own_counters, tag_names
from sessions_app.views import history
from sessions_app.views.access import may_write, readable_or_404
from sessions_app.views.answering import note
from sessions_app.views.attached import attached
from sessions_app.views.branches import branches
from sessions_app.views.commands import answer_command
from sessions_app.views.drafts import as_shown
from sessions_app.views.session_rows import groups
from sessions_app.views.setting_fields import setup
from sessions_app.views.starters import starters
from sessions_app.views.starting import start, welcome_templates
from sessions_app.views.strip import strip
from sessions_app.waiting import why_held


@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The last session; a welcome where there is none, it is older than 24 hours, or the last tab was closed."""
    current = ChatSession.objects.owned_by(request.user).current()
    if current is not None and not request.GET.get("welcome"):
        return redirect(current)
    return render(request, "sessions/workspace_page.html", page(request, None))


@never_cache  # on the way back a browser would show the draft of when the page was first loaded
@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A conversation at its end, or the piece of it that the address asks for (see `history`)."""
    chat = readable_or_404(request, pk)
    elsewhere = history.more(request, chat) or history.by_date(request, chat)
    if elsewhere is not None:
        return elsewhere
    context = page(request, chat)
    status = 404 if context["log"]["gone"] else 200
    return render(request, "sessions/workspace_page.html", context, status=status)


def make(request: HttpRequest) -> HttpResponse:
    content, model = request.POST.get("content", ""), request.POST.get("model", "")
    client_id = request.POST.get("client_id", "")
    try:
        if request.POST.get("template"):
            return start(request, request.POST["template"])
        files = attached(request, None)
        if not content.strip() and not files:
            return redirect(unused(request) or create_session(owner=request.user, model=model))
        told = answer_command(request, None, page)
        if told is not None:
            return told
        chat = open_session(
            owner=request.user,
            content=as_message(content),
            client_id=client_id,
            model=model,
            attachments=files,
            drops_draft=bool(request.POST.get("draft")),
            fresh=bool(request.POST.get("fresh")),
        )
    except Refused as refusal:
        context = page(request, None) | in_words(refusal, content) | {"draft": content}
        return render(request, "sessions/workspace_page.html", context, status=refusal.status)
    return redirect(chat)


def in_words(refusal: Refused, content: str) -> dict[str, Any]:
    """What stands above the message box, where `content` came with what was refused."""
    sentence = refusal.told(draft=bool(content.strip()))
    parts: dict[str, Any] = {}
    if isinstance(refusal, BudgetUsedUp):
        first, _stop, rest = sentence.partition(". ")
        parts = {
            "first": f"{first}.",
            "rest": rest,
            "left": refusal.retry_after or "",
            "told": refusal.told_beside,
        }
    return {"notice": sentence, "refusal": {"kind": refusal.kind, **parts}}


def unused(request: HttpRequest) -> ChatSession | None:
    """The own session the form was sent `from`, where nothing was begun there: a new one would be just like it."""
    key = request.POST.get("from", "")
    try:
        return ChatSession.objects.owned_by(request.user).unused().filter(pk=UUID(key)).first()
    except ValueError:
        return None


# ---------------------------------------------------------------- what the page shows


def webhooks_url(request: HttpRequest, chat: ChatSession | None, *, own: bool) -> str:
    """Where incoming webhooks are, for those who may write."""
    if chat is None or not (own or may_write(request, chat)):
        return ""
    return reverse("session_webhook_list", args=[chat.pk])


def page(request: HttpRequest, chat: ChatSession | None) -> dict[str, Any]:
    """The inputs of workspace_page.html. The version is read first, then the reply, then the messages."""
    running = unfinished_reply(chat) if chat else None
    log = history.log_of(chat, history.piece(request, chat)) if chat else history.EMPTY
    sums = counters(chat, running) if chat else own_counters(request.user)
    pending = list(chat.pending.all()) if chat else []
    draft = as_shown(Draft.kept_of(request.user.pk or 0, chat.pk if chat else None))
    own = chat is not None and chat.owner_id == request.user.pk
    videos = import_string(settings.SESSION_VIDEOS)(request.user, chat) if settings.SESSION_VIDEOS else None
    return {
        "chat": chat,
        "log": log,
        "articles": log["articles"],
        "groups": groups(request.user, str(chat.pk) if chat else ""),
        "tabs": strip(request.user, str(chat.pk) if chat else ""),
        "fresh": chat is None and bool(request.GET.get("welcome") or request.POST.get("fresh")),
        "counters": sums,
        "facts": facts(chat, sums["tokens"]) if chat else None,
        "setup": setup(chat, request.user) if chat else None,
        "tags": tag_names(chat) if chat else [],
        "branches": branches(chat, request.user, all_of_them=request.GET.get("branches") == "all")
        if chat
        else None,
        "own": own,
        "webhooks_url": webhooks_url(request, chat, own=own),
        "lights": lights(),
        "models": offering.choices(request.user),
        "selected_model": selected_model(request, chat),
        "answering": note(request.user, chat),
        "watch": gates.notice(request.user, chat),
        "running": running is not None,
        "unsent": unsent_chips(request.user, chat),
        "pending": pending,
        "held": why_held(chat, pending, running=running is not None) if chat else "",
        "cursor": {"version": chat.version if chat else 0, "reply": running.pk if running else "", "seq": 0},
        "no_key": not offering.connected(),
        "greeting": greeting(),
        "starters": (videos and videos.starters) or starters(),
        "videos": videos,
        "templates": [] if log["articles"] else welcome_templates(request.user),
        "notice": "",
        "refusal": None,
        "draft": draft["content"],
        "draft_at": draft["at"],
        "live": chat is not None and not log["earlier"],
        "max_upload_bytes": settings.MAX_UPLOAD_BYTES,
        "max_attachments": settings.MAX_ATTACHMENTS,
        "max_message_bytes": settings.MAX_MESSAGE_BYTES,
    }


def selected_model(request: HttpRequest, chat: ChatSession | None) -> str:
    return (offering.choose("", chat.model) if chat else offering.default_model(request.user)).id


def greeting() -> str:
    hour = timezone.localtime().hour
    if 5 <= hour < 12:
        return _("Good morning.")
    return _("Good afternoon.") if 12 <= hour < 18 else _("Good evening.")
