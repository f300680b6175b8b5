"""What is said in a video, for programs: versions of its transcript, and the cues of each."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from pydantic import BeforeValidator, Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.api import examples
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import person_of
from sessions_app.api.given import Asked, Given, Paged, Text, asked, given, number
from sessions_app.api.idempotency import once
from sessions_app.api.operations import Gives, Listed, operation
from sessions_app.api.pagination import page_of
from sessions_app.knowledge.actions.transcripts import take_transcript
from sessions_app.knowledge.models import Transcript

from .shapes import TRANSCRIPT, CuesShape, TranscriptShape, cues_shape, transcript_shape
from .videos import LONGEST, TAG, own_of, video_of

CUE = {"start_ms": 83200, "end_ms": 86900, "speaker": "", "text": "Hold the blade at twenty-five degrees,"}
BROUGHT = "WEBVTT\n\n00:01:23.200 --> 00:01:26.900\nHold the blade at twenty-five degrees,\n"
AROUND_TEXT = 10_000  # bytes of a body beside its text
Moment = Annotated[int, Field(ge=0, le=LONGEST), BeforeValidator(number)]


class NewTranscript(Given):
    text: Annotated[Text, Field(description="WebVTT, SRT, or plain text with times, whole.")]
    source: Annotated[Text, Field(max_length=200, description="The name of the file it comes from.")] = ""
    format: Annotated[
        Literal["vtt", "srt", "text"] | None, Field(description="Without it that is seen from the text.")
    ] = None


class CuesBetween(Asked):
    first_ms: Annotated[Moment, Field(description="Only cues that end at that moment, or later.")] = 0
    last_ms: Annotated[Moment | None, Field(description="Only cues that begin by that moment.")] = None


def versions(request: Request, pk: UUID) -> QuerySet[Transcript]:
    """Those of one's own video; of another's the one in use."""
    video = video_of(request, pk)
    rows = Transcript.objects.filter(video=video).select_related("maker").defer("text")
    return rows if video.creator_id == person_of(request).pk else rows.filter(current=True)


class Transcripts(ApiView):
    @operation(
        "list_transcripts", "List versions of a transcript", tag=TAG, scope="read", query=Paged,
        gives={200: Gives(Listed[TranscriptShape], "Newest first.", examples.listed(TRANSCRIPT))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """Of another's video there is only the version in use."""
        asked(request, Paged)
        rows = versions(request, pk).defer("text", "cues")
        return page_of(request, rows, lambda found: [transcript_shape(row) for row in found], "-number")

    @operation(
        "add_transcript", "Add a version of a transcript", tag=TAG, scope="write", takes=NewTranscript,
        example={"text": BROUGHT, "source": "chisel.vtt"}, headers=["Idempotency-Key"],
        gives={201: Gives(TranscriptShape, "The new version. A long one is indexed afterwards.", TRANSCRIPT)},
        refuses=["bad_transcript"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Of your own video. It is used as soon as it is `ready`, in place of the one before. Where nothing of it can be
        used nothing is kept, and the refusal says in which line and why."""
        video = own_of(request, pk)
        wanted = given(request, NewTranscript, most=2 * settings.MAX_TRANSCRIPT_BYTES + AROUND_TEXT)

        def make() -> Response:
            row = take_transcript(
                video=video,
                maker=person_of(request),
                raw=wanted.text,
                source=wanted.source,
                format=wanted.format,
            )
            return Response(transcript_shape(row), status=201)

        content = {"video": pk, **wanted.model_dump()}
        return once(request, "add_transcript", content, make, apart=True)


class OneTranscript(ApiView):
    @operation(
        "get_transcript", "Read a transcript", tag=TAG, scope="read", query=CuesBetween, headers=["If-None-Match"],
        gives={200: Gives(CuesShape, "A version with its cues.", TRANSCRIPT | {"cues": [CUE]})},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID, number: int) -> Response:
        wanted = asked(request, CuesBetween)
        row = get_object_or_404(versions(request, pk), number=number)
        return Response(cues_shape(row, wanted.first_ms, wanted.last_ms))
