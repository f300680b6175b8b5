"""The dashboard: one's own figures, or everyone's for staff who choose so."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from analytics_app.dashboard.calls import choices, last_day, nothing_before, unknown
from analytics_app.dashboard.question import RANGES, Question, question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import headlines, usual
from analytics_app.dashboard.showing import known, offered, panel, shown
from analytics_app.dashboard.telling import figure, period_words
from analytics_app.models import Dashboard
from sessions_app import offering
from sessions_app.models import User
from sessions_app.rendering.footer import footer


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """The one marked as the first, else the usual panels; an address with a question shows those."""
    board = None if request.GET else Dashboard.objects.for_user(request.user).filter(first=True).first()
    return page(request, board)


@require_GET
def one_panel(request: HttpRequest, key: str) -> HttpResponse:
    """A panel alone, for a page that tries it again."""
    asked = asked_of(request, None)
    if key not in offered(asked):
        raise Http404
    context = {"panel": panel(key, asked, Reads(asked)), "query": asked.query()}
    return render(request, "analytics/_panel.html", context)


def page(request: HttpRequest, board: Dashboard | None) -> HttpResponse:
    """The page, or what of it changes with the figures. An explicit question goes before that of the board."""
    asked = asked_of(request, board)
    context = figures_of(asked, board)
    if request.headers.get("HX-Request"):
        return render(request, "analytics/_figures.html", context)
    context |= {
        "board": board,
        "boards": list(Dashboard.objects.for_user(request.user)),
        "here": reverse("board", args=[board.pk]) if board else reverse("dashboard"),
        "question": asked,
        "mine": asked.query(scope="", user=""),
        "everyones": asked.query(scope="everyone"),
        "kept": parts(asked.query(time_range="dates", **NO_DATES)),
        "period": parts(asked.query(user="", model="", provider="")),
        "ranges": [(name, word, asked.query(time_range=name, **NO_DATES)) for name, word in RANGES.items()],
        "narrowed": narrowed(asked),
        "choices": filters(asked),
        "problem": asked.problem or unknown(asked),
    }
    return render(request, "analytics/dashboard_page.html", context | footer(request.user, live=True))


PEOPLE = 500  # names that are offered; others can be written
NO_DATES = {"from": "", "until": ""}


def asked_of(request: HttpRequest, board: Dashboard | None) -> Question:
    assert isinstance(request.user, User)
    given = request.GET if request.GET or board is None else QueryDict(board.query)
    return question(request.user, given)


def figures_of(asked: Question, board: Dashboard | None) -> dict[str, Any]:
    """What `_figures.html` shows. Where nothing happened there are no panels, but a sentence."""
    reads = Reads(asked)
    strip = headlines(asked, reads)
    nothing = not any(each.value for each in strip if each.kind in ("money", "count"))
    keys = known(board.panels, asked) if board else usual(asked)
    return {
        "strip": [figure(each) for each in strip],
        "panels": [] if nothing else shown(keys, asked, reads),
        "nothing": nothing,
        "last": last_day(asked) if nothing else None,
        "asked": asked,
        "words": period_words(asked, nothing_before=_first(asked, reads)),
        "files": f"{asked.query()}&panels={','.join(keys)}" if board else asked.query(),
        "query": asked.query(),
        "longer": asked.query(time_range="all", user="", model="", provider="", **NO_DATES),
    }


def parts(query: str) -> list[tuple[str, str]]:
    """What a form that asks for something else has to send along."""
    return parse_qsl(query)


def narrowed(asked: Question) -> list[tuple[str, str]]:
    """What the figures are narrowed to, each with the query that takes it out."""
    person = asked.person.username if asked.everyone and asked.person else ""
    parts = {
        "user": person,
        "model": asked.model and offering.label(asked.model, asked.provider),
        "provider": asked.provider and offering.provider_label(asked.provider),
    }
    return [(value, asked.query(**{name: ""})) for name, value in parts.items() if value]


def filters(asked: Question) -> dict[str, Any] | None:
    """What figures are narrowed with; people by staff who asked about everyone. None where there is no choice."""
    found = choices(asked)
    if not asked.everyone and max(map(len, found.values())) < 2:
        return None
    names = User.objects.order_by("username").values_list("username", flat=True)[:PEOPLE]
    return {
        **found,
        "people": list(names) if asked.everyone else None,
        "user": asked.person.username if asked.everyone and asked.person else "",
    }


def _first(asked: Question, reads: Reads) -> bool:
    """Whether there is nothing at all before the period."""
    former = reads.former_sums
    return former is not None and not former.calls and nothing_before(asked)
