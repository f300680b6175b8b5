"""The rows behind the figures: as a page, and as a file."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from analytics_app.dashboard.calls import choices, unknown
from analytics_app.dashboard.question import RANGES
from analytics_app.rows import KINDS
from analytics_app.rows.calls import rows as calls_of
from analytics_app.rows.files import MOST, csv_of
from analytics_app.rows.kind import Column, Kind
from analytics_app.rows.names import look_for, names, opened
from analytics_app.rows.paging import piece
from analytics_app.rows.telling import cells
from analytics_app.rows.wish import Wish, period_words, wish
from sessions_app.agent.labels import look
from sessions_app.models import TokenUsage, User
from sessions_app.rendering.footer import footer

SORTS = {
    "at": _lazy("Newest first"),
    "cost": _lazy("Costliest first"),
    "duration": _lazy("Longest first"),
    "length": _lazy("Longest text first"),
    "first_token": _lazy("Slowest first token first"),
}
ERRORS_LISTED = 30


@require_GET
def rows(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A page of them after `after`; with `format=csv` all, as a file."""
    if kind not in KINDS:
        raise Http404
    assert isinstance(request.user, User)
    of = KINDS[kind]
    asked = wish(request.user, request.GET, of.filters, of.sorts)
    look_for(asked)
    columns = [column for column in of.columns if asked.question.everyone or not column.staff]
    if request.GET.get("format") == "csv":
        return _file(of, asked, columns)
    context = {**_shown(of, asked, columns, request.GET), **footer(request.user)}
    return render(request, "analytics/rows_page.html", context)


def _file(kind: Kind, asked: Wish, columns: list[Column]) -> HttpResponseBase:
    span = asked.question.span
    name = f"{kind.key}-{span.words if span.name == 'dates' else span.name}".replace(" ", "-")
    response = StreamingHttpResponse(csv_of(kind, asked, columns), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _shown(kind: Kind, asked: Wish, columns: list[Column], given: QueryDict) -> dict[str, Any]:
    after, seen = given.get("after", ""), _seen(given)
    found = piece(kind, asked, after)
    until = seen + len(found.rows)
    question = asked.question
    called = names(asked, {row.session for row in found.rows})
    return {
        "kind": kind,
        "kinds": [(each.key, each.title, asked.question.query()) for each in KINDS.values()],
        "wish": asked,
        "problem": asked.problem or unknown(question),
        "columns": columns,
        "table": cells(opened(asked, columns, found.rows), columns, called, question.zone, question.today),
        "total": kind.total(asked),
        "chips": asked.chips(),
        "query": asked.query(),
        "plain_query": question.query(),
        "more_query": asked.query(after=found.after, seen=str(until)) if found.after else "",
        "later": bool(after),
        "place": (seen + 1, until) if seen or not after else None,
        "bounded": found.bounded,
        "most": MOST,
        "form": _form(kind, asked),
    }


def _seen(given: QueryDict) -> int:
    """How many rows stand on the pages before, as the way here said: told, and nothing else is made of it."""
    seen = given.get("seen", "")
    return int(seen) if given.get("after") and seen.isdecimal() and len(seen) < 10 else 0


def _form(kind: Kind, asked: Wish) -> dict[str, Any]:
    """What may be chosen, what is chosen first."""
    question = asked.question
    days = question.span.days if question.span.name == "dates" else ()
    return {
        "ranges": {**RANGES, question.span.name: period_words(question), "dates": _("Dates")},
        "range": question.span.name,
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
        "staff": question.asker.is_staff,
        **choices(question),
        "purposes": dict(TokenUsage.Purpose.choices) if "purpose" in kind.filters else None,
        "errors": _with(asked.error, _errors(kind, asked)) if "error" in kind.filters else None,
        "tools": _with(asked.tool, _tools()) if "tool" in kind.filters else None,
        "unpriced": "unpriced" in kind.filters,
        "sorts": {name: SORTS[name] for name in kind.sorts},
    }


def _with(chosen: str, choices: dict[str, str]) -> dict[str, str]:
    return choices if not chosen or chosen in choices else {chosen: chosen, **choices}


def _errors(kind: Kind, asked: Wish) -> dict[str, str]:
    """Any failure, and for calls the kinds there are in the period."""
    found = {"any": _("Failed")}
    if kind.key == "calls":
        failed = calls_of(asked).filter(ok=False).exclude(error_type="").order_by()
        found |= {
            name: name for name in failed.values_list("error_type", flat=True).distinct()[:ERRORS_LISTED]
        }
    return found


def _tools() -> dict[str, str]:
    named = [path.rpartition(".")[2] for path in settings.AGENT_TOOLS]
    return {name: look(name).label for name in named}
