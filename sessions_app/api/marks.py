"""What people put on messages, for programs: reactions, notes and ratings. Whoever reads a message may mark it, once it is
finished; a mark belongs to who made it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from django.shortcuts import get_object_or_404
from pydantic import BeforeValidator, Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.marks import (
    COMMENT_LIMIT,
    LAST_PLACE,
    QUOTE_LIMIT,
    NoSuchMark,
    annotate,
    edit_note,
    rate_message,
    react,
    remove_mark,
    unrate_message,
)
from sessions_app.models import Mark
from sessions_app.rendering import clean_text
from sessions_app.rendering.emoji import single_emoji

from . import examples
from .answers import ApiView
from .given import Asked, Given, Paged, Text, Whole, asked, given
from .idempotency import once
from .messages import message_of
from .operations import Gives, Listed, operation
from .pagination import page_of
from .shapes import AuthorShape

UNFINISHED = ["not_now", "deleted"]


class MarkShape(TypedDict):
    id: UUID
    message: UUID
    kind: Annotated[str, Field(description="reaction, annotation or rating")]
    by: AuthorShape | None
    own: bool
    emoji: Annotated[str, Field(description="Of a reaction.")]
    rating: Annotated[int | None, Field(description="Of a rating: 1 is good, -1 bad.")]
    stars: Annotated[int | None, Field(description="Of a rating, where given: 1 to 5.")]
    comment: Annotated[str, Field(description="A note, or the reason of a rating.")]
    quote: Annotated[str, Field(description="The words a note is about; empty: the whole message.")]
    quote_at: Annotated[int | None, Field(description="Where they begin, in characters of the shown text.")]
    created_at: datetime


def mark_shape(mark: Mark, person: Any) -> MarkShape:
    return {
        "id": mark.pk,
        "message": mark.message_id,
        "kind": mark.kind,
        "by": {"id": mark.user_id, "username": mark.by} if mark.by else None,
        "own": mark.user_id == person.pk,
        "emoji": mark.emoji,
        "rating": mark.value,
        "stars": mark.stars,
        "comment": mark.comment,
        "quote": mark.quote,
        "quote_at": mark.quote_at,
        "created_at": mark.created_at,
    }


def mark_shapes(marks: Sequence[Mark], person: Any) -> list[MarkShape]:
    """Marks, whose people should have been selected."""
    return [mark_shape(mark, person) for mark in marks]


class Marked(Paged):
    kind: Literal["reaction", "annotation", "rating"] | None = None


class NewReaction(Given):
    emoji: Annotated[Text, Field(description="One emoji.")]


class OneEmoji(Asked):
    emoji: Annotated[Text, Field(description="Which reaction is taken back.", examples=["👍"])]


class NewNote(Given):
    comment: Annotated[Text, Field(description=f"{COMMENT_LIMIT:,} characters at most.")]
    quote: Annotated[
        Text, Field(max_length=QUOTE_LIMIT, description="The words it is about; empty: the whole message.")
    ] = ""
    quote_at: Annotated[
        int | None,
        Field(ge=0, le=LAST_PLACE, description="Where they begin, in characters of the shown text."),
        Whole,
    ] = None


class NoteChange(Given):
    comment: Annotated[Text, Field(description=f"{COMMENT_LIMIT:,} characters at most.")]


def no_flag(value: Any) -> Any:
    """To Python true is 1."""
    if isinstance(value, bool):
        raise ValueError("1, -1, good or bad.")
    return value


class Feedback(Given):
    rating: Annotated[
        Literal[1, -1, "good", "bad"],
        BeforeValidator(no_flag),
        Field(description="1 and good are the same, -1 and bad are."),
    ]
    stars: Annotated[int | None, Field(ge=1, le=5), Whole] = None
    comment: Annotated[Text, Field(max_length=COMMENT_LIMIT, description="Why.")] = ""


class Marks(ApiView):
    @operation(
        "list_marks", "List the marks of a message", tag="Marks", scope="read", query=Marked,
        gives={200: Gives(Listed[MarkShape], "Oldest first.", examples.listed(examples.MARK))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        wanted = asked(request, Marked)
        rows = Mark.objects.filter(message=message_of(request, pk)).shown()
        if wanted.kind:
            rows = rows.filter(kind=wanted.kind)
        return page_of(request, rows, partial(mark_shapes, person=request.user), "pk")


class React(ApiView):
    @operation(
        "react", "React to a message", tag="Marks", scope="write", takes=NewReaction, example={"emoji": "👍"},
        gives={200: Gives(MarkShape, "The reaction, now or before.", examples.MARK)},
        refuses=[*UNFINISHED, "bad_emoji", "too_many_reactions"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """The same emoji twice is one reaction."""
        message = message_of(request, pk)
        emoji = given(request, NewReaction).emoji
        react(message=message, user=request.user, emoji=emoji, wanted=True)
        own = Mark.objects.filter(message=message, user=request.user.pk, kind=Mark.Kind.REACTION)
        mark = own.filter(emoji=single_emoji(clean_text(emoji))).first()
        if mark is None:  # taken back by the same person in between
            raise NoSuchMark
        return Response(mark_shape(mark, request.user))

    @operation(
        "take_reaction_back", "Take a reaction back", tag="Marks", scope="write", query=OneEmoji,
        gives={204: Gives(None, "It is gone, or was none.")}, refuses=[*UNFINISHED, "bad_emoji"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        message = message_of(request, pk)
        emoji = asked(request, OneEmoji).emoji
        react(message=message, user=request.user, emoji=emoji, wanted=False)
        return Response(status=204)


class Annotate(ApiView):
    @operation(
        "annotate", "Put a note on a message", tag="Marks", scope="write", takes=NewNote,
        example={"comment": "Checked against the invoice."}, headers=["Idempotency-Key"],
        gives={201: Gives(MarkShape, "The note.", examples.NOTE)},
        refuses=[*UNFINISHED, "empty_note", "note_too_long", "too_many_notes"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Everybody who reads the message sees it."""
        message = message_of(request, pk)
        note = given(request, NewNote)

        def make() -> Response:
            mark = annotate(
                message=message, user=request.user, comment=note.comment, quote=note.quote, quote_at=note.quote_at
            )  # fmt: skip
            return Response(mark_shape(mark, request.user), status=201)

        return once(request, "annotate", {"of": pk, **note.model_dump()}, make, session=message.session_id)


