"""The published schema of the JSON format, for whoever writes a program for it."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from export_app.importers.workspace import SCHEMA


@cache
def text() -> bytes:
    return SCHEMA.read_bytes()


@require_safe
def session(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        text(), content_type="application/schema+json", headers={"Cache-Control": "public, max-age=3600"}
    )


urls = [path("exports/schema/session-1.json", session, name="export_schema")]
