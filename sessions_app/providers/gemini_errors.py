"""From Google's failures to our few errors. Nothing of a raw body ever gets into a sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from sessions_app.providers.base import (
    BadRequest,
    BillingProblem,
    KeyRefused,
    ModelMissing,
    NotAllowed,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    TimedOut,
    TooLong,
)
from sessions_app.providers.statuses import by_status, retry_after

LABEL = "Google"

# https://ai.google.dev/gemini-api/docs/troubleshooting, https://cloud.google.com/apis/design/errors
_BY_NAME: Mapping[str, type[ProviderError]] = {
    "INVALID_ARGUMENT": BadRequest,
    "FAILED_PRECONDITION": NotAllowed,
    "UNAUTHENTICATED": KeyRefused,
    "PERMISSION_DENIED": NotAllowed,
    "NOT_FOUND": ModelMissing,
    "RESOURCE_EXHAUSTED": RateLimited,
    "INTERNAL": ServerFault,
    "UNAVAILABLE": Overloaded,
    "DEADLINE_EXCEEDED": TimedOut,
}

# Several quite different troubles come as plain invalid requests, or as plain limits; only reasons and words tell them.
_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_NOT_FOUND"})
_KEY_WORDS = ("api key not valid", "api key expired", "api key not found", "reported as leaked")
_TOO_LONG = ("exceeds the maximum number of tokens", "payload size exceeds", "exceeds the context window")
_NO_MONEY = ("credits are depleted", "enable billing", "billing account")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
_WRONG_ADDRESS = "The address set for Google does not answer like Google. Staff can check it."


def from_status(
    status: int, body: object, headers: Mapping[str, str], now: float | None = None
) -> ProviderError:
    """The error of an answer that is not a stream. `now` (epoch seconds) is for reading a retry-after date."""
    error = _error(body)
    request_id = headers.get("x-request-id", "")
    if not error and (status < 400 or status == 404):
        return BadRequest(_WRONG_ADDRESS, status=status, request_id=request_id)
    wait = _delay(error)
    if wait is None:
        wait = retry_after(headers.get("retry-after", ""), time.time() if now is None else now)
    usual = by_status(status)
    # A gateway may wrap every failure into one name, so only the vaguest statuses are refined by it.
    named = _BY_NAME.get(str(error.get("status")))
    chosen = named if named and status in (400, 500) else usual
    kind = _refined(chosen, error)
    return kind(status=status, retry_after=wait, request_id=request_id, provider=LABEL)


def from_event(event: Mapping[str, Any], request_id: str = "") -> ProviderError:
    """The error of an event in mid-stream, where the status was 200 all the same."""
    error = _error(event)
    code = error.get("code")
    named = _BY_NAME.get(str(error.get("status"))) or (
        by_status(code) if isinstance(code, int) else ServerFault
    )
    kind = _refined(named, error)
    return kind(status=200, retry_after=_delay(error), request_id=request_id, provider=LABEL)


def _refined(chosen: type[ProviderError], error: Mapping[str, Any]) -> type[ProviderError]:
    message = str(error.get("message") or "").lower()
    if _KEY_REASONS & {detail.get("reason") for detail in _details(error)}:
        return KeyRefused
    if chosen in (BadRequest, NotAllowed) and any(words in message for words in _KEY_WORDS):
        return KeyRefused
    if chosen in (NotAllowed, RateLimited) and any(words in message for words in _NO_MONEY):
        return BillingProblem
    if chosen is BadRequest and any(words in message for words in _TOO_LONG):
        return TooLong
    return chosen


def _delay(error: Mapping[str, Any]) -> float | None:
    """Seconds to wait, by the RetryInfo among the details: `"retryDelay": "37s"`."""
    for detail in _details(error):
        if str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            found = _SECONDS.fullmatch(str(detail.get("retryDelay", "")))
            return float(found[1]) if found else None
    return None


def _details(error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = error.get("details")
    return [each for each in details if isinstance(each, Mapping)] if isinstance(details, list) else []


def _error(body: object) -> Mapping[str, Any]:
    """The error in a body, which is an object, or a list of one."""
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}
