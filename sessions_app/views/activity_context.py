"""The choice behind /context: the activity of a span, with what of it goes into the conversation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sessions_app.actions.about_events import start_with
from sessions_app.actions.cards import post_card
from sessions_app.actions.errors import Refused
from sessions_app.activity.choosing import Choice, choice
from sessions_app.activity.finding import Place
from sessions_app.activity.spans import NoSpan, Wanted, wanted
from sessions_app.models import ChatSession

from .access import writable_or_404
from .activity import ICONS, dialog
from .starting import uuid_or_404

NOBODY = UUID(int=0)


@require_http_methods(["GET", "POST"])
def context(request: HttpRequest) -> HttpResponse:
    """GET: the groups of the span, those that fit ticked. POST: the ticked ones become a message of `session`, or begin
    one where none is named."""
    given = request.POST if request.method == "POST" else request.GET
    named = given.get("session", "")
    chat = writable_or_404(request, uuid_or_404(named)) if named else None
    found = chosen(request, given)
    if request.method == "GET":
        return form(request, chat, found)
    try:
        return add(request, chat, found, set(given.getlist("group")))
    except Refused as refusal:
        return form(request, chat, found, refusal.sentence)


def chosen(request: HttpRequest, given: Any) -> Choice:
    """What is asked for; the form says from when on, so that nothing that was ticked drops out of a span that moves."""
    try:
        asked = wanted(given.get("ask", ""))
    except NoSpan:
        asked = Wanted()
    began = Place.of(given.get("since", ""))
    return choice(request.user, asked, now=timezone.now(), began=began.at if began else None)


def form(request: HttpRequest, chat: ChatSession | None, found: Choice, problem: str = "") -> HttpResponse:
    fits = found.fits
    rows = [
        {
            "group": group,
            "icon": ICONS[group.word],
            "ticked": place < fits,
            "at": timezone.localtime(group.at),
        }
        for place, group in enumerate(found.groups)
    ]
    inputs = {
        "chat": chat,
        "found": found,
        "rows": rows,
        "fits": fits,
        "since": str(Place(found.since, NOBODY)),
        "problem": problem,
    }
    return dialog(request, "activity/_context.html", _("Add activity"), 422 if problem else 200, **inputs)


def add(request: HttpRequest, chat: ChatSession | None, found: Choice, groups: set[str]) -> HttpResponse:
    card = found.card(groups)
    if not card.events:
        problem = _("Tick what is to be added. Nothing was added yet.") if found.groups else ""
        return form(request, chat, found, problem)
    if chat is None:
        begun = start_with(card=card, person=request.user)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": begun.get_absolute_url()})
        return redirect(begun.get_absolute_url())
    post_card(chat=chat, card=card, author=request.user, client_id=request.POST.get("client_id", ""))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(chat.get_absolute_url())
