"""Addresses of transcripts, and of bringing many videos at once."""

from __future__ import annotations

from django.urls import path

from .views import transcripts

urlpatterns = [
    path("videos/import/", transcripts.videos_import, name="videos_import"),
    path("videos/<uuid:pk>/transcripts/", transcripts.transcripts, name="video_transcripts"),
    path("videos/<uuid:pk>/transcripts/<uuid:transcript>/use/", transcripts.use, name="transcript_use"),
]
