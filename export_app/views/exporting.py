"""Exporting a session, or one message of it: the dialog with its preview, and the file."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from export_app.actions.choosing import remember_choice
from export_app.children import GivenUp, give_up
from export_app.dialog.form import Entered, cards, groups, notes
from export_app.dialog.preview import COPIED, TEXTS, page, page_of, preview
from export_app.dialog.taking import LATER, begin_job, made_at_once, told_of
from export_app.dialog.wish import Wish, wish
from export_app.leaving import SANDBOX
from export_app.options import BadOption
from export_app.turns import Busy, with_wait
from sessions_app.actions.errors import Refused
from sessions_app.agent.labels.words import size_words
from sessions_app.models import ChatSession
from sessions_app.rendering.footer import footer
from sessions_app.views.access import readable_or_404

FRAMED = f"{SANDBOX}; frame-ancestors 'self'"


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """GET: what can be chosen, as a dialog or a page. POST: the file, or a job that makes it; with `look` only how it
    would be."""
    chat = readable_or_404(request, pk)
    if request.method == "GET" or "look" in request.POST:
        return chosen(request, chat)
    try:
        wanted = wish(chat, request.user, request.POST.dict())
        return begun(request, wanted)
    except Refused as refusal:
        return refused(request, chat, refusal)


def chosen(
    request: HttpRequest, chat: ChatSession, problem: str = "", *, status: int = 200
) -> HttpResponseBase:
    given = (request.POST if request.method == "POST" else request.GET).dict()
    wanted, entered, refusal = understood(chat, request.user, given)
    if refusal is not None:
        problem, status = problem or refusal.sentence, refusal.status
    context = {"cards": cards(wanted), "refused": problem, **form(wanted, entered), **beginning(wanted)}
    if request.headers.get("HX-Request"):
        return render(request, "exports/_dialog.html", context | {"plain": False}, status=status)
    context |= {"plain": True, **footer(request.user)}
    return render(request, "exports/export_page.html", context, status=status)


def understood(
    chat: ChatSession, person: Any, given: dict[str, Any]
) -> tuple[Wish, dict[str, Entered], Refused | None]:
    """What was asked for without what cannot be, what was entered there, and the first refusal."""
    try:
        return wish(chat, person, given), {}, None
    except BadOption as refusal:
        left = {name: value for name, value in given.items() if name != refusal.option}
        if len(left) == len(given):
            return wish(chat, person, {}), {}, refusal
        wanted, others, _further = understood(chat, person, left)
        entered = Entered(str(given[refusal.option])[:200], refusal.hint)
        return wanted, {**others, refusal.option: entered}, refusal
    except Refused as refusal:
        return wish(chat, person, {}), {}, refusal


def form(wanted: Wish, entered: dict[str, Entered] | None = None) -> dict[str, Any]:
    return {"chat": wanted.chat, "wish": wanted, "groups": groups(wanted, entered or {})}


def beginning(wanted: Wish) -> dict[str, Any]:
    """The preview with what is said of the file; a refusal stands in its place."""
    try:
        found, problem = preview(wanted), ""
    except Refused as refusal:
        found, problem = None, refusal.sentence
    return {
        "wish": wanted,
        "preview": found,
        "problem": problem,
        "size": size_words(wanted.size),
        "running": wanted.chat.replies.unfinished().exists(),
        "copied": wanted.renderer.media_type in TEXTS and wanted.size <= COPIED,
    }


@never_cache
@require_GET
def look(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The preview of what is chosen now. Another format than the one whose options are `shown` brings its own."""
    chat = readable_or_404(request, pk)
    try:
        wanted = wish(chat, request.user, request.GET.dict())
    except Refused as refusal:  # while a number is being typed: nothing is logged as an error
        context = {"chat": chat, "problem": refusal.sentence, "notes": notes(request.GET, refusal)}
        return render(request, "exports/_preview.html", context)
    context = {**form(wanted), **beginning(wanted), "told": True, "notes": notes(request.GET)}
    context["others"] = request.GET.get("shown", "") != wanted.renderer.name
    return render(request, "exports/_preview.html", context)


