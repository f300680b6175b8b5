"""The person who asks, and with what. It stands here because limits do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app.queries.budgets import standings
from sessions_app import shortcuts
from sessions_app.actions.people import set_preferences
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import person_of
from sessions_app.api.given import Asked, Given, Text, asked, given
from sessions_app.api.operations import Gives, operation
from sessions_app.models import ApiToken, User

from . import examples
from .limits import LimitShape, limit_shape


class PreferencesShape(TypedDict):
    time_zone: Annotated[str | None, Field(description="An IANA name; null: that of the site.")]
    shortcuts: Annotated[bool, Field(description="Whether pages listen for keys.")]
    video_questions: Annotated[
        bool, Field(description="Whether creators may read what you ask about their videos.")
    ]


class TokenInUseShape(TypedDict):
    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


class MeShape(TypedDict):
    id: int
    username: str
    email: str
    name: str
    plan: Literal["free", "premium"]
    staff: bool
    time_zone: Annotated[str, Field(description="The one that days are counted in for you.")]
    preferences: PreferencesShape
    thread: Annotated[str, Field(description="Id of your own thread.")]
    limits: Annotated[list[LimitShape], Field(description="What counts your use, the fullest first.")]
    token: Annotated[TokenInUseShape | None, Field(description="null where a browser's session asks.")]


class PreferencesChange(Given):
    """What is not named stays; null takes a choice back."""

    time_zone: Annotated[Text | None, Field(description="An IANA name, as Europe/Berlin.")] = None
    shortcuts: bool | None = None
    video_questions: bool | None = None


class MeChange(Given):
    preferences: PreferencesChange


class Me(ApiView):
    @operation(
        "get_me", "Who asks", tag="Workspace", scope="read", query=Asked, headers=["If-None-Match"],
        gives={200: Gives(MeShape, "You, your limits, and the token in use.", examples.ME)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Asked)
        return Response(me_shape(request, User.objects.get(pk=person_of(request).pk)))

    @operation(
        "change_me", "Change one's preferences", tag="Workspace", scope="write", takes=MeChange,
        example={"preferences": {"time_zone": "Europe/Berlin"}},
        gives={200: Gives(MeShape, "As it is now.", examples.ME)}, refuses=["bad_preference"],
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        """What is not named stays; null takes a choice back."""
        wanted = given(request, MeChange).preferences
        set_preferences(
            person=request.user, **{name: getattr(wanted, name) for name in wanted.model_fields_set}
        )
        return Response(me_shape(request, User.objects.get(pk=person_of(request).pk)))


def me_shape(request: Request, person: User) -> MeShape:
    everyones = person_of(request).is_staff
    return {
        "id": person.pk,
        "username": person.username,
        "email": person.email,
        "name": person.get_full_name(),
        "plan": person.plan,  # type: ignore[typeddict-item]  # choices of the model
        "staff": person.is_staff,
        "time_zone": str(person.zone),
        "preferences": preferences_shape(person),
        "thread": f"user-{person.pk}",
        "limits": [limit_shape(each, person, everyones=everyones) for each in standings(person)],
        "token": token_shape(request.auth),
    }


def preferences_shape(person: User) -> PreferencesShape:
    kept: Any = person.preferences if isinstance(person.preferences, dict) else {}
    zone = kept.get("time_zone")
    return {
        "time_zone": zone if isinstance(zone, str) else None,
        "shortcuts": shortcuts.heard(person),
        "video_questions": kept.get("video_questions") is not False,
    }


def token_shape(token: Any) -> TokenInUseShape | None:
    if not isinstance(token, ApiToken):
        return None
    return {
        "id": token.public_id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": token.created,
        "expires_at": token.expiry,
    }
