"""Addresses of videos in conversations."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from .views import sessions

urlpatterns: list[URLPattern | URLResolver] = [
    path("videos/choose/", sessions.choose, name="videos_choose"),
    path("videos/passages/<str:key>/", sessions.passage, name="video_passage"),
    path("videos/<uuid:pk>/ask/", sessions.ask, name="video_ask"),
    path("sessions/<uuid:pk>/videos/", sessions.choose, name="session_videos"),
    path("sessions/<uuid:pk>/videos/chosen/", sessions.chosen, name="session_videos_chosen"),
    path("sessions/<uuid:pk>/videos/about/", sessions.about, name="session_videos_about"),
]
