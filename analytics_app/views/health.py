"""The health page: every part of the workspace in words and lights, for staff."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from analytics_app.queries.health.parts import Component, Status
from analytics_app.queries.health.report import Report, report
from sessions_app.agent.labels.words import span
from sessions_app.rendering.footer import footer

SHAPES: dict[Status, str] = {"ok": "well", "degraded": "waiting", "down": "failing", "off": "off"}
WORDS = {"ok": _("well"), "degraded": _("degraded"), "down": _("down"), "off": _("nothing to measure")}
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
    return {
        "shape": SHAPES[found.status],
        "sentence": WHOLE[found.status],
        "at": found.at,
        "parts": [
            {
                "part": part,
                "shape": SHAPES[part.status],
                "word": WORDS[part.status],
                "value": value_words(part),
            }
            for part in found.components
        ],
    }


def value_words(part: Component) -> str:
    """The measured value with its unit; nothing where the sentence says it better."""
    if part.value is None or part.unit in ("replies", "jobs", "bytes", "days"):
        return ""
    if part.unit == "ms":
        return f"{part.value:g}\u00a0ms" if part.value < 100 else span(part.value)
    return f"{part.value:g}\u00a0{part.unit}"