@require_safe
def framed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page in the frame of the preview: of nobody's origin, without scripts, and for our own pages alone."""
    chat = readable_or_404(request, pk)
    try:
        wanted = page_of(wish(chat, request.user, request.GET.dict()))
        shown = page(wanted) if wanted else b""
    except Refused as refusal:
        return HttpResponse(refusal.sentence, status=refusal.status, content_type="text/plain; charset=utf-8")
    if wanted is None:
        raise Http404
    headers = {
        "Content-Security-Policy": FRAMED,
        "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "no-store",
    }
    return HttpResponse(shown, content_type="text/html; charset=utf-8", headers=headers)


# ---------------------------------------------------------------- the file


def begun(request: HttpRequest, wanted: Wish) -> HttpResponseBase:
    """To htmx where the file is (204), that it is made now (202) or later (204); else to where it is."""
    remember_choice(person=request.user, renderer=wanted.renderer, options=wanted.options)
    if wanted.way == "background":
        return in_background(request, wanted)
    if not request.headers.get("HX-Request"):
        return HttpResponse(status=303, headers={"Location": wanted.address})
    response = HttpResponse(status=202 if wanted.way == "wait" else 204)
    response.headers["HX-Trigger"] = json.dumps({"download-file": told_of(wanted)})
    return response


def in_background(request: HttpRequest, wanted: Wish) -> HttpResponse:
    begin_job(wanted)
    words = str(LATER)
    if not request.headers.get("HX-Request"):
        messages.info(request, words)
        return HttpResponse(status=303, headers={"Location": reverse("exports")})
    toast = {"text": words, "link": reverse("exports"), "label": _("Exports"), "target": "body"}
    told = {"export-begun": {"target": "body"}, "show-toast": toast}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})


def refused(request: HttpRequest, chat: ChatSession, refusal: Refused) -> HttpResponseBase:
    """The sentence, where the dialog stays open with all that was chosen."""
    if not request.headers.get("HX-Request"):
        return chosen(request, chat, refusal.sentence, status=refusal.status)
    context = {"refused": refusal.sentence, "notes": notes(request.POST, refusal)}
    response = render(request, "exports/_refused.html", context, status=422)
    response.headers["HX-Retarget"] = "#export-refused"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


async def file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file itself. Whoever leaves before it is made ends the making."""
    left = threading.Event()
    give_up.set(left.is_set)
    try:
        return await sync_to_async(written)(request, pk)
    except asyncio.CancelledError:
        left.set()
        raise


@require_GET
def written(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    chat = readable_or_404(request, pk)
    try:
        wanted = wish(chat, request.user, request.GET.dict())
        return made_at_once(wanted)
    except GivenUp:
        return HttpResponse(status=499)
    except Refused as refusal:
        return not_written(request, chat, refusal)


def not_written(request: HttpRequest, chat: ChatSession, refusal: Refused) -> HttpResponseBase:
    """The sentence alone to a program of ours, else where the form is; of one who asks too often on a page that costs
    little."""
    if request.headers.get("HX-Request"):
        kind = "text/plain; charset=utf-8"
        response: HttpResponseBase = HttpResponse(refusal.sentence, status=refusal.status, content_type=kind)
    elif isinstance(refusal, Busy):
        context = {"sentence": refusal.sentence}
        response = render(request, "exports/busy_page.html", context, status=refusal.status)
    else:
        response = chosen(request, chat, refusal.sentence, status=refusal.status)
    return with_wait(response, refusal)


urls: list[URLPattern] = [
    path("sessions/<uuid:pk>/export/", export, name="session_export"),
    path("sessions/<uuid:pk>/export/preview/", look, name="session_export_preview"),
    path("sessions/<uuid:pk>/export/preview.html", framed, name="session_export_page"),
    path("sessions/<uuid:pk>/export/file/", file, name="session_export_file"),
]
