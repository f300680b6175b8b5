"""Which of the importers reads what stands in a file: known by its shape, never by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from export_app.document import FORMAT

from . import chatgpt, claude
from .base import BadFile, Parsed
from .containers import Container

log = structlog.get_logger("export_app.imports")
STRANGE = "It is not written as such files were until now, and cannot be read."
UNKNOWN = (
    "This is JSON, but holds no conversations of a kind that is known here: this app's own, ChatGPT's and "
    "Claude's data exports are."
)


def source_of(data: Any) -> str:
    """The source a session of this shape comes from, a value of `ImportJob.Source`; empty where it is none."""
    if isinstance(data, Mapping) and data.get("format") == FORMAT:
        return "workspace"
    if chatgpt.looks_so(data):
        return "chatgpt"
    return "claude" if claude.looks_so(data) else ""


def parse(data: Any, container: Container) -> Parsed:
    """One session of a file. Raises BadFile with a sentence for whatever is wrong with it."""
    try:
        return _parse(data, container)
    except (TypeError, ValueError, KeyError, AttributeError) as problem:  # formats that change without a word
        log.warning("unknown shape", source=source_of(data), problem=type(problem).__name__)
        raise BadFile(STRANGE) from problem


def _parse(data: Any, container: Container) -> Parsed:
    match source_of(data):
        case "workspace":
            from . import workspace  # its schema is read when it is needed

            return workspace.parse(data)
        case "chatgpt":
            return chatgpt.parse(data, container.asset)
        case "claude":
            return claude.parse(data)
    raise BadFile("It is no conversation of a kind that is known here.")
