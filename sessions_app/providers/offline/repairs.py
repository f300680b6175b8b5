"""Questions for repair guides: which are asked, and what is called for them. Only where the words say so plainly: how to
fix something else is no question for the offline assistant."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection

from sessions_app.providers.base import ToolCallRequested

FIND, READ = "search_repair_guides", "read_repair_guide"
LOOKING = "Looking at iFixit's repair guides."
_NUMBER = re.compile(r"\b(?:repair )?guide (?:no\. ?|number |id |#)?(\d{1,8})\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:repair guides?|ifixit(?: guides?)?) (?:for|of|about|on|to)\s+(?:(?:repair|fix|replace|replacing|repairing)\s+)?"
    r"(?:(?:my|the|an?|our)\s+)?(?P<subject>\S[^?.!\n]{1,100})",
    re.IGNORECASE,
)


def repair_call(question: str, offered: Collection[str]) -> ToolCallRequested | None:
    """The call that answers a question for a guide; None for every other question."""
    if not re.search(r"repair guide|ifixit", question, re.IGNORECASE):
        return None
    if READ in offered and (number := _NUMBER.search(question)):
        return _call(READ, {"guide_id": int(number[1]) or 1})
    if FIND in offered and (found := _SUBJECT.search(question)):
        return _call(FIND, {"query": " ".join(found["subject"].split())})
    return None


def _call(name: str, given: dict[str, object]) -> ToolCallRequested:
    return ToolCallRequested(f"toolu_offline_{uuid.uuid4().hex[:20]}", name, given)
