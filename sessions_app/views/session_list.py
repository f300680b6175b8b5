"""The list of sessions: beside the conversation as a fragment, by itself as a page; the menu of a row, its tags."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sessions_app import offering
from sessions_app.models import SessionTag
from sessions_app.rendering.footer import footer

from .access import may_write, readable_or_404
from .session_filters import Wish
from .session_rows import asked, listing
from .versions import fragment
from .workspace import make

TAGS_OFFERED = 200
ENTRIES = "entries-rows"  # what the page of all sessions fetches anew


@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """GET: the list, to htmx as a fragment, else as a page. POST: a new session; with content it sends to the current
    one or a new one."""
    if request.method == "POST":
        return make(request)
    if not request.headers.get("HX-Request") or request.headers.get("HX-Target") == ENTRIES:
        return show_page(request)
    shown = asked(request)
    name = "_session_list.html" if shown.wish.whole else "_session_groups.html"
    return render(request, f"sessions/{name}", {"listing": shown})


def show_page(request: HttpRequest) -> HttpResponse:
    """The page of all sessions; to htmx its rows."""
    user: Any = request.user
    wish = replace(Wish.of(request.GET, user.zone), whole=True)
    shown = listing(user, wish, "")
    tags = tags_of([UUID(row.id) for row in shown.rows if row.own])
    context = {
        "listing": shown,
        "groups": [(group, [(row, tags.get(row.id, [])) for row in group.rows]) for group in shown.groups],
        "here": request.get_full_path(),
    }
    if request.headers.get("HX-Request"):
        return render(request, "sessions/_session_entries.html", context)
    context |= {"own_tags": own_tags(user), "models": offering.offered(user), **footer(user, live=True)}
    return render(request, "sessions/sessions_page.html", context)


def tags_of(sessions: list[UUID]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in SessionTag.objects.filter(session__in=sessions).values_list("session", "name"):
        found.setdefault(str(key), []).append(name)
    return found


def own_tags(user: Any) -> list[str]:
    names = SessionTag.objects.filter(owner=user.pk).order_by("name").values_list("name", flat=True)
    return list(names.distinct()[:TAGS_OFFERED])


@require_GET
def tag_names(request: HttpRequest) -> HttpResponse:
    """One's own tags, for the fields that ask for one."""
    return render(request, "sessions/_tag_options.html", {"names": own_tags(request.user)})


@require_GET
def menu(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What can be done with a session, as this person may: the same from its row, from its head, and as a page."""
    chat = readable_or_404(request, pk)
    own = chat.owner_id == request.user.pk
    return fragment(
        request,
        chat,
        "sessions/_session_menu.html",
        _("Session actions"),
        own=own,
        may_write=own or may_write(request, chat),
    )
