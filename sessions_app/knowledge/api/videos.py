"""Videos for programs: those their person may see, and one's own to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.errors import Refused
from sessions_app.api import examples
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import person_of
from sessions_app.api.given import Flag, Given, Paged, Text, Whole, Words, asked, given
from sessions_app.api.idempotency import once
from sessions_app.api.operations import Gives, Listed, operation
from sessions_app.api.pagination import page_of
from sessions_app.api.preconditions import must_match
from sessions_app.knowledge.actions.videos import BadVideo, Contents, add_video, change_video, delete_video
from sessions_app.knowledge.models import Video
from sessions_app.transactions import write

from .shapes import VIDEO, VideoShape, video_shape, video_shapes, with_beside

TAG = "Videos"
MOST_WORDS, MOST_VIEWERS, LONGEST = 10, 200, 359_999_000  # under a hundred hours
ENTERED: dict[str, Any] = {
    name: VIDEO[name]
    for name in ("title", "url", "description", "language", "length_ms", "visibility", "viewers")
}
FIELDS = {"length": "length_ms", "people": "viewers"}  # as the action calls them
Visibility = Literal["private", "listed", "everyone"]
Length = Annotated[
    int, Whole, Field(ge=1000, le=LONGEST, description="Milliseconds; it is kept to the second.")
]
Viewers = Annotated[
    list[Text],
    Field(max_length=MOST_VIEWERS, description="Usernames of those who may see it, where it is `listed`."),
]


class VideosAsked(Paged):
    mine: Annotated[Flag | None, Field(description="true: only your own; false: only others'.")] = None
    words: Annotated[Words, Field(max_length=200, description="All in the title or the description.")] = ""
    language: Annotated[
        Words, Field(max_length=20, description="A BCP 47 tag; `en` has those of `en-GB` too.")
    ] = ""


class NewVideo(Given):
    title: Annotated[Text, Field(description="1 to 200 characters.")]
    url: Annotated[Text, Field(max_length=2000, description="Where it is, by http or https.")]
    description: Annotated[Text, Field(max_length=20_000)] = ""
    language: Annotated[Text, Field(max_length=20, description="A BCP 47 tag.")] = "en"
    length_ms: Length | None = None
    visibility: Visibility = "private"
    viewers: Viewers = []


class VideoChange(Given):
    """What is not named stays."""

    title: Text | None = None
    url: Annotated[Text, Field(max_length=2000)] | None = None
    description: Annotated[Text, Field(max_length=20_000)] | None = None
    language: Annotated[Text, Field(max_length=20)] | None = None
    length_ms: Length | None = None
    visibility: Visibility | None = None
    viewers: Annotated[Viewers, Field(description="These and no others.")] | None = None


def video_of(request: Request, pk: UUID) -> Video:
    """One this person may see; the missing and the foreign are the same 404."""
    return get_object_or_404(with_beside(Video.objects.for_user(request.user)), pk=pk)


def own_of(request: Request, pk: UUID) -> Video:
    """One this person brought."""
    return get_object_or_404(Video.objects.of_creator(request.user), pk=pk)


def held(request: Request, pk: UUID) -> Video:
    """One's own as it stays until the end of the transaction, if it is still what `If-Match` names."""
    get_object_or_404(Video.objects.of_creator(request.user).select_for_update(), pk=pk)
    row = with_beside(Video.objects.all()).get(pk=pk)
    must_match(request, video_shape(row, request.user))
    return row


def told(request: Request, pk: UUID) -> VideoShape:
    return video_shape(with_beside(Video.objects.all()).get(pk=pk), request.user)


class WrongFields(Refused):
    kind = "bad_video"
    sentence = "Something of this video is not as it must be; `fields` says what."

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.fields = {FIELDS.get(name, name): [words] for name, words in problems.items()}

    def facts(self) -> dict[str, Any]:
        return {"fields": self.fields}


