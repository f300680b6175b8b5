"""The health page: every part of the workspace in words and lights, for staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from analytics_app.queries.health.parts import Component, Status
from analytics_app.queries.health.report import Report, report
from sessions_app.rendering.footer import footer

SHAPES: dict[Status, str] = {"ok": "well", "degraded": "waiting", "down": "failing", "off": "off"}
WORDS = {"ok": _("well"), "degraded": _("degraded"), "down": _("down"), "off": _("not used")}
WHOLE = {
    "ok": _("Everything works."),
    "degraded": _("The workspace works, but not everything is as it should be."),
    "down": _("Something does not work."),
}


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page; asked by htmx, its parts alone. Missing to others than staff."""
    if not request.user.is_authenticated or not request.user.is_staff:
        raise Http404
    found = told(report(request.user))
    if request.headers.get("HX-Request"):
        return render(request, "analytics/_health_parts.html", found)
    return render(request, "analytics/health_page.html", {**found, **footer(request.user, live=False)})


def told(found: Report) -> dict[str, object]:
    """The parts with their shape, word and figures."""
    return {
        "shape": SHAPES[found.status],
        "sentence": WHOLE[found.status],
        "at": found.at,
        "parts": [
            {
                "part": part,
                "shape": SHAPES[part.status],
                "word": WORDS[part.status],
                "words": part.detail,
                "figures": (*part.figures, *measured(part, found.at)),
            }
            for part in found.components
        ],
    }


def measured(part: Component, at: datetime) -> tuple[tuple[str, str], ...]:
    """When that was, where it was some time before the others."""
    if part.at is None or at - part.at < timedelta(minutes=1):
        return ()
    return ((gettext("Measured"), naturaltime(part.at)),)
