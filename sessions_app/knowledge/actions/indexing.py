"""Transcripts become passages."""

from __future__ import annotations

from collections.abc import Callable

from sessions_app.knowledge.models import Video

AFTER: list[Callable[[Video], None]] = []  # called with the video of each transcript that is ready
