"""Who calls: a bearer token, checked as the API checks it. The browser's session opens nothing here."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from sessions_app.agent.tools import ToolContext
from sessions_app.api.authentication import BearerAuthentication
from sessions_app.models import ApiToken, User

# The tools look things up and change nothing; a token for sending messages need not open the figures as well.
SCOPE = "read"
CALLS_A_MINUTE = 300  # of one person, over all tokens


class NotAdmitted(Exception):
    """A request that is answered with a refusal, before anything of it is read."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(message)


def check_address(request: ASGIRequest) -> None:
    """A page of another site, or a name that was bent to this machine, must not reach the tools by somebody's browser.

    The SDK has a check of its own, which knows neither subdomains nor any host: the settings of the site decide.
    """
    try:
        host = request.get_host()
    except DisallowedHost:
        raise NotAdmitted(421, "unknown_host", "This host is not one of ALLOWED_HOSTS.") from None
    origin = request.headers.get("Origin", "").rstrip("/")
    if origin and origin not in (f"{request.scheme}://{host}", *settings.CSRF_TRUSTED_ORIGINS):
        raise NotAdmitted(403, "foreign_origin", "Pages of this origin may not call the tools.")
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise NotAdmitted(403, "https_required", "Tokens are taken over https only.")


def caller(request: ASGIRequest) -> ToolContext:
    """Whose token this is, and on their behalf the tools run. Raises NotAdmitted."""
    try:
        found = BearerAuthentication().authenticate(cast(Request, request))
    except AuthenticationFailed as problem:
        raise unknown(str(problem.detail), ' error="invalid_token"') from None
    if found is None:
        raise unknown("A token is needed: Authorization: Bearer TOKEN.")
    user, token = cast("tuple[User, ApiToken]", found)
    if not token.allows(SCOPE):
        challenge = f'Bearer realm="workspace" error="insufficient_scope" scope="{SCOPE}"'
        message = f"This token lacks the scope {SCOPE}."
        raise NotAdmitted(403, "scope_missing", message, WWW_Authenticate=challenge)
    count(user)
    premium = user.plan == User.Plan.PREMIUM
    return ToolContext(
        user_id=user.pk, premium=premium, plain=not token.allows("admin"), token=token.public_id
    )


def unknown(message: str, more: str = "") -> NotAdmitted:
    return NotAdmitted(401, "not_authenticated", message, WWW_Authenticate=f'Bearer realm="workspace"{more}')


def count(user: Any) -> None:
    """So many requests a minute; then 429 until the minute is over."""
    if not settings.RATE_LIMITS:
        return
    key = f"mcp-calls:{user.pk}"
    cache.add(key, 0, 60)
    try:
        calls = cache.incr(key)
    except ValueError:  # the minute ended between the two
        return
    if calls > CALLS_A_MINUTE:
        raise NotAdmitted(429, "too_many", "Too many requests. Try again in a minute.", Retry_After="60")
