"""Named dashboards: shown, put together, changed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics_app.actions.dashboards import (
    Arrangement,
    BadDashboard,
    change_dashboard,
    delete_dashboard,
    make_dashboard,
)
from analytics_app.dashboard.question import Question, question
from analytics_app.dashboard.registry import usual
from analytics_app.dashboard.showing import known, offered
from analytics_app.dashboard.telling import whole_words
from analytics_app.models import Dashboard
from sessions_app.actions.errors import Refused
from sessions_app.models import User
from sessions_app.rendering.footer import footer

from .dashboard import page


@require_POST
def boards(request: HttpRequest) -> HttpResponse:
    """A new one, or its form with a panel moved."""
    return save(request, None)


@require_http_methods(["GET", "POST"])
def board(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = own_or_404(request, pk)
    return save(request, found) if request.method == "POST" else page(request, found)


@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new one, with the panels and the question of the page it was opened from."""
    asked = asked_by(request, request.GET.urlencode())
    return form(request, None, Arrangement("", usual(asked), asked.query()))


@require_GET
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Opened from a page that shows another question, that one is saved with it."""
    found = own_or_404(request, pk)
    asked = asked_by(request, request.GET.urlencode() or found.query)
    return form(request, found, Arrangement(found.name, found.panels, asked.query(), found.first))


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = own_or_404(request, pk)
    delete_dashboard(dashboard=found)
    messages.info(request, _("The dashboard “%(name)s” is deleted.") % {"name": found.name})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": "/dashboard/"})
    return redirect("dashboard")


def own_or_404(request: HttpRequest, pk: UUID) -> Dashboard:
    return get_object_or_404(Dashboard.objects.for_user(request.user), pk=pk)


def asked_by(request: HttpRequest, query: str) -> Question:
    """The question of a query, as this person may ask it."""
    assert isinstance(request.user, User)
    return question(request.user, QueryDict(query))


def save(request: HttpRequest, found: Dashboard | None) -> HttpResponse:
    assert isinstance(request.user, User)
    given = entered(request)
    moved = request.POST.get("move", "")
    if moved:
        way, _between, key = moved.partition(" ")
        order = stepped(request.POST.getlist("order"), key, -1 if way == "up" else 1)
        return form(request, found, given, order=order, moved=moved)
    try:
        if found is None:
            found = make_dashboard(owner=request.user, arrangement=given)
        else:
            change_dashboard(dashboard=found, arrangement=given)
    except Refused as refusal:
        return form(request, found, given, order=request.POST.getlist("order"), refusal=refusal)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("board", args=[found.pk])})
    return redirect("board", found.pk)


def entered(request: HttpRequest) -> Arrangement:
    """What was chosen, in the order of the list; of the panels those there are."""
    post = request.POST
    asked = asked_by(request, post.get("query", ""))
    chosen = known(post.getlist("panel"), asked)
    order = {key: at for at, key in enumerate(post.getlist("order"))}
    panels = sorted(chosen, key=lambda key: order.get(key, len(order)))
    return Arrangement(post.get("name", ""), panels, asked.query(), post.get("first") == "on")


def stepped(order: Sequence[str], key: str, step: int) -> list[str]:
    """The order with one key moved by a place, where there is one."""
    moved = list(order)
    if key in moved and 0 <= moved.index(key) + step < len(moved):
        at = moved.index(key)
        moved[at], moved[at + step] = moved[at + step], moved[at]
    return moved


def form(
    request: HttpRequest,
    found: Dashboard | None,
    given: Arrangement,
    *,
    order: Sequence[str] = (),
    moved: str = "",
    refusal: Refused | None = None,
) -> HttpResponse:
    """The dialog, or the page without scripts and after a refusal: everything entered is kept."""
    asked = asked_by(request, given.query)
    choice, chosen = offered(asked), set(given.panels)
    keys = dict.fromkeys([*known(order or given.panels, asked), *choice])
    context: dict[str, Any] = {
        "board": found,
        "given": given,
        "rows": [(choice[key], key in chosen) for key in keys],
        "question_words": whole_words(asked),
        "moved": moved,
        "problem": refusal.sentence if refusal else "",
        "field": refusal.field if isinstance(refusal, BadDashboard) else "",
        "plain": not request.headers.get("HX-Request"),
    }
    status = refusal.status if refusal else 200
    if not context["plain"]:
        return render(request, "analytics/_board_form.html", context, status=status)
    return render(request, "analytics/board_page.html", context | footer(request.user), status=status)
