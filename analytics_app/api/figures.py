"""The dashboard's figures for programs: the same question, the same rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app import insights
from analytics_app.dashboard.panel import Contents, Headline, Kind, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import PANELS, contents, headlines, usual
from analytics_app.tools.asking import plain
from sessions_app.api.answers import ApiView
from sessions_app.api.given import Flag, Words, asked
from sessions_app.api.operations import Gives, operation
from sessions_app.api.shapes import Money

from . import examples
from .asking import Figuring, question_of
from .sums import UsageSumsShape, usage_sums
from .videos import VideoFiguresShape, of_creator

Cell = Annotated[
    str | int | float | None, Field(description="Money and days are texts; null is what is not known.")
]


class FiguresAsked(Figuring):
    panels: Annotated[
        Words | None,
        Field(
            max_length=2000,
            description=f"Keys of panels, commas between them; else all. {', '.join(PANELS)}.",
        ),
    ] = None
    usage: Annotated[Flag, Field(description="true: with the sums of tokens by kind, model and day.")] = False
    cost_projection: Annotated[
        Flag, Field(description="true: with `cost_projection`, which is `projection` by another name.")
    ] = False


FiguresPeriodShape = TypedDict(
    "FiguresPeriodShape",
    {
        "name": Literal["today", "week", "month", "all", "30d", "dates"],
        "words": str,
        "from": Annotated[str | None, Field(description="The midnight at its beginning; null: all time.")],
        "until": Annotated[str | None, Field(description="The midnight at its end, which is not in it.")],
        "time_zone": str,
        "scope": Literal["own", "everyone"],
        "user": str | None,
        "model": str | None,
        "provider": str | None,
        "before": Annotated[str | None, Field(description="What it is compared with.")],
    },
)


class HeadlineShape(TypedDict):
    name: str
    kind: Kind
    value: Cell
    before: Cell
    change: Annotated[float | None, Field(description="How much more, as a part of what was before.")]
    unpriced_calls: NotRequired[Annotated[int, Field(description="Of money: calls it leaves out.")]]


class PanelColumnShape(TypedDict):
    key: str
    name: str
    kind: Kind


class PanelFigureShape(TypedDict):
    name: str
    value: str


class PanelShape(TypedDict):
    """Rows of cells under their columns."""

    title: str
    columns: list[PanelColumnShape]
    rows: list[list[Cell]]
    total: list[Cell] | None
    figures: list[PanelFigureShape]
    said: list[str]
    absent: Annotated[str | None, Field(description="Why there is nothing, in words.")]


class ProjectionShape(TypedDict):
    """What this month will have cost at its end, if days go on as they were."""

    month: str
    spent: Money
    expected: Money
    low: Money
    high: Money
    method: str


class FiguresShape(TypedDict):
    period: FiguresPeriodShape
    headlines: dict[str, HeadlineShape]
    panels: dict[str, PanelShape]
    projection: ProjectionShape
    usage: NotRequired[UsageSumsShape]
    cost_projection: NotRequired[ProjectionShape]
    videos: NotRequired[
        Annotated[
            VideoFiguresShape, Field(description="With `creator_id`: what was asked about their videos.")
        ]
    ]


class Figures(ApiView):
    @operation(
        "analytics", "Figures of the workspace", tag="Figures", scope="read", query=FiguresAsked,
        gives={200: Gives(FiguresShape, "As the dashboard has them.", examples.FIGURES)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Headlines, the rows of panels, and what the month will cost. One's own; everyone's and those of others for
        staff, and with a token only where it has the scope `admin` beside."""
        wanted = asked(request, FiguresAsked)
        question = question_of(request, wanted)
        keys = _panels(wanted, question)
        reads = Reads(question)
        found: FiguresShape = {
            "period": _period(question),
            "headlines": {each.key: _headline(each) for each in headlines(question, reads)},
            "panels": {key: _panel(key, contents(key, question, reads)) for key in keys},
            "projection": _projection(question, reads),
        }
        if wanted.usage:
            found["usage"] = usage_sums(reads.rows)
        if wanted.cost_projection:
            found["cost_projection"] = found["projection"]
        if wanted.creator_id is not None:
            about = of_creator(question, question.person or question.asker)
            found |= {"videos": about} if about else {}
        return Response(found)


def _panels(wanted: FiguresAsked, question: Question) -> list[str]:
    there = usual(question)
    if wanted.panels is None:
        return there
    keys = [key for key in wanted.panels.split(",") if key]
    unknown = [key[:60] for key in keys if key not in there]
    if unknown:
        raise ValidationError({"panels": [f"There is no panel {key} here." for key in unknown]})
    return list(dict.fromkeys(keys))


def _period(asked: Question) -> FiguresPeriodShape:
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


def _headline(each: Headline) -> HeadlineShape:
    changed = each.change
    found: HeadlineShape = {
        "name": each.name,
        "kind": each.kind,
        "value": _value(each.value, each.kind),
        "before": _value(changed.before, each.kind) if changed else None,
        "change": changed.share if changed else None,
    }
    return {**found, "unpriced_calls": each.unpriced} if each.kind == "money" else found


def _panel(key: str, found: Contents) -> PanelShape:
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
        "figures": [{"name": each.name, "value": each.value} for each in found.figures],
        "said": list(found.said),
        "absent": found.absent or None,
    }


def _value(value: Value, kind: Kind) -> Any:
    """Money with all its digits, as a text; None is what is not known."""
    if isinstance(value, Decimal):
        return plain(value) if kind == "money" else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _projection(asked: Question, reads: Reads) -> ProjectionShape:
    found = insights.month_end(reads.daily, asked.today)
    return {
        "month": found.month,
        "spent": plain(found.spent) or "0",
        "expected": plain(found.end.expected) or "0",
        "low": plain(found.end.low) or "0",
        "high": plain(found.end.high) or "0",
        "method": found.method,
    }
