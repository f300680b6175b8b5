"""One message for programs, and what can be done with it: rewrite, ask again, choose a version, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Count, F
from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.versions import (
    current,
    delete_message,
    edit_message,
    restore_messages,
    send_again,
    switch_version,
)
from sessions_app.models import ChatSession, Message, opening_words
from sessions_app.rendering.plain import one_line
from sessions_app.rendering.revisions import replaced, writers_of

from . import examples
from .answers import SENT, ApiView, must_write, sent_answer
from .authentication import key_of
from .given import Edit, Nothing, Paged, asked, given
from .idempotency import client_id_of
from .messages import NOT_SENT, Waiting, message_of
from .operations import Gives, Listed, operation
from .pagination import page_of
from .preconditions import must_match
from .shapes import MessageShape, PairShape, message_shapes

SAVED = {
    200: Gives(
        MessageShape | PairShape, "Saved: the message as it is now. Or sent again before, or as events.",
        examples.EDITED, headers=SENT[200].headers, or_streams=True,
    ),
    201: Gives(PairShape, "Sent again: a version beside it, whose answer grows.", examples.PAIR),
    202: SENT[202],
}  # fmt: skip
NOT_EDITED = [each for each in NOT_SENT if each != "path_changed"]


def told(request: Request, pk: UUID) -> MessageShape:
    """A message as it is now. Of everything that it tells, ETags are made."""
    return message_shapes([message_of(request, pk)], request.user)[0]


def meant(request: Request, message: Message) -> Callable[[], None]:
    """Raises where the message is not what `If-Match` names any more; asked within the transaction that changes it."""

    def still() -> None:
        if request.headers.get("If-Match"):
            rows = Message.objects.select_related("reply", "author")
            must_match(request, message_shapes([rows.get(pk=current(message).pk)], request.user)[0])

    return still


def written(request: Request, pk: UUID) -> Message:
    """A message in a session this person may write in."""
    message = message_of(request, pk)
    must_write(request, message.session)
    return message


class DeletionShape(TypedDict):
    """What was deleted together. `POST /api/chat/messages/DELETION/restore` brings it back."""

    deletion: Annotated[UUID, Field(description="The message that was deleted.")]
    session: UUID
    count: Annotated[int, Field(description="How many went: it and what followed it, in all versions.")]
    content: Annotated[str, Field(description="How its text begins.")]
    deleted_at: datetime
    inside: Annotated[
        bool, Field(description="Whether the message above was deleted since: that one comes back first.")
    ]


def deletion_shapes(tops: Sequence[Any]) -> list[DeletionShape]:
    """Deletions, by the messages they began with; one more query for all of them."""
    gone = Message.objects.filter(deletion__in=[top.pk for top in tops], deleted_at__isnull=False).order_by()
    counts = dict(gone.values_list("deletion").annotate(count=Count("pk")))
    return [
        {
            "deletion": top.pk,
            "session": top.session_id,
            "count": counts.get(top.pk, 1),
            "content": one_line(top.begin, 120),
            "deleted_at": top.deleted_at,
            "inside": top.above is not None,
        }
        for top in tops
    ]


def deletions(chat: ChatSession) -> Any:
    """The messages with which deletions of a chat began."""
    gone = Message.objects.filter(session=chat, active=False, deleted_at__isnull=False, deletion=F("pk"))
    known = gone.annotate(begin=opening_words(), above=F("parent__deleted_at"))
    return known.only("session", "deleted_at")


class OneMessage(ApiView):
    @operation(
        "get_message", "Read a message", tag="Messages", scope="read", headers=["If-None-Match"],
        gives={200: Gives(MessageShape, "The message.", examples.ANSWER)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(told(request, pk))

    @operation(
        "replace_message", "Rewrite a message", tag="Messages", scope="chat", takes=Edit, query=Waiting,
        example={"content": "What did November cost?"}, headers=["If-Match", "Idempotency-Key"], gives=SAVED,
        refuses=[*NOT_EDITED, "not_now"],
    )  # fmt: skip
    def put(self, request: Request, pk: UUID) -> Response:
        """As `PATCH`."""
        return self._written(request, pk)

    @operation(
        "edit_message", "Edit a message", tag="Messages", scope="chat", takes=Edit, query=Waiting,
        example={"content": "What did November cost?", "send": True}, headers=["If-Match", "Idempotency-Key"],
        gives=SAVED, refuses=[*NOT_EDITED, "not_now"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        """Of a person's message; an answer is not rewritten. Saved, it stays in its place with what follows it, and its
        former text is kept (`revisions`). With `send` the text stands beside it as another version, and is answered: as
        a send, under one `client_id` (or `Idempotency-Key` of at most 64 characters) once."""
        return self._written(request, pk)

    def _written(self, request: Request, pk: UUID) -> Response:
        message = written(request, pk)
        asked(request, Waiting)
        edit = given(request, Edit)
        named = client_id_of(request, edit.client_id)
        still = meant(request, message)
        if edit.send:
            sent = send_again(
                message=message, author=request.user, content=edit.content, client_id=named,
                model=edit.model or "", attachments=edit.attachments, still=still, token=key_of(request),
            )  # fmt: skip
            return sent_answer(request, sent)
        edit_message(message=message, person=request.user, content=edit.content, still=still)
        return Response(told(request, pk))

    @operation(
        "delete_message", "Delete a message", tag="Messages", scope="write", headers=["If-Match"],
        gives={200: Gives(DeletionShape, "It is deleted, with what followed it.", examples.DELETION)},
        refuses=["read_only", "deleted", "not_now", "not_possible"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """With everything below it, in all versions; the version beside it is shown then. Not while a reply runs in the
        session. `restore` brings it back."""
        message = written(request, pk)
        deletion = delete_message(message=message, still=meant(request, message))
        return Response(deletion_shapes([deletions(message.session).get(pk=deletion)])[0])


class Restore(ApiView):
    @operation(
        "restore_message", "Bring a deleted message back", tag="Messages", scope="write", takes=Nothing,
        gives={200: Gives(MessageShape, "It is back, with what was deleted with it.", examples.ASKED)},
        refuses=["read_only", "deleted", "not_possible"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """By the key of the message that was deleted. It is shown, unless a reply runs elsewhere in the session."""
        rows = Message.objects.for_user(request.user).select_related("session")
        message = get_object_or_404(rows, pk=pk)
        chat = must_write(request, message.session)
        given(request, Nothing)
        restore_messages(chat=chat, deletion=pk)
        return Response(told(request, pk))


class Deleted(ApiView):
    @operation(
        "list_deleted_messages", "List deleted messages", tag="Messages", scope="read", query=Paged,
        gives={200: Gives(Listed[DeletionShape], "Newest deletion first.", examples.listed(examples.DELETION))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """Of one's own session, by the deletions that took them."""
        asked(request, Paged)
        chat = get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk, owner=request.user.pk)
        return page_of(request, deletions(chat), deletion_shapes, "-deleted_at", "-pk")


