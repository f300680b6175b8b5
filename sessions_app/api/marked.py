"""The marks of a message, counted, as it tells them itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

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


@dataclass(slots=True)
class Marks:
    """Of one message: those of a kind and value (`kind`, `emoji`, `value`) with their `count` and how many are the
    reader's `own`, and the reader's rating."""

    groups: list[dict[str, Any]] = field(default_factory=list)
    own_rating: Mark | None = None


def is_rating(group: dict[str, Any]) -> bool:
    return bool(group["kind"] == Mark.Kind.RATING)


def marks_shape(marks: Marks) -> MarksShape:
    reactions = [group for group in marks.groups if group["kind"] == Mark.Kind.REACTION]
    ratings = {group["value"]: group["count"] for group in marks.groups if is_rating(group)}
    notes = [group["count"] for group in marks.groups if group["kind"] == Mark.Kind.ANNOTATION]
    return {
        "reactions": [
            {"emoji": group["emoji"], "count": group["count"], "own": bool(group["own"])}
            for group in reactions
        ],
        "notes": sum(notes),
        "good": ratings.get(1, 0),
        "bad": ratings.get(-1, 0),
        "own_rating": rating_shape(marks.own_rating) if marks.own_rating else None,
    }


def rating_shape(mark: Mark) -> RatingShape:
    return {"rating": 1 if mark.value == 1 else -1, "stars": mark.stars, "comment": mark.comment}
