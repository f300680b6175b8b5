"""Beginning a session with a template."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from sessions_app.actions.templates import start_session
from sessions_app.models import ChatSession, SessionTemplate

ON_WELCOME = 6


def start(request: HttpRequest, key: str) -> HttpResponse:
    """A session with this template: a new one, or the empty one that the form names. What could not be taken over is
    told by the page that follows."""
    person: Any = request.user
    template = get_object_or_404(SessionTemplate.objects.for_user(person), pk=uuid_or_404(key))
    named = request.POST.get("session", "")
    chat = ChatSession.writable_by(person.pk, uuid_or_404(named)) if named else None
    if named and chat is None:
        raise Http404
    started = start_session(template=template, owner=person, chat=chat)
    if started.note:
        messages.info(request, started.note)
    return HttpResponse(status=303, headers={"Location": started.chat.get_absolute_url()})


def uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def welcome_templates(person: Any) -> list[SessionTemplate]:
    """The newest ones, for the welcome."""
    return list(SessionTemplate.objects.for_user(person).order_by("-updated_at", "-pk")[:ON_WELCOME])
