"""What programs get of videos: each shape stands beside the function that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from pydantic import Field
from typing_extensions import TypedDict

from sessions_app.agent.passages import Passage
from sessions_app.api.shapes import AuthorShape
from sessions_app.knowledge.models import Transcript, Video, VideoViewer

VIDEO_ID = "01938f2e-7a20-7cd1-8e3f-405162738495"
VIDEO: dict[str, Any] = {
    "id": VIDEO_ID,
    "creator": {"id": 7, "username": "alice"},
    "own": True,
    "title": "Sharpening a chisel",
    "description": "From the grindstone to the strop.",
    "url": "https://videos.example.org/chisel",
    "file": None,
    "language": "en",
    "length_ms": 754000,
    "visibility": "listed",
    "viewers": ["bob"],
    "transcript": 2,
    "created_at": "2026-11-30T09:00:00Z",
    "updated_at": "2026-11-30T09:20:00Z",
}
TRANSCRIPT: dict[str, Any] = {
    "number": 2,
    "format": "vtt",
    "source": "chisel.vtt",
    "status": "ready",
    "current": True,
    "done": 14,
    "total": 14,
    "problems": [{"line": 41, "reason": "This cue ends before it begins."}],
    "error": "",
    "maker": {"id": 7, "username": "alice"},
    "created_at": "2026-11-30T09:20:00Z",
}
PASSAGE: dict[str, Any] = {
    "key": "v1f3",
    "video": VIDEO_ID,
    "title": "Sharpening a chisel",
    "start_ms": 83200,
    "end_ms": 131000,
    "text": "Hold the blade at twenty-five degrees, and let the stone do the work.",
    "similarity": 0.71,
    "path": f"/videos/{VIDEO_ID}/?at=83.2&passage=v1f3",
}

Milliseconds = Annotated[int, Field(description="Milliseconds from the beginning.")]


class VideoFileShape(TypedDict):
    """The video's own file, where it has one."""

    name: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]


class VideoShape(TypedDict):
    id: UUID
    creator: AuthorShape
    own: Annotated[bool, Field(description="Yours: only those can be changed.")]
    title: str
    description: str
    url: Annotated[str, Field(description="Where it is, elsewhere; empty of one that is a file here.")]
    file: VideoFileShape | None
    language: Annotated[str, Field(description="A BCP 47 tag.")]
    length_ms: Annotated[int | None, Field(description="Null as long as nobody said it.")]
    visibility: Annotated[str, Field(description="private, listed or everyone")]
    viewers: Annotated[
        list[str] | None, Field(description="Usernames of those it is listed for; null of another's video.")
    ]
    transcript: Annotated[
        int | None, Field(description="The number of the version in use; null where there is none yet.")
    ]
    created_at: datetime
    updated_at: datetime


def with_beside(rows: QuerySet[Video]) -> QuerySet[Video]:
    """Videos with all that their shapes tell, in three queries."""
    viewers = VideoViewer.objects.select_related("user").order_by("user__username")
    used = Transcript.objects.filter(current=True).only("pk", "video_id", "number").order_by()
    return rows.select_related("creator").prefetch_related(
        Prefetch("viewers", viewers, to_attr="listed"), Prefetch("transcripts", used, to_attr="used")
    )


def video_shapes(rows: Sequence[Any], person: Any) -> list[VideoShape]:
    return [video_shape(row, person) for row in rows]


def video_shape(row: Any, person: Any) -> VideoShape:
    """Of a row of `with_beside`."""
    own = row.creator_id == person.pk
    return {
        "id": row.pk,
        "creator": {"id": row.creator_id, "username": row.creator.get_username()},
        "own": own,
        "title": row.title,
        "description": row.description,
        "url": row.url,
        "file": {"name": row.file_name, "media_type": row.media_type, "size": row.file_bytes}
        if row.file
        else None,
        "language": row.language,
        "length_ms": row.length_ms,
        "visibility": row.visibility,
        "viewers": [each.user.get_username() for each in row.listed] if own else None,
        "transcript": row.used[0].number if row.used else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


class LeftOutShape(TypedDict):
    """What was left out of a transcript, or mended."""

    line: int
    reason: str


class TranscriptShape(TypedDict):
    """A version of what is said in a video."""

    number: int
    format: Annotated[str, Field(description="vtt, srt or text")]
    source: Annotated[str, Field(description="The file it came from; empty if it was pasted.")]
    status: Annotated[str, Field(description="waiting, indexing, ready or failed")]
    current: Annotated[bool, Field(description="The version in use.")]
    done: Annotated[int, Field(description="Passages that can be found already.")]
    total: int
    problems: list[LeftOutShape]
    error: Annotated[str, Field(description="Why none of it could be used.")]
    maker: AuthorShape | None
    created_at: datetime


def transcript_shape(row: Transcript) -> TranscriptShape:
    return {
        "number": row.number,
        "format": row.format,
        "source": row.source,
        "status": row.status,
        "current": row.current,
        "done": row.done,
        "total": row.total,
        "problems": [{"line": int(line), "reason": str(reason)} for line, reason in row.problems],
        "error": row.error,
        "maker": {"id": row.maker.pk, "username": row.maker.get_username()} if row.maker else None,
        "created_at": row.created_at,
    }


class CueShape(TypedDict):
    """A piece of a transcript as its file has it."""

    start_ms: Milliseconds
    end_ms: Milliseconds
    speaker: str
    text: str


class CuesShape(TranscriptShape):
    cues: list[CueShape]


def cues_shape(row: Transcript, first_ms: int, last_ms: int | None) -> CuesShape:
    """With the cues that are said between these moments."""
    cues: list[CueShape] = [
        {"start_ms": start, "end_ms": end, "speaker": speaker, "text": text}
        for start, end, speaker, text in row.cues
        if end >= first_ms and (last_ms is None or start <= last_ms)
    ]
    return {**transcript_shape(row), "cues": cues}


class PassageShape(TypedDict):
    """A piece of a transcript that answers."""

    key: Annotated[str, Field(description="By which answers cite it.")]
    video: UUID
    title: str
    start_ms: Milliseconds
    end_ms: Milliseconds
    text: str
    similarity: Annotated[float, Field(description="0 to 1: how near it is to what was asked.")]
    path: Annotated[str, Field(description="The video's page at that second.")]


class PassagesShape(TypedDict):
    results: Annotated[list[PassageShape], Field(description="The best first.")]


def passages_shape(found: Sequence[Passage]) -> PassagesShape:
    return {
        "results": [
            {
                "key": each.key,
                "video": UUID(each.video),
                "title": each.title,
                "start_ms": each.start_ms,
                "end_ms": each.end_ms,
                "text": each.text,
                "similarity": round(each.similarity, 4),
                "path": each.path,
            }
            for each in found
        ]
    }
