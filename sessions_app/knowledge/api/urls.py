"""Addresses of the operations about videos, below /api/chat/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from sessions_app.api.answers import live
from sessions_app.api.urls import both

from . import chosen, looking, transcripts, videos

urlpatterns: list[URLPattern | URLResolver] = [
    *both("chat/videos", videos.Videos.as_view(), "videos"),
    *both("chat/videos/search", live(looking.SearchVideos.as_view()), "videos_search"),
    *both("chat/videos/<uuid:pk>", videos.OneVideo.as_view(), "video"),
    *both("chat/videos/<uuid:pk>/transcripts", transcripts.Transcripts.as_view(), "video_transcripts"),
    *both(
        "chat/videos/<uuid:pk>/transcripts/<int:number>",
        transcripts.OneTranscript.as_view(),
        "video_transcript",
    ),
    *both("chat/sessions/<uuid:pk>/videos", chosen.Chosen.as_view(), "session_videos"),
]
