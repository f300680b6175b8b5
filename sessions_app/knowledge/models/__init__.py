"""Tables of knowledge."""

from .answers import Reference, SessionCreator, VideoAnswer
from .figures import CreatorDay
from .videos import Creator, Passage, PassageVector, Transcript, Video, VideoViewer

__all__ = [
    "Creator",
    "CreatorDay",
    "Passage",
    "PassageVector",
    "Reference",
    "SessionCreator",
    "Transcript",
    "Video",
    "VideoAnswer",
    "VideoViewer",
]