class Versions(ApiView):
    @operation(
        "list_versions", "List the versions of a message", tag="Messages", scope="read", query=Paged,
        gives={200: Gives(Listed[MessageShape], "Oldest first.", examples.listed(examples.ASKED))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """What stands in its place, itself included: questions that were sent again, answers that were asked for again."""
        asked(request, Paged)
        message = message_of(request, pk)
        rows = Message.objects.filter(session=message.session_id, parent=message.parent_id, role=message.role)
        rows = rows.kept().select_related("reply", "author")
        return page_of(request, rows, partial(message_shapes, person=request.user), "created_at", "pk")


class Switch(ApiView):
    @operation(
        "switch_version", "Show this version", tag="Messages", scope="write", takes=Nothing,
        gives={200: Gives(MessageShape, "The path through it is the shown one.", examples.ASKED)},
        refuses=["read_only", "deleted", "not_now", "not_possible"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Not while a reply runs in the session."""
        message = written(request, pk)
        given(request, Nothing)
        switch_version(message=message)
        return Response(told(request, pk))


class RevisionShape(TypedDict):
    number: Annotated[int, Field(description="From 1, the oldest.")]
    content: str
    parts: list[dict[str, Any]]
    replaced_at: Annotated[datetime | None, Field(description="Null where it is not known.")]
    replaced_by: Annotated[str, Field(description="Who did; empty where nobody is known.")]


class Revisions(ApiView):
    @operation(
        "list_revisions", "List the former texts of a message", tag="Messages", scope="read",
        gives={200: Gives(Listed[RevisionShape], "Newest first, all of them.", examples.listed(examples.REVISION))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        message = message_of(request, pk)
        names = writers_of([message])
        rows = [revision_shape(number, each, names) for number, each in enumerate(message.revisions, 1)]
        return Response({"results": rows[::-1], "next": None, "previous": None})


def revision_shape(number: int, former: dict[str, Any], names: dict[int, str]) -> RevisionShape:
    at, by = replaced(former, names)
    parts = [
        {name: value for name, value in part.items() if name != "raw"} for part in former.get("parts", [])
    ]
    return {
        "number": number,
        "content": former["content"],
        "parts": parts,
        "replaced_at": at,
        "replaced_by": by,
    }
