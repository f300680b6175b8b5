"""Marking messages."""

from __future__ import annotations

from typing import Any

from sessions_app.models import ChatSession, Mark, Message
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import Refused

COMMENT_LIMIT = 1000


class NoSuchMessage(Refused):
    kind = "not_found"
    status = 404
    sentence = "There is no such message."


class BadRating(Refused):
    kind = "bad_rating"
    sentence = "An answer is rated 1 (good) or -1 (bad); people's own messages are not rated."


@write()
def rate_message(*, message: Message, user: Any, value: int, comment: str = "") -> Mark:
    """Rate an answer in a chat this person owns or is a member of. A second rating replaces the first, which keeps
    its time."""
    if not ChatSession.objects.for_user(user).filter(pk=message.session_id).exists():
        raise NoSuchMessage
    if value not in (-1, 1) or message.role != Message.Role.ASSISTANT:
        raise BadRating
    values = {"value": value, "comment": clean_text(comment).strip()[:COMMENT_LIMIT]}
    mark, _ = Mark.objects.update_or_create(
        message=message, user=user, kind=Mark.Kind.RATING, defaults=values
    )
    return mark
