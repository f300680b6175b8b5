"""Transcripts are taken in, each as the next version of its video, and former versions used again."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from sessions_app.actions.errors import Refused
from sessions_app.knowledge.models import Transcript, Video
from sessions_app.knowledge.transcripts.problems import Unreadable
from sessions_app.knowledge.transcripts.reading import Read, read_transcript
from sessions_app.transactions import write

from .indexing import UNFINISHED, index_soon, supersede


class BadTranscript(Refused):
    """Nothing of it can be used; `line` from 1."""

    kind = "bad_transcript"
    sentence = "Nothing of this transcript can be used."

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"Line {line}: {reason}")

    def facts(self) -> dict[str, Any]:
        return {"line": self.line, "reason": self.reason}


class TranscriptTooLarge(Refused):
    kind = "too_large"
    status = 413
    sentence = "This transcript is too large."

    def __init__(self) -> None:
        most = settings.MAX_TRANSCRIPT_BYTES / 1_000_000
        super().__init__(f"This transcript is too large: at most {most:g} MB are read.")


class VideoGone(Refused):
    kind = "deleted"
    status = 404
    sentence = "This video was deleted."


def take_transcript(
    *, video: Video, maker: Any, raw: bytes | str, source: str = "", format: str | None = None
) -> Transcript:
    """The next version, which is indexed at once or in the background. Refused with line and reason where nothing of it
    can be used; nothing is written then."""
    read = read_or_refuse(raw, length_ms=video.length_ms, format=format)
    with write():
        transcript = keep_transcript(video=video, maker=maker, read=read, source=source)
    index_soon(transcript)
    transcript.refresh_from_db(fields=("status", "current", "done", "total", "error"))
    return transcript


def use_version(*, transcript: Transcript) -> None:
    """An older version is the one in use again: at once, or when it is indexed."""
    with write():
        video = _locked(transcript.video_id)
        rows = Transcript.objects.filter(pk=transcript.pk)
        if rows.filter(current=True, status=Transcript.Status.READY).exists():
            supersede(video)
            return
        supersede(video)
        rows.update(status=Transcript.Status.WAITING, done=0, error="")
    index_soon(transcript)


def read_or_refuse(raw: bytes | str, *, length_ms: int | None, format: str | None = None) -> Read:
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode(errors="surrogatepass"))
    if size > settings.MAX_TRANSCRIPT_BYTES:
        raise TranscriptTooLarge
    try:
        return read_transcript(raw, length_ms=length_ms, format=format)
    except Unreadable as problem:
        raise BadTranscript(problem.line, problem.reason) from problem


def keep_transcript(*, video: Video, maker: Any, read: Read, source: str) -> Transcript:
    """Within a transaction; `index_soon` comes after it. The newest version where it is the same: sent twice."""
    video = _locked(video.pk)
    cues = [cue.row for cue in read.cues]
    newest = Transcript.objects.filter(video=video).first()
    if (
        newest
        and (newest.current or newest.status in UNFINISHED)
        and (newest.text, newest.cues, newest.source) == (read.text, cues, source[:200])
    ):
        return newest
    supersede(video)
    return Transcript.objects.create(
        video=video,
        number=newest.number + 1 if newest else 1,
        format=read.format,
        source=source[:200],
        text=read.text,
        cues=cues,
        problems=read.problems,
        maker=maker,
    )


def _locked(key: Any) -> Video:
    video = Video.objects.select_for_update().filter(pk=key, deleted_at__isnull=True).first()
    if video is None:
        raise VideoGone
    return video
