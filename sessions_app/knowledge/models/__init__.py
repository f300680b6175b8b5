"""Tables of knowledge."""

from .answers import Reference, SessionCreator, VideoAnswer
from .figures import CreatorDay
from .videos import Creator, EmbeddingRun, Passage, PassageVector, Transcript, Video, VideoViewer

__all__ = [
    "Creator",
    "CreatorDay",
    "EmbeddingRun",
    "Passage",
    "PassageVector",
    "Reference",
    "SessionCreator",
    "Transcript",
    "Video",
    "VideoAnswer",
    "VideoViewer",
]
