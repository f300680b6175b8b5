"""Videos of a conversation: chosen for it, told beside it, and the passage behind a reference."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app.actions.errors import Refused
from sessions_app.actions.settings import MOST_VIDEOS
from sessions_app.agent.passages import clock, number_of, path_to
from sessions_app.knowledge.actions.choosing import begin_session, choose_videos, remove_video
from sessions_app.knowledge.chosen import chosen_in, cited_in, found_for, ticked_for, uuids
from sessions_app.knowledge.models import Passage, Video
from sessions_app.models import ChatSession
from sessions_app.rendering.footer import footer
from sessions_app.views.access import readable_or_404, writable_or_404
from sessions_app.views.starting import uuid_or_404

LONGEST = 200  # characters of what is searched for


# ---------------------------------------------------------------- choosing


@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """GET: videos to tick, those found by `q`, what is ticked first. POST: the ticked ones are what the session is about
    from now on, or begin one where none is named; with `remove` that one is taken out."""
    chat = writable_or_404(request, pk) if pk else None
    if request.method == "GET":
        return picker(request, chat)
    try:
        return taken(request, chat)
    except Refused as refusal:
        return picker(request, chat, refusal)


def taken(request: HttpRequest, chat: ChatSession | None) -> HttpResponse:
    wanted = uuids(request.POST.getlist("video"))
    if chat is None:
        if not wanted:
            return HttpResponse(status=204) if request.headers.get("HX-Request") else redirect("home")
        model, draft = request.POST.get("model", ""), request.POST.get("content", "")
        return leave(request, begin_session(person=request.user, videos=wanted, model=model, draft=draft))
    if "remove" in request.POST:
        remove_video(chat=chat, person=request.user, video=uuid_or_404(request.POST["remove"]))
    else:
        choose_videos(chat=chat, person=request.user, videos=wanted)
    if not request.headers.get("HX-Request"):
        return redirect(chat)
    told = {"videos-changed": {"target": "body"}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})


def leave(request: HttpRequest, chat: ChatSession) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": chat.get_absolute_url()})
    return redirect(chat)


def picker(request: HttpRequest, chat: ChatSession | None, refusal: Refused | None = None) -> HttpResponse:
    """The dialog, a page of its own, or while something is searched for its rows alone."""
    given = request.POST if request.method == "POST" else request.GET
    words = " ".join(given.get("q", "").split())[:LONGEST]
    if request.method == "POST" or "picked" in given:
        keys: Sequence[UUID] = uuids(given.getlist("video"))[: 2 * MOST_VIDEOS]
    else:
        keys = uuids(chat.settings.get("videos") or ()) if chat else []
    now = chosen_in(request.user, chat)
    found, more = found_for(request.user, words, keys)
    inputs: dict[str, Any] = {
        "chat": chat,
        "here": now.url,
        "words": words,
        "ticked": ticked_for(request.user, keys),
        "found": found,
        "more": more,
        "unseen": now.unseen_words if now.unseen else "",
        "problem": refusal.sentence if refusal else "",
        "plain": not request.headers.get("HX-Request"),
    }
    status = 422 if refusal else 200
    if inputs["plain"]:
        return render(request, "videos/picker_page.html", inputs | footer(request.user, chat), status=status)
    rows_alone = request.headers.get("HX-Target") == "picker-rows"
    part = "videos/_picker_rows.html" if rows_alone else "videos/_picker.html"
    return render(request, part, inputs, status=status)


# ---------------------------------------------------------------- beside the conversation


@never_cache
@require_GET
def chosen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The chips above the message box."""
    now = chosen_in(request.user, readable_or_404(request, pk))
    return render(request, "videos/_chosen.html", {"chosen": now})


@never_cache
@require_GET
def about(request: HttpRequest, pk: UUID) -> HttpResponse:
    """For the details: the videos that are chosen, and those that answers refer to."""
    chat = readable_or_404(request, pk)
    inputs = {"chosen": chosen_in(request.user, chat), "cited": cited_in(request.user, chat)}
    return render(request, "videos/_session_videos.html", inputs)


@never_cache
@require_GET
def passage(request: HttpRequest, key: str) -> HttpResponse:
    """The words of a passage, for who may see its video now."""
    number = number_of(key)
    if number is None:
        raise Http404
    seen = Video.objects.for_user(request.user).values("pk")
    rows = Passage.objects.filter(video__in=seen).select_related("video")
    found = get_object_or_404(rows, pk=number)
    inputs = {
        "title": found.video.title,
        "from": clock(found.start_ms),
        "to": clock(found.end_ms),
        "text": found.text,
        "path": path_to(str(found.video_id), found.start_ms, key),
    }
    if request.headers.get("HX-Request"):
        return render(request, "videos/_passage.html", {"passage": inputs})
    return redirect(inputs["path"])


@require_POST
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new session about one video."""
    video = get_object_or_404(Video.objects.for_user(request.user), pk=pk)
    return leave(request, begin_session(person=request.user, videos=[video.pk]))
