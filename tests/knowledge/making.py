"""Videos and transcripts for tests, and small files of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from sessions_app.knowledge.models import Creator, Passage, Transcript, Video, VideoViewer
from sessions_app.models import User

FILES = Path(__file__).with_name("files")
CUES = [
    [0, 4000, "Ada", "Welcome to the harbour."],
    [4000, 9000, "Ada", "Ships come in at the north pier."],
    [9000, 15500, "Ben", "And how do they know <where> to go?"],
    [83200, 88000, "Ada", "The pilot tells them."],
]


def film(name: str = "short.webm", called: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(called or name, (FILES / name).read_bytes())


def make_creator(person: User) -> User:
    Creator.objects.create(user=person)
    return person


def make_video(creator: User, **values: Any) -> Video:
    viewers = values.pop("viewers", ())
    video = Video.objects.create(
        **{"creator": creator, "title": "Harbour tour", "url": "https://example.org/v", **values}
    )
    VideoViewer.objects.bulk_create(VideoViewer(video=video, user=person) for person in viewers)
    return video


def add_transcript(video: Video, cues: list[Any] | None = None, **values: Any) -> Transcript:
    """A version in use, with one passage for each cue."""
    cues = CUES if cues is None else cues
    Transcript.objects.filter(video=video).update(current=False)
    number = Transcript.objects.filter(video=video).count() + 1
    row = Transcript.objects.create(
        video=video, number=number, cues=cues,
        **{"text": "WEBVTT", "format": "vtt", "status": "ready", "current": True, **values},
    )  # fmt: skip
    Passage.objects.bulk_create(
        Passage(video=video, transcript=row, number=at, start_ms=start, end_ms=end, text=text)
        for at, (start, end, _, text) in enumerate(cues)
    )
    return row
