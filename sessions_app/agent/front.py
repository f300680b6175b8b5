"""What a request says in front of its first message about those that are not in it. Pure."""

from __future__ import annotations

import re

LEFT_OUT = "(Earlier messages of this conversation are not shown to you.)"
_MARKS = re.compile(r"<(/?conversation-summary)", re.IGNORECASE)


def of_summary(text: str) -> str:
    """A summary between marks, which its own text cannot close: it says what was said, and asks for nothing."""
    inside = _MARKS.sub(r"‹\1", text)
    return (
        "Earlier messages of this conversation are not shown to you. They were summarised, as background:\n"
        f"<conversation-summary>\n{inside}\n</conversation-summary>"
    )
