"""What the dashboard shows, as files."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from analytics_app.dashboard import csv
from analytics_app.dashboard.question import question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import PANELS, usual
from sessions_app.models import User


@require_GET
def panel(request: HttpRequest, key: str) -> HttpResponse:
    """One panel of the same question as the page's; `headlines` is the strip. What only staff see is missing for
    others."""
    assert isinstance(request.user, User)
    asked = question(request.user, request.GET)
    if not csv.known(key) or (key in PANELS and PANELS[key].everyone and not asked.everyone):
        raise Http404
    return _file(
        csv.table(key, asked, Reads(asked)), "text/csv; charset=utf-8", f"{csv.filename(key, asked)}.csv"
    )


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """All panels in one ZIP, or those named by `panels` (keys with commas between them)."""
    assert isinstance(request.user, User)
    asked = question(request.user, request.GET)
    there = usual(asked)
    named = [key for key in request.GET.get("panels", "").split(",") if key in there]
    packed = csv.archive(named or there, asked, Reads(asked))
    return _file(packed, "application/zip", f"{csv.filename('dashboard', asked)}.zip")


def _file(body: str | bytes, kind: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=kind, headers=disposition)
