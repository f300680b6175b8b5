"""Names of files as people see them. They are shown and sent, never used as a path."""

from __future__ import annotations

import re
import unicodedata

from sessions_app.rendering import clean_text
from sessions_app.rendering.clean import TURNING

MOST = 120
_SEPARATORS = re.compile(r"[/\\]")


def shown_name(given: str) -> str:
    """The last part of a path, on one line, without what hides or turns its letters; at most 120 characters, the
    ending kept."""
    name = _SEPARATORS.split(clean_text(given))[-1]
    name = unicodedata.normalize("NFC", TURNING.sub("", name))
    name = " ".join(name.split()).strip(". ") or "file"
    if len(name) <= MOST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 12:
        return name[:MOST]
    return f"{stem[: MOST - len(ending) - 2]}….{ending}"
