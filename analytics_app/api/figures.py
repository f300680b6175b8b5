"""The dashboard's figures for programs: the same question, the same rows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics_app import insights
from analytics_app.dashboard.panel import Contents, Headline, Kind, Value
from analytics_app.dashboard.question import FILTERS, RANGES, Question, question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import PANELS, contents, headlines, usual
from analytics_app.tools.asking import plain
from sessions_app.api.answers import ApiView
from sessions_app.models import User

NAMES = {"time_range", "from", "until", "scope", "panels", *FILTERS}
SCOPES = ("own", "everyone")


class Figures(ApiView):
    """`time_range` (today, week, month, all, dates with `from` and `until`), `model`, `provider`, `panels` (keys with
    commas between them); for staff `scope` and `user`."""

    def get(self, request: Request) -> Response:
        asked = _asked(request)
        keys = _panels(request, asked)
        reads = Reads(asked)
        return Response(
            {
                "period": _period(asked),
                "headlines": {each.key: _headline(each) for each in headlines(asked, reads)},
                "panels": {key: _panel(key, contents(key, asked, reads)) for key in keys},
                "projection": _projection(asked, reads),
            }
        )


def _asked(request: Request) -> Question:
    """Raises 400 where something is not understood: a program is not shown other figures than it asked for."""
    assert isinstance(request.user, User)
    given = request.query_params
    problems = {name: ["There is no such parameter."] for name in given if name not in NAMES}
    if given.get("time_range", "month") not in (*RANGES, "dates"):
        problems["time_range"] = [f"One of {', '.join(RANGES)} and dates."]
    scope = given.get("scope", "own")
    if scope not in SCOPES:
        problems["scope"] = ["own or everyone."]
    elif scope == "everyone" and not request.user.is_staff:
        problems["scope"] = ["Only staff may see everyone's figures."]
    if "user" in given and (scope != "everyone" or not request.user.is_staff):
        problems["user"] = ["Only for staff, with the scope everyone."]
    asked = question(request.user, given)
    if asked.problem and not problems:
        problems["user" if asked.problem.startswith("Nobody") else "time_range"] = [asked.problem]
    if problems:
        raise ValidationError(problems)
    return asked


def _panels(request: Request, asked: Question) -> list[str]:
    there = usual(asked)
    if "panels" not in request.query_params:
        return there
    wanted = [key for key in request.query_params["panels"].split(",") if key]
    unknown = [key[:60] for key in wanted if key not in there]
    if unknown:
        raise ValidationError({"panels": [f"There is no panel {key} here." for key in unknown]})
    return list(dict.fromkeys(wanted))


def _period(asked: Question) -> dict[str, Any]:
    span, former = asked.span, asked.former
    return {
        "name": span.name,
        "words": span.words,
        "from": span.start.isoformat() if span.start else None,
        "until": span.end.isoformat() if span.end else None,
        "time_zone": str(asked.zone),
        "scope": "everyone" if asked.everyone else "own",
        "user": asked.person.username if asked.person else None,
        "model": asked.model or None,
        "provider": asked.provider or None,
        "before": former.words if former else None,
    }


def _headline(each: Headline) -> dict[str, Any]:
    changed = each.change
    return {
        "name": each.name,
        "kind": each.kind,
        "value": _value(each.value, each.kind),
        "before": _value(changed.before, each.kind) if changed else None,
        "change": changed.share if changed else None,
        **({"unpriced_calls": each.unpriced} if each.kind == "money" else {}),
    }


def _panel(key: str, found: Contents) -> dict[str, Any]:
    sheet = found.sheet
    kinds = [column.kind for column in sheet.columns]

    def cells(row: tuple[Value, ...]) -> list[Any]:
        return [_value(value, kind) for value, kind in zip(row, kinds, strict=True)]

    return {
        "title": PANELS[key].title,
        "columns": [
            {"key": column.key, "name": column.name, "kind": column.kind} for column in sheet.columns
        ],
        "rows": [cells(row) for row in sheet.rows],
        "total": cells(sheet.total) if sheet.total else None,
        "figures": [asdict(figure) for figure in found.figures],
        "said": list(found.said),
        "absent": found.absent or None,
    }


def _value(value: Value, kind: Kind) -> Any:
    """Money with all its digits, as a text; None is what is not known."""
    if isinstance(value, Decimal):
        return plain(value) if kind == "money" else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _projection(asked: Question, reads: Reads) -> dict[str, Any]:
    """What this month will have cost at its end."""
    found = insights.month_end(reads.daily, asked.today)
    ends = {name: plain(getattr(found.end, name)) for name in ("expected", "low", "high")}
    return {"month": found.month, "spent": plain(found.spent), **ends, "method": found.method}
