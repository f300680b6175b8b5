"""Errors of the API: problem details (RFC 9457) with a stable `code`, never a stack.

`{"type": "about:blank", "title", "status", "detail", "code"}`, and what a code brings besides: `fields` of what was
given wrongly, `resets_at` of a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from sessions_app.actions.errors import Refused
from sessions_app.models import ChatSession, Message

from .operations import Operation

MEDIA_TYPE = "application/problem+json"
FAILED = "The server failed. What was stored before is kept."
log = structlog.get_logger("chatproject.requests")
NOT_TAKEN = "The request cannot be taken. Nothing was done."
WHO_ASKS = "Say who asks, by a token: Authorization: Bearer TOKEN."
NOT_HERE = "There is nothing here, or it is not yours."


class Code(NamedTuple):
    status: int
    meaning: str


# What no action refuses: of the request itself.
OF_REQUESTS = {
    "invalid": Code(400, "Something in the body or the query is not as it must be; `fields` says what."),
    "bad_request": Code(
        400, "The request itself cannot be taken: its host, its form, how many fields it has."
    ),
    "parse_error": Code(400, "The body is not valid JSON, or not a form."),
    "not_authenticated": Code(401, "Nobody asks: there is neither a token nor a browser's session."),
    "authentication_failed": Code(401, "The token is wrong, expired or revoked, or its person is disabled."),
    "scope_missing": Code(
        403,
        "The token lacks the scope that the operation needs: `read` (to read), `write` (to make, change and delete), `chat` "
        "(to send messages, stop and retry answers), `export` (to take files away and to share sessions), `activity` (to report events) or `admin` (what "
        "only staff may do, as long as its person is staff).",
    ),
    "permission_denied": Code(403, "This person may not do that, or a browser sent no CSRF token."),
    "not_found": Code(404, "There is nothing here, or it is not yours: both look alike."),
    "method_not_allowed": Code(405, "The address does not take this method; `Allow` says which it takes."),
    "changed_meanwhile": Code(412, "It is not any more what `If-Match` names. Nothing was done."),
    "too_large": Code(413, "The body is too large."),
    "unsupported_media_type": Code(415, "The body is not of the type that the operation takes."),
    "throttled": Code(429, "Too many requests; `Retry-After` says when to ask again."),
    "no_room": Code(507, "The server has no room for the body. Nothing was stored."),
    "rate_limited": Code(429, "Too many messages this minute; `Retry-After` says when to send again."),
    "internal": Code(500, "The server failed. `X-Request-ID` of the answer finds it in the server's log."),
}


def is_programs(path: str) -> bool:
    """Whether what is asked for at this path is answered as problem details where it is refused."""
    return path in ("/api", "/chat") or path.startswith(("/api/", "/chat/", "/hooks/"))


class TooLarge(APIException):
    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


class ChangedMeanwhile(APIException):
    status_code = 412
    default_detail = "This was changed meanwhile. Nothing was done: read it again, then decide."
    default_code = "changed_meanwhile"


def codes() -> dict[str, Code]:
    """Every code a program may meet, with its status and what it means."""
    return {name: found[0] for name, found in every_code().items()}


def every_code() -> dict[str, list[Code]]:
    """The same, of codes that come with more than one status each of them."""
    found = {name: [code] for name, code in OF_REQUESTS.items()}
    for kind in refusals(Refused):
        there = found.setdefault(kind.kind, [])
        if kind.status not in [code.status for code in there]:
            there.append(Code(kind.status, kind.sentence))
    return found


def refusals(of: type[Refused]) -> Iterator[type[Refused]]:
    yield of
    for each in of.__subclasses__():
        yield from refusals(each)


def handle(problem: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal in one shape; anything unforeseen stays a 500 without details."""
    if isinstance(problem, Refused):
        return refused(problem)
    if isinstance(problem, RequestDataTooBig):
        problem = TooLarge()
    elif isinstance(problem, ChatSession.DoesNotExist | Message.DoesNotExist):
        problem = Http404()  # purged since it was looked up
    elif isinstance(problem, SuspiciousOperation):
        return answer(400, "bad_request", NOT_TAKEN)
    response: Response | None = exception_handler(problem, context)
    if response is None:
        return None
    told = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return answer(response.status_code, *worded(problem), told, **fields(problem))


def refused(problem: Refused) -> Response:
    return answer(problem.status, problem.kind, problem.sentence, retry_after(problem), **problem.facts())


def after_waiting(failure: Exception) -> Response:
    """What is told where something went wrong while an answer was waited for, beyond any view."""
    if isinstance(failure, Refused):
        return refused(failure)
    if isinstance(failure, Http404 | ObjectDoesNotExist):
        return answer(404, "not_found", NOT_HERE)
    log.error("failed while waiting", exc_info=failure)
    return answer(500, "internal", FAILED)


def worded(problem: Exception) -> tuple[str, str]:
    """The code and the sentence of what DRF or Django raised."""
    if isinstance(problem, ValidationError):
        return "invalid", "Some fields are not valid."
    if isinstance(problem, Http404):
        return "not_found", NOT_HERE
    if isinstance(problem, PermissionDenied):
        return "permission_denied", "You may not do that."
    if isinstance(problem, NotAuthenticated):
        return "not_authenticated", WHO_ASKS
    assert isinstance(problem, APIException)
    return str(problem.get_codes()), str(problem.detail)


def fields(problem: Exception) -> dict[str, Any]:
    return {"fields": problem.detail} if isinstance(problem, ValidationError) else {}


def answer(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    return Response(body(status, code, detail, **more), status, headers=headers, content_type=MEDIA_TYPE)


def body(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}


def retry_after(problem: Refused) -> dict[str, str]:
    """The header that says when to try again, where that is known."""
    seconds = getattr(problem, "retry_after", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def table(operations: Iterable[Operation]) -> str:
    """The codes these operations may refuse with, as a table of Markdown; those that all have come first."""
    own = sorted({code for what in operations for code in what.refuses} - set(OF_REQUESTS))
    known = every_code()
    rows = [(name, code) for name in [*OF_REQUESTS, *own] for code in known[name][:1]]
    lines = [f"| `{name}` | {code.status} | {code.meaning} |" for name, code in rows]
    return "\n".join(["| Code | Status | Meaning |", "| --- | --- | --- |", *lines])
