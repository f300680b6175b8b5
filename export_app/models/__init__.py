"""Tables of what leaves and enters. Submodules are private; import from here."""

from .imports import ImportedSession, ImportItem, ImportJob
from .jobs import ExportJob, reads_texts
from .shares import ShareEntry, ShareFile, ShareLink

__all__ = [
    "ExportJob",
    "ImportItem",
    "ImportJob",
    "ImportedSession",
    "ShareEntry",
    "ShareFile",
    "ShareLink",
    "reads_texts",
]
