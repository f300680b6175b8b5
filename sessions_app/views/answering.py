"""Who answers in a session where its own model does not: its provider is left out, or it is not offered any more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sessions_app import offering
from sessions_app.models import ChatSession
from sessions_app.standing import instead_sentence, standings, told, why

from .access import readable_or_404
from .starting import uuid_or_404


@dataclass(frozen=True, slots=True)
class Note:
    """What is said above the conversation; looked at again in `left` seconds, 0 where time changes nothing."""

    words: str
    left: int = 0


@login_required
@never_cache
@require_GET
def answering(request: HttpRequest) -> HttpResponse:
    chat = readable_or_404(request, uuid_or_404(request.GET["session"])) if "session" in request.GET else None
    return render(request, "sessions/_answering_note.html", {"note": note(request.user, chat)})


def note(person: Any, chat: ChatSession | None) -> Note | None:
    """Nothing as a rule: one small query tells."""
    states, now = standings(), timezone.now()
    info = offering.choose("", chat.model) if chat else offering.default_model(person)
    out = told(states, info.provider, now)
    if out is not None and out.open_until is not None:
        others = offering.fallbacks(info, person)
        other = next((each for each in others if told(states, each.provider, now) is None), None)
        left = math.ceil((out.open_until - now).total_seconds())
        if other is None:
            problem = why(out.last_error, info.label)
            return Note(_("%(problem)s. Messages are sent to it all the same.") % {"problem": problem}, left)
        return Note(instead_sentence(out.last_error, info.label, other), left)
    if chat is not None and chat.model and info.id != chat.model and offering.connected():
        gone = {"gone": offering.label(chat.model, chat.provider), "model": info.label}
        return Note(
            _("%(gone)s is not offered here; %(model)s answers. The settings of the session choose another.")
            % gone
        )
    return None
