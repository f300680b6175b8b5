"""The details beside a conversation: what its context holds, what was used, its tags and branches."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app import offering
from sessions_app.actions import organising
from sessions_app.actions.errors import Refused
from sessions_app.agent.forecast import Forecast, forecast
from sessions_app.agent.labels import look
from sessions_app.agent.labels.words import estimate
from sessions_app.models import ChatSession, Message, SessionTag, ToolCall
from sessions_app.rendering.sides import out_of_band

from .access import readable_or_404, writable_or_404
from .branches import branches
from .privacy import read_by_staff

TAGS_OFFERED = 200
FULL = 0.8
GAP = 7  # thousandths of the bar between two parts


# ---------------------------------------------------------------- the context


@require_GET
def context(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The gauge: what the next message brings to the model, and what it costs."""
    found = forecast(readable_or_404(request, pk), request.user)
    return render(request, "sessions/_gauge.html", {"gauge": gauge(found)})


def gauge(found: Forecast) -> dict[str, Any]:
    share = found.tokens / found.budget
    without = found.without_files
    return {
        "forecast": found,
        "parts": parts(found),
        "share": "under 1" if 0 < share < 0.01 else round(share * 100),
        "full": share > FULL,
        "told": told(found),
        "cost": about(found.cost) if found.cost is not None else "",
        "without": about(without) if without is not None else "",
        "files_words": ngettext("Without the file:", "Without the files:", max(1, found.unsent)),
    }


def told(found: Forecast) -> list[str]:
    """What is not sent as it was said."""
    sentences = []
    if count := found.summarised:
        words = ngettext("%(count)d earlier message is sent as a summary.", "%(count)d earlier messages are sent as a summary.", count)  # fmt: skip
        sentences.append(words % {"count": count})
    if count := found.left_out:
        words = ngettext("%(count)d earlier message is not sent.", "%(count)d earlier messages are not sent.", count)  # fmt: skip
        sentences.append(words % {"count": count})
    return sentences


def about(cost: Any) -> str:
    words = estimate(cost)
    return words if words.startswith("under") else f"about\u00a0{words}"


def parts(found: Forecast) -> list[dict[str, Any]]:
    """The parts of the bar in thousandths of the budget; the draft is the page's."""
    at, drawn = 0.0, []
    summary = [("summary", _("Summary"), found.summary)] if found.summary else []
    for name, label, tokens in (
        ("instructions", _("Instructions"), found.instructions),
        *summary,
        ("history", _("History"), found.history),
        ("files", _("Files"), found.files),
        ("draft", _("Draft"), 0),
    ):
        width = min(1000 - at, max(4.0, tokens / found.budget * 1000)) if tokens else 0.0
        drawn.append(
            {"name": name, "label": label, "tokens": tokens, "x": round(at, 1), "width": round(width, 1)}
        )
        at = min(1000.0, at + width + GAP) if width else at
    return drawn


# ---------------------------------------------------------------- what was used


@require_GET
def about_session(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Models and tools that were used, and the branches beside: fetched while somebody looks at the details."""
    chat = readable_or_404(request, pk)
    all_of_them = request.GET.get("branches") == "all"
    found = used(chat) | {"read": read_by_staff(request.user, chat)}
    answer = render_to_string("sessions/_used.html", {"used": found})
    told = branches(chat, request.user, all_of_them=all_of_them)
    return HttpResponse(answer + out_of_band(render_to_string("sessions/_branches.html", {"branches": told})))


@require_GET
def standing(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is said above the log of an archived session, as this person may see it; and its branches, which a merge
    changes too."""
    chat = readable_or_404(request, pk)
    told = branches(chat, request.user)
    context = {
        "chat": chat,
        "told": True,
        "merged_into": told["merged_into"],
        "own": chat.owner_id == request.user.pk,
    }
    answer = render_to_string("sessions/_standing.html", context, request)
    return HttpResponse(answer + out_of_band(render_to_string("sessions/_branches.html", {"branches": told})))


def used(chat: ChatSession) -> dict[str, Any]:
    answers = Message.objects.filter(session=chat, role=Message.Role.ASSISTANT).kept().order_by()
    models = answers.values_list("model").annotate(count=Count("pk"), copies=Count("origin_key"))
    found = list(models.order_by("-count", "model"))
    copied = any(copies for _model, _count, copies in found)
    calls = ToolCall.objects.filter(message__session=chat, message__deleted_at__isnull=True).order_by()
    tools = calls.values_list("tool_name").annotate(count=Count("pk")).order_by("-count", "tool_name")
    return {
        "models": [
            {"label": offering.label(model, ""), "count": count} for model, count, _copies in found if model
        ],
        "tools": [tool_row(name, count) for name, count in tools],
        "origins": origins(chat) if copied else [],
    }


def origins(chat: ChatSession) -> list[str]:
    """Where it came from, as those say who brought it."""
    told = (import_string(path)(chat=chat) for path in settings.SESSION_ORIGINS)
    return [sentence for sentence in told if sentence]


def tool_row(name: str, count: int) -> dict[str, Any]:
    seen = look(name)
    return {"label": seen.label, "icon": seen.icon, "colour": seen.colour, "count": count}


# ---------------------------------------------------------------- tags


@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: one's own tags, to complete a new one. POST: one more for this session."""
    if request.method == "GET":
        readable_or_404(request, pk)
        names = (
            SessionTag.objects.filter(owner=request.user.pk).order_by("name").values_list("name", flat=True)
        )
        return render(request, "sessions/_tag_options.html", {"names": names.distinct()[:TAGS_OFFERED]})
    chat = writable_or_404(request, pk)
    try:
        organising.tag(chat=chat, name=request.POST.get("name", ""))
    except Refused as refusal:
        return render(
            request, "sessions/_setting_note.html", {"problem": refusal.sentence}, status=refusal.status
        )
    return done(request, chat)


@require_POST
def untag(request: HttpRequest, pk: UUID) -> HttpResponse:
    chat = writable_or_404(request, pk)
    organising.untag(chat=chat, name=request.POST.get("name", ""))
    return done(request, chat)


def done(request: HttpRequest, chat: ChatSession) -> HttpResponse:
    return HttpResponse(status=204) if request.headers.get("HX-Request") else redirect(chat)
