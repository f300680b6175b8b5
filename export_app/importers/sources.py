"""Which of the importers reads what stands in a file: known by its shape, never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from . import chatgpt, claude
from .base import BadFile, Parsed
from .chatgpt_content import Assets
from .containers import OWN, Container
from .parsing import Element, parse, too_much

log = structlog.get_logger("export_app.imports")
WORKSPACE, CHATGPT, CLAUDE = "workspace", "chatgpt", "claude"
STRANGE = "It is not written as such files were until now, and cannot be read."
UNKNOWN = (
    "This is JSON, but holds no conversations of a kind that is known here: this app's own, ChatGPT's and "
    "Claude's data exports are."
)


@contextmanager
def read(element: Element, container: Container) -> Iterator[tuple[str, Parsed | None]]:
    """The source an element of a file comes from, a value of `ImportJob.Source`, and the session it is; "" and None
    where it is no session. Raises BadFile with a sentence for whatever is wrong with it. A large one is read by a child
    process; what it gives can be walked until it is left."""
    from . import heavy

    if not element.readable:
        raise BadFile(too_much(element), element.line)
    if element.light:
        yield here(element, container.asset)
    else:
        with heavy.read(element, container) as found:
            yield found


def here(element: Element, asset: Assets) -> tuple[str, Parsed | None]:
    """The same, read at once; its bytes are in memory."""
    if OWN.match(element.start):
        return WORKSPACE, _own(element)
    data = parse(element)
    source = source_of(data)
    try:
        return source, _parsed(source, data, element, asset)
    except (TypeError, ValueError, KeyError, AttributeError) as problem:  # formats that change without a word
        log.warning("unknown shape", source=source, problem=type(problem).__name__)
        raise BadFile(STRANGE, element.line) from problem


def source_of(data: Any) -> str:
    if isinstance(data, dict) and data.get("format") == "workspace-session":
        return WORKSPACE
    if chatgpt.looks_so(data):
        return CHATGPT
    return CLAUDE if claude.looks_so(data) else ""


def _parsed(source: str, data: Any, element: Element, asset: Assets) -> Parsed | None:
    match source:
        case "workspace":
            return _own(element)
        case "chatgpt":
            return chatgpt.parse(data, asset)
        case "claude":
            return claude.parse(data)
    return None


def _own(element: Element) -> Parsed:
    from . import workspace  # reads its schema

    return workspace.read_session(element.data or b"", first_line=element.line)
