"""A program's keys: made, used, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sessions_app.models import ApiToken
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import Refused

USE_NOTED_EVERY = timedelta(minutes=1)


class BadToken(Refused):
    kind = "bad_token"
    sentence = "A token needs at least one scope: read, write or chat."


@write()
def make_token(*, user: Any, name: str = "", scopes: Iterable[str] = ApiToken.SCOPES) -> tuple[ApiToken, str]:
    """A new token of this person and its secret, which is stored hashed and can never be shown again."""
    wanted = set(scopes)
    unknown = wanted.difference(ApiToken.SCOPES)
    if unknown:
        raise BadToken(f"There is no scope {min(unknown)[:40]!r}; there are read, write and chat.")
    if not wanted:
        raise BadToken
    name = " ".join(clean_text(name).split())[:80] or "token"
    chosen = [scope for scope in ApiToken.SCOPES if scope in wanted]
    token, secret = ApiToken.objects.create(user=user, name=name, scopes=chosen)
    return token, secret


@write()
def revoke_token(*, token: ApiToken) -> None:
    """From here on the token opens nothing."""
    token.delete()


def note_use(*, token: ApiToken) -> None:
    """When a token was last used, to the minute: reads must not all become writes."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        with write():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
