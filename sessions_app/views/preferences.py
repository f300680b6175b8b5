"""What people choose for themselves: their time zone, whether the page listens for keys, and what creators of videos may read."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sessions_app import shortcuts
from sessions_app.actions.errors import Refused
from sessions_app.actions.people import set_preferences, time_zones
from sessions_app.models import User
from sessions_app.rendering.footer import footer


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """POST: what the form names is kept; the switch in the list of keys names only itself."""
    if request.method == "GET":
        return page(request)
    try:
        set_preferences(person=request.user, **chosen(request.POST))
    except Refused as refusal:
        return page(request, refusal)
    if request.headers.get("HX-Request"):
        return switched(request)
    messages.info(request, _("Saved."))
    return HttpResponseRedirect(reverse("preferences"), status=303)


def chosen(given: QueryDict) -> dict[str, Any]:
    """Of a checkbox that follows a hidden field the last value counts."""
    found: dict[str, Any] = {}
    if "time_zone" in given:
        found["time_zone"] = given["time_zone"] or None
    for switch in ("shortcuts", "video_questions"):
        if switch in given:
            word = str(given[switch])
            found[switch] = {"on": True, "off": False}.get(word, word)
    return found


def switched(request: HttpRequest) -> HttpResponse:
    """The page is told at once; other open pages when they are opened again."""
    on = request.POST.get("shortcuts") == "on"
    text = _("Shortcuts are on.") if on else _("Shortcuts are off. Enter and Esc still work.")
    told = {"shortcuts-switched": {"on": on}, "show-toast": {"text": text}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})


def page(request: HttpRequest, refusal: Refused | None = None) -> HttpResponse:
    kept = request.user
    assert isinstance(kept, User)
    stored = kept.preferences if isinstance(kept.preferences, dict) else {}
    context = {
        "time_zone": stored.get("time_zone", ""),
        "time_zones": time_zones(),
        "site_zone": settings.TIME_ZONE,
        "listens": shortcuts.heard(kept),
        "videos": settings.KNOWLEDGE,
        "questions_read": stored.get("video_questions") is not False,
        "groups": shortcuts.GROUPS,
        "problem": refusal.sentence if refusal else "",
        **footer(kept),
    }
    return render(
        request, "accounts/preferences_page.html", context, status=refusal.status if refusal else 200
    )
