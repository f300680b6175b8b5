"""What an HTTP status means wherever a provider does not say it better itself."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

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

_BY_STATUS: Mapping[int, type[ProviderError]] = {
    401: KeyRefused,
    402: BillingProblem,
    403: NotAllowed,
    404: ModelMissing,
    408: TimedOut,
    413: TooLong,
    429: RateLimited,
    503: Overloaded,
    504: TimedOut,
    529: Overloaded,
}


def by_status(status: int) -> type[ProviderError]:
    return _BY_STATUS.get(status) or (ServerFault if status >= 500 else BadRequest)


def retry_after(value: str, now: float) -> float | None:
    """Seconds to wait by a retry-after header (a number, or an HTTP date); None where it says nothing."""
    value = value.strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < 1e9 else None
