"""Addresses of the pages of videos, below /videos/ and /sessions/ID/videos/. The views of each part lie in a file of their
own, and so do their addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from . import urls_sessions

urlpatterns: list[URLPattern | URLResolver] = [
    *urls_sessions.urlpatterns,
]
