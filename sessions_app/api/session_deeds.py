"""What programs do with sessions: branch, copy, merge, bring back; and where their context begins."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions import branching, organising, purging, versions
from sessions_app.actions.errors import NotPossible
from sessions_app.models import ChatSession, Message

from . import examples
from .answers import ApiView, must_write
from .given import Given, Nothing, given
from .idempotency import once
from .operations import Gives, operation
from .session_changes import chat_of, own_of
from .shapes import SessionShape, session_shape

MADE = ["not_now", "not_possible", "under_way"]


class Branching(Given):
    message: (
        Annotated[UUID, Field(description="The last message it has; without it the last shown.")] | None
    ) = None


class Merging(Given):
    into: Annotated[UUID, Field(description="One's own session whose end the messages go to.")]


class Unmerging(Given):
    first: Annotated[UUID, Field(description="The `first` that the merge gave.")] | None = None


class MergedShape(TypedDict):
    """`first` is the first of the copies, by which the merge is taken back; null where there was nothing to copy."""

    session: SessionShape
    first: UUID | None


class ContextShape(TypedDict):
    """What is sent to the model begins after the message `context_from`; null: with the first."""

    session: UUID
    context_from: UUID | None


class Branch(ApiView):
    @operation(
        "branch_session", "Branch a session", tag="Sessions", scope="write", takes=Branching,
        example={"message": examples.ANSWER_ID}, headers=["Idempotency-Key"],
        gives={201: Gives(SessionShape, "The new session.", examples.BRANCH)}, refuses=MADE,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A new session of one's own with copies of the messages up to one of them. A copy costs nothing. While it is
        being made the same key is refused as `under_way`."""
        chat = chat_of(request, pk)
        wanted = given(request, Branching)

        def make() -> Response:
            made = branching.branch_session(message=end_of(chat, wanted.message), owner=request.user)
            return Response(session_shape(made), status=201)

        return once(request, "branch_session", [pk, wanted.model_dump()], make, apart=True)


def end_of(chat: ChatSession, key: UUID | None) -> Message:
    rows = Message.objects.filter(session=chat).kept().select_related("session")
    if key is not None:
        return get_object_or_404(rows, pk=key)
    last = rows.shown().last()
    if last is None:
        raise NotPossible("There is no message yet to branch from.")
    return last


class Duplicate(ApiView):
    @operation(
        "duplicate_session", "Duplicate a session", tag="Sessions", scope="write", takes=Nothing,
        headers=["Idempotency-Key"],
        gives={201: Gives(SessionShape, "The copy.", examples.COPY)}, refuses=MADE,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A new session of one's own with copies of all messages in all their versions. While it is being made the
        same key is refused as `under_way`."""
        chat = chat_of(request, pk)
        given(request, Nothing)

        def make() -> Response:
            made = branching.duplicate_session(chat=chat, owner=request.user)
            return Response(session_shape(made), status=201)

        return once(request, "duplicate_session", [pk], make, apart=True)


class Merge(ApiView):
    @operation(
        "merge_session", "Merge a session into another", tag="Sessions", scope="write", takes=Merging,
        example={"into": examples.BRANCH_ID},
        gives={
            200: Gives(
                MergedShape, "What it was merged into.",
                {"session": examples.BRANCH, "first": examples.ASKED_ID},
            )
        },
        refuses=["not_now", "not_possible", "deleted"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Copies of its shown messages go to the end of the other, and it goes into the archive. Both are one's own. It
        is merged once: asked again it is refused, so that nothing is there twice."""
        source = really_own(request, pk)
        target = really_own(request, given(request, Merging).into)
        first = branching.merge_session(source=source, target=target, person=request.user)
        return Response({"session": session_shape(really_own(request, target.pk)), "first": first})


class Unmerge(ApiView):
    @operation(
        "unmerge_session", "Take a merge back", tag="Sessions", scope="write", takes=Unmerging,
        example={"first": examples.ASKED_ID},
        gives={200: Gives(SessionShape, "What had been merged, in the list again.", examples.SESSION)},
        refuses=["not_now", "not_possible", "deleted"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """The copies are deleted as one. Refused where the conversation went on below them. Without `first` they stay, and it
        only leaves the archive."""
        source = really_own(request, pk)
        branching.unmerge_session(source=source, first=given(request, Unmerging).first)
        return Response(session_shape(really_own(request, pk)))


def really_own(request: Request, pk: UUID) -> ChatSession:
    """A chat of one's own; that of another is missing, for a member too."""
    return get_object_or_404(ChatSession.objects.owned_by(request.user), pk=pk)


class Restore(ApiView):
    @operation(
        "restore_session", "Bring a session back", tag="Sessions", scope="write", takes=Nothing,
        gives={200: Gives(SessionShape, "As it is now.", examples.SESSION)}, refuses=["read_only"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A deleted one comes back to where it was, the archive too; one that is in the archive, into the list. One that
        is in the list stays as it is."""
        given(request, Nothing)
        gone = ChatSession.objects.deleted_by(request.user).filter(pk=pk).first()
        if gone is not None:
            organising.restore_sessions(chats=[gone])
        else:
            chat = own_of(request, pk)
            if chat.archived_at is not None:
                organising.archive(chats=[chat], on=False)
        return Response(session_shape(chat_of(request, pk)))


class Purge(ApiView):
    @operation(
        "purge_session", "Delete a session for good", tag="Sessions", scope="write", takes=Nothing,
        gives={204: Gives(None, "It is out of reach for good.")}, refuses=["not_now"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """One that is deleted already (`DELETE` with `permanent=true`). What it cost stays in the ledger, without text."""
        chat = get_object_or_404(ChatSession.objects.deleted_by(request.user), pk=pk)
        given(request, Nothing)
        purging.purge_session(chat=chat)
        return Response(status=204)


CONTEXT = {"session": examples.SESSION_ID, "context_from": examples.ANSWER_ID}


class ClearContext(ApiView):
    @operation(
        "clear_context", "Let the context begin anew", tag="Sessions", scope="write", takes=Nothing,
        gives={200: Gives(ContextShape, "Where it begins now.", CONTEXT)}, refuses=["read_only", "deleted"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """What is shown so far stays and is not sent to the model any more."""
        chat = must_write(request, chat_of(request, pk))
        given(request, Nothing)
        versions.clear_context(chat=chat)
        return Response(context_shape(chat_of(request, pk)))


class RestoreContext(ApiView):
    @operation(
        "restore_context", "Send the whole conversation again", tag="Sessions", scope="write", takes=Nothing,
        gives={200: Gives(ContextShape, "Where it begins now.", CONTEXT | {"context_from": None})},
        refuses=["read_only", "deleted"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """What was left out of the context is sent to the model again."""
        chat = must_write(request, chat_of(request, pk))
        given(request, Nothing)
        versions.restore_context(chat=chat)
        return Response(context_shape(chat_of(request, pk)))


def context_shape(chat: ChatSession) -> ContextShape:
    return {"session": chat.pk, "context_from": chat.context_from_id}
