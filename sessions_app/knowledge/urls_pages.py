"""Addresses of videos: the list, the page of one, its files."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import files, player, videos

urlpatterns: list[URLPattern] = [
    path("videos/", videos.videos, name="videos"),
    path("videos/new/", videos.new, name="video_new"),
    path("videos/<uuid:pk>/", videos.video, name="video"),
    path("videos/<uuid:pk>/player/", player.player, name="video_player"),
    path("videos/<uuid:pk>/edit/", videos.edit, name="video_edit"),
    path("videos/<uuid:pk>/delete/", videos.delete, name="video_delete"),
    path("videos/<uuid:pk>/restore/", videos.restore, name="video_restore"),
    path("videos/<uuid:pk>/file/", files.file, name="video_file"),
    path("videos/<uuid:pk>/thumbnail/", files.thumbnail, name="video_thumbnail"),
    path("videos/<uuid:pk>/captions/", files.captions, name="video_captions"),
]
