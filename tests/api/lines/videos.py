"""Videos, their transcripts, and which of them a session is about."""

from __future__ import annotations

from sessions_app.knowledge.models import Creator
from sessions_app.models import ChatSession, User
from tests.knowledge.kept import passage_of, video_of

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    Creator.objects.get_or_create(user=alice)
    video = video_of(alice)
    passage_of(video)
    return {"video": str(video.pk)}


NEW = {"title": "Mine", "url": "https://videos.example.org/mine"}
CUES = {"text": "0:05 Hold the blade low.\n0:10 Then push.\n"}

LINES = {
    "list_videos": Line("GET", "chat/videos", 200, 200),
    "make_video": Line("POST", "chat/videos", 201, 403, body=NEW),
    "get_video": Line("GET", "chat/videos/{video}", 200, MISSING),
    "change_video": Line("PATCH", "chat/videos/{video}", 200, MISSING, body=NEW),
    "delete_video": Line("DELETE", "chat/videos/{video}", 204, MISSING),
    "list_transcripts": Line("GET", "chat/videos/{video}/transcripts", 200, MISSING),
    "add_transcript": Line("POST", "chat/videos/{video}/transcripts", 201, MISSING, body=CUES),
    "get_transcript": Line("GET", "chat/videos/{video}/transcripts/1", 200, MISSING),
    "search_videos": Line("GET", "chat/videos/search?q=blade", 200, 200),
    "get_session_videos": Line("GET", "chat/sessions/{chat}/videos", 200, MISSING),
    "choose_session_videos": Line(
        "PUT", "chat/sessions/{chat}/videos", 200, MISSING, body={"videos": ["{video}"]}
    ),
}
