"""Who a program is: a bearer token, or the browser's own session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from knox.auth import TokenAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from sessions_app.actions.errors import Refused
from sessions_app.actions.tokens import note_use
from sessions_app.models import ApiToken, User

from .operations import operation_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module through its settings


DEAD = "This token is wrong, expired or revoked, or its person is disabled."


class BearerAuthentication(TokenAuthentication):
    """knox's check of the hash; a token is dead with its person, and says when it was last used. Who is staff is nobody
    special with a token that was not given what only staff may do."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found: tuple[Any, Any] | None = super().authenticate(request)
        if found:
            note_use(token=found[1])
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """knox decodes a token without asking whether it can."""
        if not token.isascii():
            raise AuthenticationFailed(DEAD)
        try:
            found: tuple[Any, Any] = super().authenticate_credentials(token)
        except AuthenticationFailed:
            raise AuthenticationFailed(DEAD) from None
        return found

    def validate_user(self, auth_token: ApiToken) -> tuple[Any, Any]:
        found: tuple[Any, Any] = super().validate_user(auth_token)
        auth_token.holds_back = found[0].is_staff and not auth_token.allows("admin")
        if auth_token.holds_back:
            found[0].lay_down_staff_rights()
        return found

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        """An expired one opens nothing, and is not deleted as knox would, so that its person sees that it is expired."""
        return auth_token.expired


def key_of(request: Request) -> ApiToken | None:
    """The token this request came with; None for a browser's session."""
    return request.auth if isinstance(request.auth, ApiToken) else None


class SessionNeeded(Refused):
    kind = "session_needed"
    status = 403
    sentence = "This takes a browser's session: a token can neither make tokens nor change what one may do."


def must_be_browser(request: Request, sentence: str | None = None) -> None:
    """Refuses a token: whoever finds one must not get further with it than it goes. `sentence` says what it may not."""
    if request.auth is not None:
        raise SessionNeeded(sentence)


ALLOWED = {
    "read": "to read sessions, messages, figures and costs",
    "write": "to make, change and delete",
    "chat": "to send messages, to stop and retry answers",
    "export": "to take files away and to share sessions",
    "activity": "to report events of activity",
    "admin": "to do what only staff may, as long as its person is staff",
}


class ScopeMissing(APIException):
    status_code = 403
    default_detail = "This token lacks the scope for that."
    default_code = "scope_missing"


class HasScope(BasePermission):
    """Logged in, and where a token is used it has the scope of the operation; where there is none, that for reading."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        what = operation_of(view, request.method or "")
        if what is not None and not what.scope:
            return True
        if not request.user.is_authenticated:
            return False
        token, needed = key_of(request), what.scope if what else "read"
        if token is not None and not token.allows(needed):
            raise ScopeMissing(f"This token lacks the scope {needed}: {ALLOWED[needed]}.")
        return True


def person_of(request: Request) -> User:
    """Who asks, of an operation that nobody may ask."""
    assert isinstance(request.user, User)
    return request.user


def must_not_hold_back(request: Request) -> None:
    """Refuses a token of staff that was not given what only staff may do."""
    token = key_of(request)
    if token is not None and token.holds_back:
        raise ScopeMissing(f"This token lacks the scope admin: {ALLOWED['admin']}.")


def must_administer(request: Request, otherwise: type[Exception] = PermissionDenied) -> None:
    """For what staff see of others: a token needs the scope `admin` for it beside that of the operation. Raises 403;
    `otherwise` for those who are not staff."""
    must_not_hold_back(request)
    if not person_of(request).is_staff:
        raise otherwise
