"""The videos that a session is about, for programs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.paths import locked
from sessions_app.actions.settings import MOST_VIDEOS
from sessions_app.api.answers import ApiView, must_write
from sessions_app.api.authentication import person_of
from sessions_app.api.given import Given, given
from sessions_app.api.operations import Gives, operation
from sessions_app.api.preconditions import must_match
from sessions_app.api.session_changes import chat_of
from sessions_app.knowledge.actions.choosing import choose_videos
from sessions_app.knowledge.models import Video
from sessions_app.models import ChatSession
from sessions_app.transactions import write

from .shapes import VIDEO, VIDEO_ID, VideoShape, video_shapes, with_beside
from .videos import TAG

EXAMPLE: dict[str, Any] = {"videos": [VIDEO], "hidden": 0}


class ChosenShape(TypedDict):
    """Answers draw on these videos, as far as whoever asks may see them then."""

    videos: Annotated[list[VideoShape], Field(description="In the order in which they were chosen.")]
    hidden: Annotated[int, Field(description="How many others chose that you may not see, or that are gone.")]


class Choice(Given):
    videos: Annotated[
        list[UUID],
        Field(max_length=MOST_VIDEOS, description="These, and those that others chose and you may not see."),
    ]


def chosen_shape(chat: ChatSession, person: Any) -> ChosenShape:
    keys = [str(key) for key in chat.settings.get("videos") or []]
    found = (
        {str(row.pk): row for row in with_beside(Video.objects.for_user(person)).filter(pk__in=keys)}
        if keys
        else {}
    )
    seen = [found[key] for key in keys if key in found]
    return {"videos": video_shapes(seen, person), "hidden": len(keys) - len(seen)}


class Chosen(ApiView):
    @operation(
        "get_session_videos", "The videos of a session", tag=TAG, scope="read", headers=["If-None-Match"],
        gives={200: Gives(ChosenShape, "Those that are chosen.", EXAMPLE)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(chosen_shape(chat_of(request, pk), request.user))

    @operation(
        "choose_session_videos", "Choose the videos of a session", tag=TAG, scope="write", takes=Choice,
        example={"videos": [VIDEO_ID]}, headers=["If-Match"],
        gives={200: Gives(ChosenShape, "As it is now.", EXAMPLE)}, refuses=["read_only", "deleted", "no_such_video"],
    )  # fmt: skip
    def put(self, request: Request, pk: UUID) -> Response:
        """An empty list takes all of yours out."""
        chat = must_write(request, chat_of(request, pk))
        wanted = given(request, Choice)
        with write():
            now = locked(chat.pk)
            must_match(request, chosen_shape(now, request.user))
            choose_videos(chat=now, person=person_of(request), videos=wanted.videos)
        return Response(chosen_shape(chat_of(request, pk), request.user))
