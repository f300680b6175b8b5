"""Passages that answer a question, for programs."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from pydantic import BeforeValidator, Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.api.answers import ApiView, Later
from sessions_app.api.authentication import key_of, person_of
from sessions_app.api.given import Asked, Words, asked, number
from sessions_app.api.operations import Gives, operation
from sessions_app.knowledge.asking import find
from sessions_app.knowledge.retrieval import MOST, retrieve

from .shapes import PASSAGE, PassagesShape, passages_shape
from .videos import TAG

MOST_ASKED, MOST_NAMED = 50, 50


class Question(Asked):
    q: Annotated[
        Words, Field(min_length=1, max_length=500, description="A question, or words that answer it.")
    ]
    videos: Annotated[
        Words,
        Field(max_length=4_000, description="Keys of the only videos to look into, commas between them."),
    ] = ""
    limit: Annotated[
        int, Field(ge=1, le=MOST_ASKED, description="Passages at the most."), BeforeValidator(number)
    ] = MOST


class SearchVideos(ApiView):
    @operation(
        "search_videos", "Find passages", tag=TAG, scope="read", query=Question,
        gives={200: Gives(PassagesShape, "What answers best.", {"results": [PASSAGE]})},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Of all videos you may see, or of those that are named. One that you may not see is as if it were not there."""
        wanted = asked(request, Question)
        named = keys_of(wanted.videos)
        person = person_of(request).pk
        ask: dict[str, Any] = {
            "user_id": person,
            "question": wanted.q,
            "videos": named,
            "limit": wanted.limit,
        }
        if settings.EMBEDDING_MODEL:  # a provider is asked, which may take its time
            key = key_of(request)
            return Later(partial(by_meaning_too, ask | {"token": key.public_id if key else None}))
        return Response(passages_shape(retrieve(**ask)))


async def by_meaning_too(ask: dict[str, Any]) -> Response:
    return Response(passages_shape(await find(**ask)))


def keys_of(named: str) -> list[UUID] | None:
    """None where none are named."""
    rows = [each.strip() for each in named.split(",") if each.strip()]
    try:
        found = [UUID(each) for each in rows[: MOST_NAMED + 1]]
    except ValueError:
        raise ValidationError({"videos": ["Keys of videos, commas between them."]}) from None
    if len(found) > MOST_NAMED:
        raise ValidationError({"videos": [f"At most {MOST_NAMED}."]})
    return found or None
