"""Transcripts are brought: each becomes the next version."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Max

from sessions_app.actions.errors import Refused
from sessions_app.knowledge.models import Passage, Transcript, Video
from sessions_app.transactions import write

_TIMED = re.compile(r"(\d+):(\d\d)\s+(.+)")


class BadTranscript(Refused):
    """Nothing of it can be used; `line` from 1."""

    kind = "bad_transcript"
    sentence = "Nothing of this transcript can be used."

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"Line {line}: {reason}")

    def facts(self) -> dict[str, Any]:
        return {"line": self.line, "reason": self.reason}


def take_transcript(
    *, video: Video, maker: Any, raw: bytes | str, source: str = "", format: str | None = None
) -> Transcript:
    text = raw.decode() if isinstance(raw, bytes) else raw
    found = [match for line in text.splitlines() if (match := _TIMED.match(line))]
    if not found:
        raise BadTranscript(1, "No time was found here.")
    starts = [(int(each[1]) * 60 + int(each[2])) * 1000 for each in found]
    cues: list[Any] = [
        [start, end, "", match[3]]
        for start, end, match in zip(starts, [*starts[1:], starts[-1] + 5_000], found, strict=True)
    ]
    with write():
        last = Transcript.objects.filter(video=video).aggregate(last=Max("number"))["last"] or 0
        Transcript.objects.filter(video=video).update(current=False)
        Passage.objects.filter(video=video).update(current=False)
        row = Transcript.objects.create(
            video=video, number=last + 1, format=format or "text", source=source, text=text, cues=cues,
            status="ready", done=len(cues), total=len(cues), current=True, maker=maker,
        )  # fmt: skip
        Passage.objects.bulk_create(
            Passage(video=video, transcript=row, number=at, start_ms=cue[0], end_ms=cue[1], text=cue[3])
            for at, cue in enumerate(cues)
        )
    return row
