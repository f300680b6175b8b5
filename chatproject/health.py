"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from sessions_app.realtime import feed, runtime


@require_GET
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """503 while shutting down, or where the database or the channel layer is away. Providers are not asked."""
    state = {"database": database(), "layer": layer(), "accepting": not feed.closing}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


def database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseError:
        return False


def layer() -> bool:
    """In one process there is none to lose."""
    if not settings.REDIS_URL:
        return True
    process = runtime.current()
    remote = process.hub.remote if process and process.hub else None
    return remote is None or remote.well
