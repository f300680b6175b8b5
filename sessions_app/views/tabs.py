"""The tabs of the workspace. A page opens its session's tab by a POST of its own; looking at a page changes nothing."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.actions.tabs import close_tab, move_tab, open_tab, reopen_tab

from .access import readable_or_404
from .strip import strip


@require_http_methods(["GET", "POST"])
def tabs(request: HttpRequest) -> HttpResponse:
    """GET: the tabs, as a fragment. POST: `session` becomes one; where none is named, nothing does."""
    if request.method == "POST":
        named = request.POST.get("session", "")
        if named:
            open_tab(person=request.user, chat=readable_or_404(request, key_of(named)))
        return answered(request)
    if not request.headers.get("HX-Request"):
        return redirect("home")
    return render(request, "sessions/_tabs_fragment.html", {"tabs": strip(request.user, shown_by(request))})


@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page that shows it goes on to the neighbour, or to the welcome where no tab is left."""
    chat = readable_or_404(request, pk)
    beside = close_tab(person=request.user, chat=chat)
    leaves = not request.headers.get("HX-Request") or shown_by(request) == str(pk)
    address = beside.get_absolute_url() if beside else f"{reverse('home')}?welcome=1"
    return answered(request, address if leaves else "")


@require_POST
def reopen(request: HttpRequest) -> HttpResponse:
    chat = reopen_tab(person=request.user)
    return answered(request, chat.get_absolute_url() if chat else "")


@require_POST
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put it at the place that `place` counts from 0."""
    chat, place = readable_or_404(request, pk), request.POST.get("place", "")
    if place.isascii() and place.isdigit() and len(place) < 4:
        move_tab(person=request.user, chat=chat, place=int(place))
    return answered(request)


def key_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def shown_by(request: HttpRequest) -> str:
    """The session the asking page shows, from the address htmx names; empty where it shows none."""
    place = urlsplit(request.headers.get("HX-Current-URL", "")).path.strip("/").split("/")
    key = key_of(place[1]) if len(place) == 2 and place[0] == "sessions" else None
    return str(key) if key else ""


def answered(request: HttpRequest, address: str = "") -> HttpResponse:
    """With htmx 204, and the page goes to `address` if there is one; without, 303."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(address or reverse("home"), status=303)
    return HttpResponse(status=204, headers={"HX-Redirect": address} if address else {})
