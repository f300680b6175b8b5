"""The dashboard: one's own figures, or everyone's for staff who choose so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analytics_app.panels import RANGES, panels
from sessions_app.models import User
from sessions_app.rendering.footer import footer


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """`time_range` (today, week, month, all) and, for staff, `scope` (own, everyone); anything else is a week of one's own."""
    assert isinstance(request.user, User)
    asked = request.GET.get("time_range", "")
    time_range = asked if asked in RANGES else "week"
    everyone = request.user.is_staff and request.GET.get("scope") == "everyone"
    scope = "everyone" if everyone else "own"
    context = {
        "panels": panels(request.user, time_range, scope),
        "ranges": RANGES,
        "time_range": time_range,
        "scope": scope,
        **footer(request.user),
    }
    return render(request, "analytics/dashboard_page.html", context)
