"""A program's keys: made, limited, used, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import EllipsisType
from typing import Any

from django.utils import timezone

from sessions_app import gates
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken, ChatSession, Reply
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import Refused
from .replies import request_stop

USE_NOTED_EVERY = timedelta(minutes=1)
LONGEST = timedelta(days=3650)
KEPT = timedelta(days=30)  # how long an expired token is still shown
NAME_LENGTH = 80


class BadToken(Refused):
    kind = "bad_token"
    sentence = "A token needs at least one scope: read, write, chat, export, activity or admin."


class TokenGone(Refused):
    kind = "not_found"
    status = 404
    sentence = "This token was revoked meanwhile."


@write()
def make_token(
    *,
    user: Any,
    name: str = "",
    scopes: Iterable[str] = ApiToken.USUAL,
    expires: datetime | None = None,
    limit: TokenLimit | None = None,
) -> tuple[ApiToken, str]:
    """A new token of this person and its secret, which is stored hashed and can never be shown again. From `expires` on
    it opens nothing. Raises BadToken with a sentence for what cannot be."""
    chosen = checked_scopes(user, scopes)
    if expires is not None and not timezone.now() < expires <= timezone.now() + LONGEST:
        raise BadToken("A token expires some time in the next ten years, or never.")
    made, secret = ApiToken.objects.create(
        user=user, name=cleaned(name) or "token", scopes=chosen, expiry=None
    )
    token: ApiToken = made
    if expires is not None:  # the manager takes how long from now
        token.expiry = expires.astimezone(UTC)
        token.save(update_fields=["expiry"])
    if limit is not None:
        gates.limit_token(token, limit)
    return token, secret


def checked_scopes(user: Any, scopes: Iterable[str]) -> list[str]:
    """In their own order."""
    wanted = set(scopes)
    unknown = wanted.difference(ApiToken.SCOPES)
    if unknown:
        raise BadToken(
            f"There is no scope {min(unknown)[:40]!r}; there are read, write, chat, export, activity and admin."
        )
    if not wanted:
        raise BadToken
    if "admin" in wanted and not user.is_staff:
        raise BadToken("Only staff can make a token with the scope admin.")
    return [scope for scope in ApiToken.SCOPES if scope in wanted]


def cleaned(name: str) -> str:
    """A name on one line."""
    return " ".join(clean_text(name).split())[:NAME_LENGTH]


@write()
def change_token(
    *, token: ApiToken, name: str | None = None, limit: TokenLimit | EllipsisType | None = ...
) -> None:
    """Another name, another limit in place of the one it had, none for None. Raises BadToken for what cannot be, and
    TokenGone."""
    _hold(token)
    if name is not None:
        token.name = cleaned(name)
        if not token.name:
            raise BadToken("A token needs a name.")
        token.save(update_fields=["name"])
    if not isinstance(limit, EllipsisType):
        gates.limit_token(token, limit)


@write()
def revoke_token(*, token: ApiToken) -> None:
    """From here on the token opens nothing, and nothing that waits is sent with it. Its limit goes with it, so replies
    that were asked for with it are asked to stop. Raises TokenGone."""
    _hold(token)
    end_tokens([token])


def end_tokens(tokens: Iterable[ApiToken]) -> int:
    """What `revoke_token` does, within the caller's transaction and for several. Returns how many there were."""
    keys = [token.public_id for token in tokens]
    count: int = ApiToken.objects.filter(public_id__in=keys).count()
    ApiToken.objects.filter(public_id__in=keys).delete()  # first: what ends here hands on to what waits
    asked = Reply.objects.unfinished().filter(api_token__in=keys)
    for chat in ChatSession.objects.filter(pk__in=asked.values("session")).order_by("pk").select_for_update():
        if asked.filter(session=chat).exists():  # it may have ended while the lock was waited for
            request_stop(chat=chat)
    return count


def _hold(token: ApiToken) -> None:
    """Nobody else changes or revokes it until the end of the transaction."""
    if ApiToken.objects.select_for_update().filter(pk=token.pk).first() is None:
        raise TokenGone


def sweep() -> bool:
    """Expired tokens go, some time after they were last of use."""
    gone = list(ApiToken.objects.filter(expiry__lt=timezone.now() - KEPT))
    if gone:
        with write():
            end_tokens(gone)
    return False


def note_use(*, token: ApiToken) -> None:
    """When a token was last used, to the minute: reads must not all become writes."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        with write():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
