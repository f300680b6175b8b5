"""Every part of the workspace with its latest measurement, for programs of staff."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import Http404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app.queries.health.parts import Status, Unit
from analytics_app.queries.health.report import report
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import must_administer, person_of
from sessions_app.api.given import Asked, asked
from sessions_app.api.operations import Gives, operation

from . import examples


class HealthPartShape(TypedDict):
    key: str
    name: str
    status: Annotated[Status, Field(description="off: there is nothing to measure.")]
    detail: str
    value: float | None
    unit: Unit | None
    measured_at: str | None
    figures: Annotated[dict[str, str], Field(description="More of the same measurement, in words.")]


class HealthShape(TypedDict):
    status: Annotated[Literal["ok", "degraded", "down", "off"], Field(description="That of the worst part.")]
    checked_at: str
    components: list[HealthPartShape]


class Health(ApiView):
    @operation(
        "health", "How the workspace is", tag="Figures", scope="read", query=Asked,
        gives={200: Gives(HealthShape, "Whatever the state is: `status` says it.", examples.HEALTH)},
        refuses=["not_found"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """For staff; a token needs the scope `admin` beside. To others there is nothing here. From what happened: no
        provider is asked."""
        must_administer(request, Http404)
        asked(request, Asked)
        return Response(report(person_of(request)).as_json())
