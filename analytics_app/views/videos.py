"""Figures of a creator's videos: for themselves, and for staff, who choose whose."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import structlog
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics_app.dashboard import csv
from analytics_app.dashboard.showing import WIDE, Shown, laid_out, spans
from analytics_app.dashboard.telling import figure, period_words
from analytics_app.videos.figures import Figures
from analytics_app.videos.panels import (
    PANELS,
    between,
    contents,
    file_address,
    headlines,
    name_of,
    offered,
)
from analytics_app.videos.wish import RANGES, NothingThere, Wish, creators, wish
from sessions_app.agent.labels.words import counted
from sessions_app.agent.passages import path_to
from sessions_app.models import User
from sessions_app.rendering.footer import footer

log = structlog.get_logger()
NO_DATES = {"from": "", "until": ""}


@login_required
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Of all videos, or of one (`video`); `creator` is for staff."""
    wanted = _wish(request)
    found = Figures(wanted)
    strip = headlines(found)
    nothing = not found.total.counts.questions
    context = {
        "wish": wanted,
        "question": wanted.asked,
        "problem": wanted.asked.problem,
        "words": period_words(wanted.asked),
        "strip": [figure(each) for each in strip],
        "panels": [] if nothing else _panels(found),
        "stretches": _stretches(found),
        "nothing": nothing,
        "longer": wanted.query(time_range="all", **NO_DATES),
        "ranges": [(name, word, wanted.query(time_range=name, **NO_DATES)) for name, word in RANGES.items()],
        "kept": parse_qsl(wanted.query(time_range="dates", **NO_DATES)),
        "query": wanted.query(),
        "creators": creators() if wanted.asked.asker.is_staff else None,
        "period": parse_qsl(wanted.query(creator="", video="")),
        "video": name_of(found.videos[wanted.video]) if wanted.video else "",
        "opens": _door(found),
        "whole": wanted.query(video=""),
        **footer(request.user),
    }
    return render(request, "analytics/video_figures_page.html", context)


@login_required
@require_GET
def one_file(request: HttpRequest, key: str) -> HttpResponse:
    """One table of the same question as the page's; `headlines` is the strip."""
    wanted = _wish(request)
    found = Figures(wanted)
    if key == csv.HEADLINES:
        body = csv.of_headlines(headlines(found))
    elif key in offered(found):
        body = csv.of_contents(contents(key, found))
    else:
        raise Http404
    name = csv.filename(f"videos_{key}" if key != "videos" else key, wanted.asked)
    disposition = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=disposition)


def _wish(request: HttpRequest) -> Wish:
    assert isinstance(request.user, User)
    try:
        return wish(request.user, request.GET)
    except NothingThere:
        raise Http404 from None


def _panels(found: Figures) -> list[Shown]:
    keys = offered(found)
    widths = spans([PANELS[key].wide for key in keys])
    return [_panel(key, found, width) for key, width in zip(keys, widths, strict=True)]


def _panel(key: str, found: Figures, span: int = WIDE) -> Shown:
    """What goes wrong in one stays in it."""
    made = PANELS[key]
    try:
        return laid_out(made, contents(key, found), span, file_address(key))
    except Exception:
        log.exception("video_figures.panel_failed", panel=key)
        return Shown(key, made.title, made.about, span, failed=True, file=file_address(key))


def _door(found: Figures) -> str:
    """The page of the chosen video, where the reader may open it."""
    video = found.wish.video
    return f"/videos/{video}/" if video and found.videos[video].opens else ""


def _stretches(found: Figures) -> list[dict[str, Any]]:
    """The strip of one video, drawn: each stretch leads to its second where the reader may open the video."""
    video = found.wish.video
    opens = video is not None and found.videos[video].opens
    return [
        {
            "step": each.step,
            "words": _("%(when)s: %(times)s")
            % {
                "when": between(each.start_ms, each.end_ms),
                "times": counted(each.references, "reference"),
            },
            "path": path_to(str(video), each.start_ms) if opens else "",
        }
        for each in found.stretches
    ]
