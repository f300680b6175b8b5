"""Errors of the API: always `{"error": {"type", "message"}}`, never a stack."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from sessions_app.actions.errors import Refused


class TooLarge(APIException):
    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


def handle(problem: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal in one shape; anything unforeseen stays a 500 without details."""
    if isinstance(problem, Refused):
        return Response(
            body(problem.kind, problem.sentence, **problem.facts()),
            status=problem.status,
            headers=retry_after(problem),
        )
    if isinstance(problem, RequestDataTooBig):
        problem = TooLarge()
    response: Response | None = exception_handler(problem, context)
    if response is None:
        return None
    if isinstance(problem, ValidationError):
        response.data = body("invalid", "Some fields are not valid.", fields=problem.detail)
    elif isinstance(problem, Http404):
        response.data = body("not_found", "There is nothing here, or it is not yours.")
    elif isinstance(problem, PermissionDenied):
        response.data = body("permission_denied", "You may not do that.")
    elif isinstance(problem, APIException):
        response.data = body(str(problem.get_codes()), str(problem.detail))
    return response


def retry_after(problem: Refused) -> dict[str, str]:
    """The header that says when to try again, where that is known."""
    seconds = getattr(problem, "retry_after", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def body(kind: str, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message, **more}}
