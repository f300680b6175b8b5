"""The marks of a message, counted, as it tells them itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from sessions_app.models import Mark


class ReactionShape(TypedDict):
    emoji: str
    count: int
    own: bool


class RatingShape(TypedDict):
    rating: Annotated[Literal[1, -1], Field(description="1 is good, -1 bad.")]
    stars: Annotated[int | None, Field(ge=1, le=5)]
    comment: str


class MarksShape(TypedDict):
    """What people put on a message, counted; all of it is at `/api/chat/messages/ID/marks`."""

    reactions: list[ReactionShape]
    notes: int
    good: int
    bad: int
    own_rating: RatingShape | None


def marks_shape(marks: Sequence[Mark], person: int | None) -> MarksShape:
    """Marks of one message, oldest first."""
    reactions: dict[str, ReactionShape] = {}
    for mark in marks:
        if mark.kind == Mark.Kind.REACTION:
            each = reactions.setdefault(mark.emoji, {"emoji": mark.emoji, "count": 0, "own": False})
            each["count"] += 1
            each["own"] |= person is not None and mark.user_id == person
    ratings = [mark for mark in marks if mark.kind == Mark.Kind.RATING]
    own = next((mark for mark in ratings if person is not None and mark.user_id == person), None)
    return {
        "reactions": list(reactions.values()),
        "notes": sum(mark.kind == Mark.Kind.ANNOTATION for mark in marks),
        "good": sum(mark.value == 1 for mark in ratings),
        "bad": sum(mark.value == -1 for mark in ratings),
        "own_rating": rating_shape(own) if own else None,
    }


def rating_shape(mark: Mark) -> RatingShape:
    return {"rating": 1 if mark.value == 1 else -1, "stars": mark.stars, "comment": mark.comment}
