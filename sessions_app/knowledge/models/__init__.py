"""Tables of knowledge."""

from .answers import Reference, SessionCreator, VideoAnswer
from .videos import Creator, Passage, PassageVector, Transcript, Video, VideoViewer

__all__ = [
    "Creator",
    "Passage",
    "PassageVector",
    "Reference",
    "SessionCreator",
    "Transcript",
    "Video",
    "VideoAnswer",
    "VideoViewer",
]