@contextmanager
def told_by_field() -> Iterator[None]:
    """What an action says of what was entered, as the problem of each field."""
    try:
        yield
    except BadVideo as problem:
        raise WrongFields(problem.problems) from None


def contents_of(wanted: NewVideo) -> Contents:
    values = wanted.model_dump(exclude={"length_ms", "viewers"})
    return Contents(**values, length=typed(wanted.length_ms), people=", ".join(wanted.viewers))


def changed_contents(row: Any, wanted: VideoChange) -> Contents:
    """Those of the row but for what is named."""
    kept = {name: getattr(row, name) for name in ("title", "description", "url", "language", "visibility")}
    named = wanted.model_dump(exclude_none=True, exclude={"length_ms", "viewers"})
    viewers = wanted.viewers
    if viewers is None:
        viewers = [each.user.get_username() for each in row.listed if each.user.is_active]
    length = typed(row.length_ms if wanted.length_ms is None else wanted.length_ms)
    return Contents(**{**kept, **named}, length=length, people=", ".join(viewers))


def typed(length_ms: int | None) -> str:
    """A length as it is typed."""
    return "" if length_ms is None else str(max(1, length_ms // 1000))


def looked_for(wanted: VideosAsked, person: Any) -> QuerySet[Video]:
    rows = Video.objects.for_user(person)
    if wanted.mine is not None:
        rows = rows.filter(creator=person.pk) if wanted.mine else rows.exclude(creator=person.pk)
    if wanted.language:
        tag = wanted.language
        rows = rows.filter(Q(language__iexact=tag) | Q(language__istartswith=f"{tag}-"))
    for word in wanted.words.split()[:MOST_WORDS]:
        rows = rows.filter(Q(title__icontains=word) | Q(description__icontains=word))
    return rows


class Videos(ApiView):
    @operation(
        "list_videos", "List videos", tag=TAG, scope="read", query=VideosAsked,
        gives={200: Gives(Listed[VideoShape], "Newest first.", examples.listed(VIDEO))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Your own, those of everyone, and those you are listed for."""
        rows = with_beside(looked_for(asked(request, VideosAsked), person_of(request)))
        return page_of(request, rows, lambda found: video_shapes(found, request.user), "-pk")

    @operation(
        "make_video", "Add a video", tag=TAG, scope="write", takes=NewVideo, example=ENTERED,
        headers=["Idempotency-Key"], gives={201: Gives(VideoShape, "The new video.", VIDEO | {"transcript": None})},
        refuses=["not_creator", "bad_video"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """For creators, a role that staff grant. A file of your own is brought on the page `/videos/new/`."""
        wanted = given(request, NewVideo)

        def make() -> Response:
            with told_by_field():
                row = add_video(creator=person_of(request), contents=contents_of(wanted))
            return Response(told(request, row.pk), status=201)

        return once(request, "make_video", wanted.model_dump(), make)


class OneVideo(ApiView):
    @operation(
        "get_video", "Read about a video", tag=TAG, scope="read", headers=["If-None-Match"],
        gives={200: Gives(VideoShape, "The video.", VIDEO)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(video_shape(video_of(request, pk), request.user))

    @operation(
        "change_video", "Change a video", tag=TAG, scope="write", takes=VideoChange, example={"visibility": "everyone"},
        headers=["If-Match"], gives={200: Gives(VideoShape, "As it is now.", VIDEO | {"visibility": "everyone"})},
        refuses=["bad_video"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        """Your own. Made private it is found for nobody else from then on; what answers said of it before keep its title."""
        wanted = given(request, VideoChange)
        with told_by_field(), write():
            row = held(request, pk)
            change_video(video=row, contents=changed_contents(row, wanted))
        return Response(told(request, pk))

    @operation(
        "delete_video", "Delete a video", tag=TAG, scope="write", headers=["If-Match"],
        gives={204: Gives(None, "It is gone, and nothing of it is found.")},
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        with write():
            delete_video(video=held(request, pk))
        return Response(status=204)
