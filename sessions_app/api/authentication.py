"""Who a program is: a bearer token, or the browser's own session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from knox.auth import TokenAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from sessions_app.actions.tokens import note_use
from sessions_app.models import ApiToken, User

from .operations import operation_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module through its settings


class BearerAuthentication(TokenAuthentication):
    """knox's check of the hash; a token is dead with its person, and says when it was last used."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found: tuple[Any, Any] | None = super().authenticate(request)
        if found:
            note_use(token=found[1])
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """knox decodes a token without asking whether it can."""
        if not token.isascii():
            raise AuthenticationFailed("Invalid token.")
        found: tuple[Any, Any] = super().authenticate_credentials(token)
        return found


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
        token = request.auth
        if isinstance(token, ApiToken):
            needed = what.scope if what else "read"
            if not token.allows(needed):
                raise ScopeMissing(f"This token lacks the scope {needed}.")
        return True


def person_of(request: Request) -> User:
    """Who asks, of an operation that nobody may ask."""
    assert isinstance(request.user, User)
    return request.user


def administers(request: Request) -> bool:
    """Whether staff ask, by their browser's session or with a token that has the scope `admin`."""
    token = request.auth
    return bool(getattr(request.user, "is_staff", False)) and (
        not isinstance(token, ApiToken) or token.allows("admin")
    )


def must_administer(request: Request) -> None:
    """For what staff see of others: a token needs the scope `admin` for it beside that of the operation. Raises 403."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    if not administers(request):
        raise ScopeMissing("This token lacks the scope admin.")