class GiveFeedback(ApiView):
    @operation(
        "give_feedback", "Rate an answer", tag="Marks", scope="write", takes=Feedback,
        example={"rating": "good", "stars": 5, "comment": "Right to the cent."},
        gives={200: Gives(MarkShape, "One's rating as it is now.", examples.RATING)},
        refuses=[*UNFINISHED, "bad_rating"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A second rating of the same person takes the place of the first."""
        message = message_of(request, pk)
        said = given(request, Feedback)
        value = 1 if said.rating in (1, "good") else -1
        mark = rate_message(
            message=message, user=request.user, value=value, stars=said.stars, comment=said.comment
        )
        return Response(mark_shape(mark, request.user))

    @operation(
        "take_feedback_back", "Take a rating back", tag="Marks", scope="write",
        gives={204: Gives(None, "It is gone, or was none.")}, refuses=UNFINISHED,
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        unrate_message(message=message_of(request, pk), user=request.user)
        return Response(status=204)


def mark_of(request: Request, pk: UUID) -> Mark:
    """A mark on a message this person may read."""
    rows = Mark.objects.for_user(request.user).filter(message__deleted_at__isnull=True)
    return get_object_or_404(rows.select_related("message", "user"), pk=pk)


class OneMark(ApiView):
    @operation(
        "get_mark", "Read a mark", tag="Marks", scope="read", headers=["If-None-Match"],
        gives={200: Gives(MarkShape, "The mark.", examples.MARK)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(mark_shape(mark_of(request, pk), request.user))

    @operation(
        "change_mark", "Change a note", tag="Marks", scope="write", takes=NoteChange,
        example={"comment": "Checked twice."}, gives={200: Gives(MarkShape, "As it is now.", examples.NOTE)},
        refuses=[*UNFINISHED, "empty_note", "note_too_long"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        """One's own note; a rating is given again instead. What belongs to others is missing here."""
        mark = mark_of(request, pk)
        words = given(request, NoteChange).comment
        changed = edit_note(message=mark.message, user=request.user, mark=pk, comment=words)
        return Response(mark_shape(changed, request.user))

    @operation(
        "remove_mark", "Take a mark away", tag="Marks", scope="write",
        gives={204: Gives(None, "It is gone.")}, refuses=UNFINISHED,
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """One's own, of whatever kind. What belongs to others is missing here."""
        mark = mark_of(request, pk)
        remove_mark(message=mark.message, user=request.user, mark=pk)
        return Response(status=204)
