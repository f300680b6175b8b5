"""A person's tokens for programs: looked at with any of them, made and changed in a browser alone. A token revokes
itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import AwareDatetime, Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app import gates
from sessions_app.actions.tokens import NAME_LENGTH, change_token, make_token, revoke_token
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken

from . import examples
from .answers import ApiView
from .authentication import key_of, must_be_browser
from .given import Given, Paged, Storable, Whole, asked, given
from .operations import Gives, Listed, operation
from .pagination import page_of
from .shapes import Money, money

OTHERS = "This takes a browser's session: a token can revoke itself, no other token."
Scope = Literal["read", "write", "chat", "export", "activity", "admin"]
Measure = Literal["money", "tokens", "requests"]
Period = Annotated[
    Literal["day", "month", "ever"],
    Field(description="Days and months of the workspace's time zone; `ever` is in all."),
]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), Storable()]


class TokenLimitShape(TypedDict):
    """`limit` and `used` are a decimal text in USD for money, else numbers of tokens or messages (requests)."""

    measure: Measure
    period: Period
    limit: Money | int
    used: Money | int
    resets_at: Annotated[datetime | None, Field(description="Null where it never starts again.")]


class TokenShape(TypedDict):
    """A token, without its secret."""

    id: UUID
    name: str
    scopes: Annotated[list[Scope], Field(description="`admin` only as long as its person is staff.")]
    prefix: Annotated[str, Field(description="How it begins.")]
    created_at: datetime
    expires_at: Annotated[datetime | None, Field(description="From then on it opens nothing; null: never.")]
    last_used_at: Annotated[datetime | None, Field(description="To the minute.")]
    limit: TokenLimitShape | None


class NewTokenShape(TokenShape):
    """A token that was made now. `token` is its secret, which is told this once."""

    token: str


class MoneyGiven(Given):
    measure: Literal["money"]
    period: Period
    limit: Annotated[str, Field(pattern=r"^[0-9]{1,8}(\.[0-9]{1,10})?$", description="USD, as 2.50")]


class CountGiven(Given):
    measure: Literal["tokens", "requests"]
    period: Period
    limit: Annotated[int, Field(ge=1, le=10**15, description="Tokens, or messages."), Whole]


LimitGiven = Annotated[MoneyGiven | CountGiven, Field(discriminator="measure")]


class NewToken(Given):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)] = ["read", "write", "chat"]
    expires_at: Annotated[AwareDatetime, Field(description="In the next ten years.")] | None = None
    limit: LimitGiven | None = None


class TokenChange(Given):
    name: Name | None = None
    limit: Annotated[LimitGiven | None, Field(description="Null lifts it; left out it stays.")] = None


def token_shapes(tokens: Sequence[ApiToken]) -> list[TokenShape]:
    """Tokens with their person; one query for the limits of all, and what each of those counts."""
    limits = gates.token_limits(tokens)
    return [token_shape(token, limits.get(token.public_id)) for token in tokens]


def token_shape(token: ApiToken, limit: TokenLimit | None) -> TokenShape:
    scopes: list[Scope] = [scope for scope in token.scopes if token.allows(scope)]
    return {
        "id": token.public_id,
        "name": token.name,
        "scopes": scopes,
        "prefix": token.prefix,
        "created_at": token.created,
        "expires_at": token.expiry,
        "last_used_at": token.last_used_at,
        "limit": limit_shape(limit) if limit else None,
    }


def limit_shape(limit: TokenLimit) -> TokenLimitShape:
    def plain(value: Decimal | int) -> str | int:
        return money(Decimal(value)) or "0" if limit.measure == "money" else int(value)

    return {
        "measure": limit.measure,  # type: ignore[typeddict-item]
        "period": limit.period,  # type: ignore[typeddict-item]
        "limit": plain(limit.limit),
        "used": plain(limit.used),
        "resets_at": limit.resets_at,
    }


def limit_of(wanted: MoneyGiven | CountGiven | None) -> TokenLimit | None:
    if wanted is None:
        return None
    amount = Decimal(wanted.limit) if isinstance(wanted, MoneyGiven) else wanted.limit
    return TokenLimit(wanted.measure, wanted.period, amount)


def token_of(request: Request, pk: UUID) -> ApiToken:
    rows = ApiToken.objects.for_user(request.user).select_related("user")
    token: ApiToken = get_object_or_404(rows, public_id=pk)
    return token


class Tokens(ApiView):
    @operation(
        "list_tokens", "List your tokens", tag="Tokens", scope="read", query=Paged,
        gives={200: Gives(Listed[TokenShape], "Newest first, expired ones too.", examples.listed(examples.TOKEN))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The secret of a token is told once, when it is made."""
        asked(request, Paged)
        rows = ApiToken.objects.for_user(request.user).select_related("user")
        return page_of(request, rows, token_shapes, "-created", "-public_id")

    @operation(
        "create_token", "Make a token", tag="Tokens", scope="write", takes=NewToken,
        example={"name": "Nightly report", "scopes": ["read", "chat"], "expires_at": "2027-01-01T00:00:00Z",
                 "limit": {"measure": "money", "period": "month", "limit": "5.00"}},
        gives={201: Gives(NewTokenShape, "The new token, with its secret.", examples.NEW_TOKEN)},
        refuses=["session_needed", "bad_token"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Only with a browser's session: a token makes no tokens. Its secret is in this answer and nowhere else."""
        must_be_browser(request)
        new = given(request, NewToken)
        token, secret = make_token(
            user=request.user,
            name=new.name,
            scopes=new.scopes,
            expires=new.expires_at,
            limit=limit_of(new.limit),
        )
        return Response({**token_shapes([token])[0], "token": secret}, status=201)


class OneToken(ApiView):
    @operation(
        "get_token", "Read a token", tag="Tokens", scope="read", headers=["If-None-Match"],
        gives={200: Gives(TokenShape, "The token.", examples.TOKEN)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(token_shapes([token_of(request, pk)])[0])

    @operation(
        "change_token", "Rename or limit a token", tag="Tokens", scope="write", takes=TokenChange,
        example={"limit": {"measure": "requests", "period": "day", "limit": 100}},
        gives={200: Gives(TokenShape, "As it is now.", examples.TOKEN)},
        refuses=["session_needed", "bad_token"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        """Only with a browser's session. Scopes and expiry stay: make another token for those."""
        must_be_browser(request)
        token = token_of(request, pk)
        wanted = given(request, TokenChange)
        limit = limit_of(wanted.limit) if "limit" in wanted.model_fields_set else ...
        change_token(token=token, name=wanted.name, limit=limit)
        return Response(token_shapes([token])[0])

    @operation(
        "revoke_token", "Revoke a token", tag="Tokens", scope="write",
        gives={204: Gives(None, "It opens nothing any more.")}, refuses=["session_needed"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """A token revokes itself; others of its person only with a browser's session. What waits to be sent with it goes
        on waiting until its author sends it otherwise. Answers asked for with it that are not finished are stopped."""
        token, used = token_of(request, pk), key_of(request)
        if used is None or used.pk != token.pk:
            must_be_browser(request, OTHERS)
        revoke_token(token=token)
        return Response(status=204)


class CurrentToken(ApiView):
    """The token that the request comes with; there is none in a browser."""

    @operation(
        "current_token", "The token in use", tag="Tokens", scope="read", headers=["If-None-Match"],
        gives={200: Gives(TokenShape, "The token.", examples.TOKEN)}, refuses=["not_found"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(token_shapes([in_use(request)])[0])

    @operation(
        "revoke_current_token", "Revoke the token in use", tag="Tokens", scope="write",
        gives={204: Gives(None, "This was its last request.")}, refuses=["not_found"],
    )  # fmt: skip
    def delete(self, request: Request) -> Response:
        """Answers asked for with it that are not finished are stopped."""
        revoke_token(token=in_use(request))
        return Response(status=204)


def in_use(request: Request) -> ApiToken:
    token = key_of(request)
    if token is None:
        raise Http404
    return token
