"""What is answered where no view answers: a page to people, problem details to programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from sessions_app.api import problems
from sessions_app.views import gone


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return told(request, "bad_request", problems.NOT_TAKEN) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    found = told(request, "permission_denied", "You may not do that.")
    return found or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return told(request, "not_found", problems.NOT_HERE) or gone.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing of what failed; `X-Request-ID` stands in the answer and in the log."""
    return told(request, "internal", problems.FAILED) or defaults.server_error(request)


def told(request: HttpRequest, code: str, sentence: str) -> HttpResponse | None:
    """Problem details, where a program asked."""
    if not problems.is_programs(request.path):
        return None
    status = problems.OF_REQUESTS[code].status
    return JsonResponse(
        problems.body(status, code, sentence), status=status, content_type=problems.MEDIA_TYPE
    )
