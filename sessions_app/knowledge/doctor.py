"""What is checked of videos: that all passages that can be found are in the index, and nothing else."""

from __future__ import annotations

from uuid import UUID

from sessions_app.doctor import Finding, Findings, FurtherCheck

from . import index

FOUND = "current passages and their index match"


def found(chat: UUID | None) -> Findings:
    """Of the whole workspace: no passage is of a session."""
    for key in [] if chat else index.unmatched():
        yield Finding(
            FOUND,
            f"passage {key}",
            "is only in the index, or not in it: manage.py reindex_transcripts --missing",
        )


CHECK = FurtherCheck(FOUND, found)
