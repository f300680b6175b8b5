"""Videos with what is said in them, and answers that refer to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessions_app.agent.passages import Passage as Told
from sessions_app.agent.passages import key_of, path_to
from sessions_app.knowledge import index
from sessions_app.knowledge.models import Passage, Transcript, Video, VideoViewer
from sessions_app.models import ChatSession, Message, Reply
from sessions_app.transactions import write

MARKER = "quillwort"  # a word of every passage here, and of nothing else
TITLE = "Sharpening a chisel"


def video_of(creator: Any, *, viewers: Sequence[Any] = (), **values: Any) -> Video:
    row = Video.objects.create(
        creator=creator,
        **{"title": TITLE, "url": "https://videos.example.org/chisel", "length_ms": 600_000, **values},
    )
    VideoViewer.objects.bulk_create(VideoViewer(video=row, user=each) for each in viewers)
    return row


def passage_of(video: Video, text: str = f"Hold the blade low, {MARKER}.", start_ms: int = 83_200) -> Passage:
    """One passage in the version in use."""
    row, _ = Transcript.objects.get_or_create(
        video=video,
        number=1,
        defaults={"format": "vtt", "text": text, "current": True, "status": "ready", "maker": video.creator},
    )
    row.cues = [*row.cues, [start_ms, start_ms + 5_000, "", text]]
    row.save()
    number = Passage.objects.filter(transcript=row).count()
    made = Passage.objects.create(
        video=video, transcript=row, number=number, start_ms=start_ms, end_ms=start_ms + 40_000, text=text
    )
    with write():
        index.add([made])
    return made


def told(passage: Passage, similarity: float = 0.71) -> Told:
    return Told(
        key_of(passage.pk),
        str(passage.video_id),
        passage.video.title,
        passage.start_ms,
        passage.end_ms,
        similarity,
        passage.text,
    )


def citation(passage: Passage) -> dict[str, Any]:
    """As an answer keeps it."""
    kept = told(passage).kept
    return {
        "url": path_to(kept["video"], kept["start_ms"], kept["key"]),
        "title": kept["title"],
        "cited": "",
        "video": kept["video"],
        "passage": kept["key"],
        "start_ms": kept["start_ms"],
        "end_ms": kept["end_ms"],
        "similarity": kept["similarity"],
    }


def cites(chat: ChatSession, *passages: Passage, text: str = "Keep it low", **values: Any) -> Message:
    """A question with a card of these passages, and its answer that refers to them; the path goes on with it."""
    last = chat.messages.filter(active=True).order_by("-position").first()
    position = last.position + 1 if last else 1
    card = {
        "kind": "card", "turn": 0, "card": "context", "source": "Videos", "severity": "info", "link": "", "events": [],
        "at": 0, "topic": "", "title": f"{len(passages)} passages", "text": "\n".join(each.video.title for each in passages),
        "passages": [told(each).kept for each in passages],
        "videos": [str(key) for key in dict.fromkeys(each.video_id for each in passages)],
    }  # fmt: skip
    asked = Message.objects.create(
        session=chat, parent=last, role="user", author=chat.owner, content="How low?", position=position,
        parts=[card, {"kind": "text", "turn": 0, "text": "How low?"}],
    )  # fmt: skip
    parts = [{"kind": "text", "turn": 1, "text": text, "citations": [citation(each) for each in passages]}]
    row = Message.objects.create(
        session=chat, parent=asked, role="assistant", content=text, position=position + 1, model="offline",
        **{"parts": parts, **values},
    )  # fmt: skip
    config = {"provider": "offline", "model": "offline"}
    Reply.objects.create(message=row, session=chat, status="complete", model_config=config)
    ChatSession.objects.filter(pk=chat.pk).update(message_count=position + 1)
    chat.refresh_from_db()
    return row
