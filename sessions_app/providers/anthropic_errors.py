"""From Anthropic's failures to our few errors. Nothing of a raw body ever gets into a sentence."""

from __future__ import annotations

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

# https://platform.claude.com/docs/en/api/errors
_BY_TYPE: Mapping[str, type[ProviderError]] = {
    "invalid_request_error": BadRequest,
    "authentication_error": KeyRefused,
    "billing_error": BillingProblem,
    "permission_error": NotAllowed,
    "not_found_error": ModelMissing,
    "request_too_large": TooLong,
    "rate_limit_error": RateLimited,
    "timeout_error": TimedOut,
    "api_error": ServerFault,
    "overloaded_error": Overloaded,
}

_TOO_LONG = ("prompt is too long", "exceed context limit", "exceeds the context window", "input is too long")
_WRONG_ADDRESS = "The address set for Anthropic does not answer like Anthropic. Staff can check it."


def from_status(
    status: int, body: object, headers: Mapping[str, str], now: float | None = None
) -> ProviderError:
    """The error of an answer that is not a stream. `now` (epoch seconds) is for reading a retry-after date."""
    wait = retry_after(headers.get("retry-after", ""), time.time() if now is None else now)
    request_id = headers.get("request-id", "")
    kind, message = _type_and_message(body)
    if not kind and (status < 400 or status == 404):
        return BadRequest(_WRONG_ADDRESS, status=status, request_id=request_id)
    by_type = _BY_TYPE.get(kind)
    usual = by_status(status)
    # A gateway may wrap every failure into one type, so only the vaguest statuses are refined by it.
    chosen = by_type if by_type and status in (400, 500) else usual
    return _refined(chosen, message)(status=status, retry_after=wait, request_id=request_id)


def from_event(event: Mapping[str, Any], request_id: str = "") -> ProviderError:
    """The error of an `error` event in mid-stream, where the status was 200 all the same."""
    kind, message = _type_and_message(event)
    return _refined(_BY_TYPE.get(kind, ServerFault), message)(status=200, request_id=request_id)


def _refined(chosen: type[ProviderError], message: str) -> type[ProviderError]:
    """Anthropic reports two quite different troubles as plain invalid requests; only the words tell them."""
    if chosen is not BadRequest:
        return chosen
    if "credit balance" in message:
        return BillingProblem
    return TooLong if any(words in message for words in _TOO_LONG) else BadRequest


def _type_and_message(body: object) -> tuple[str, str]:
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return "", ""
    return str(error.get("type") or ""), str(error.get("message") or "").lower()
