"""The settings of a session: its form in the details, each saved as it is changed, and its title."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sessions_app import offering
from sessions_app.actions.errors import PremiumModel, Refused, UnknownModel
from sessions_app.actions.sessions import change_settings, set_title
from sessions_app.actions.settings import BadSetting, dropped_words
from sessions_app.models import ChatSession
from sessions_app.rendering.sides import settings_stamp

from .access import readable_or_404, writable_or_404
from .setting_fields import given_settings, setup, without_usual
from .workspace import page

ELSEWHERE = ("model", "tools", "system_prompt")  # places of their own in the form


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the form as a fragment. POST: those settings that the form holds, the model, the title."""
    if request.method == "GET":
        chat = readable_or_404(request, pk)
        return render(
            request, "sessions/_settings_fields.html", {"chat": chat, "setup": setup(chat, request.user)}
        )
    chat = writable_or_404(request, pk)
    model, title = request.POST.get("model", ""), request.POST.get("title", "")
    values = without_usual(chat, given_settings(request))
    try:
        dropped = change_settings(chat=chat, values=values, model=model, person=request.user)
        if title.strip():
            set_title(chat=chat, title=title, by_model=False)
    except Refused as refusal:
        return refused(request, chat, refusal)
    if not request.headers.get("HX-Request"):
        return redirect(chat if request.POST.get("next") != "sessions" else "sessions")
    return saved(chat, dropped) if values or model else HttpResponse(status=204)


def saved(chat: ChatSession, dropped: tuple[str, ...]) -> HttpResponse:
    """Says so to the form, and what the new model does not take."""
    chat.refresh_from_db()
    told: dict[str, Any] = {"settings-saved": {"stamp": settings_stamp(chat)}}
    if note := dropped_words(dropped, offering.choose("", chat.model)):
        told["show-toast"] = {"text": note}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})


def refused(request: HttpRequest, chat: ChatSession, refusal: Refused) -> HttpResponse:
    """The sentence beside its field; what was typed stays."""
    if request.headers.get("HX-Request"):
        problems = refusal.sentences if isinstance(refusal, BadSetting) else {}
        sentence = next(iter(problems.values()), refusal.sentence)
        return render(request, "sessions/_setting_note.html", {"problem": sentence}, status=refusal.status)
    context = page(request, chat)
    if isinstance(refusal, BadSetting | UnknownModel | PremiumModel):
        problems = problems_of(refusal)
        context["setup"] = setup(chat, request.user, request.POST, problems)
        shown = {*ELSEWHERE, *(field.name for field in context["setup"]["fields"])}
        context["notice"] = " ".join(words for name, words in problems.items() if name not in shown)
    else:
        context["notice"] = refusal.sentence
    return render(request, "sessions/workspace_page.html", context, status=refusal.status)


def problems_of(refusal: Refused) -> dict[str, str]:
    return refusal.sentences if isinstance(refusal, BadSetting) else {"model": refusal.sentence}
