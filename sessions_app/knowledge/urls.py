"""Addresses of the pages of videos, below /videos/ and /sessions/ID/videos/. The views of each part lie in a file of their
own, and so do their addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from . import urls_pages, urls_sessions, urls_transcripts

urlpatterns: list[URLPattern | URLResolver] = [
    *urls_transcripts.urlpatterns,
    *urls_sessions.urlpatterns,
    *urls_pages.urlpatterns,
]
