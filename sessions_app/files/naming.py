"""Names of files as people see them. They are shown and sent, never used as a path."""

from __future__ import annotations

import re
import unicodedata

from sessions_app.rendering import clean_text

MOST = 120
_SEPARATORS = re.compile(r"[/\\]")
# Marks that turn the direction of what follows could make "gpj.exe" look like "exe.jpg".
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def shown_name(given: str) -> str:
    """The last part of a path, on one line, without what hides or turns its letters; at most 120 characters, the
    ending kept."""
    name = _SEPARATORS.split(clean_text(given))[-1]
    name = unicodedata.normalize("NFC", _TURNING.sub("", name))
    name = " ".join(name.split()).strip(". ") or "file"
    if len(name) <= MOST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 12:
        return name[:MOST]
    return f"{stem[: MOST - len(ending) - 2]}….{ending}"
