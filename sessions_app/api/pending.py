"""Messages that wait for the running reply to end, for programs: read, change, hurry or take them back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.messages import Sent
from sessions_app.actions.pending import edit_pending, hurry_pending, remove_pending
from sessions_app.models import Message, PendingMessage, Reply

from . import examples
from .answers import SENT, ApiView, must_write, sent_answer
from .authentication import key_of
from .given import Given, Nothing, Paged, Text, asked, given
from .messages import Waiting
from .operations import Gives, Listed, operation
from .pagination import page_of
from .session_changes import chat_of
from .shapes import PendingShape, pending_shape

WAITS = examples.PENDING["pending"]
NOT_CHANGED = ["read_only", "deleted", "not_possible"]


class PendingChange(Given):
    content: Annotated[Text, Field(description="Its files stay.")]


def pending_of(request: Request, pk: UUID, pending: UUID, *, writing: bool) -> PendingMessage:
    """A message that waits in a chat, looked up through it."""
    chat = chat_of(request, pk)
    if writing:
        must_write(request, chat)
    return get_object_or_404(chat.pending.select_related("session"), pk=pending)


class AllPending(ApiView):
    @operation(
        "list_pending", "The messages that wait", tag="Messages", scope="read", query=Paged,
        gives={200: Gives(Listed[PendingShape], "In the order they are sent.", examples.listed(WAITS))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """Those that are sent when the running reply has ended."""
        asked(request, Paged)
        rows = chat_of(request, pk).pending.all()
        return page_of(request, rows, lambda found: [pending_shape(each) for each in found], "position", "pk")


class Pending(ApiView):
    @operation(
        "get_pending", "Read a message that waits", tag="Messages", scope="read", headers=["If-None-Match"],
        gives={200: Gives(PendingShape, "The message.", WAITS)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID, pending: UUID) -> Response:
        return Response(pending_shape(pending_of(request, pk, pending, writing=False)))

    @operation(
        "change_pending", "Change a message that waits", tag="Messages", scope="chat", takes=PendingChange,
        example={"content": "And the week before?"}, gives={200: Gives(PendingShape, "As it is now.", WAITS)},
        refuses=[*NOT_CHANGED, "not_yours", "empty", "too_long", "premium_model", "budget", "rate_limited"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID, pending: UUID) -> Response:
        """By its author alone: it is sent in their name, and with the token it was changed with last. Refused where it
        was sent or taken back meanwhile."""
        row = pending_of(request, pk, pending, writing=True)
        content = given(request, PendingChange).content
        edit_pending(pending=row, content=content, by=request.user, token=key_of(request))
        return Response(pending_shape(pending_of(request, pk, pending, writing=True)))

    @operation(
        "remove_pending", "Take a message back that waits", tag="Messages", scope="chat",
        gives={204: Gives(None, "It is not sent. Its files are unsent again.")}, refuses=NOT_CHANGED,
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID, pending: UUID) -> Response:
        """Refused where it was sent meanwhile."""
        remove_pending(pending=pending_of(request, pk, pending, writing=True))
        return Response(status=204)


class SendPending(ApiView):
    @operation(
        "send_pending", "Send a message now that waits", tag="Messages", scope="chat", takes=Nothing, query=Waiting,
        gives=SENT,
        refuses=[
            *("read_only", "deleted", "premium_model", "budget", "rate_limited", "token_dead", "not_possible")
        ],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID, pending: UUID) -> Response:
        """It goes to the front, and the running reply is asked to stop: 202, and it is sent as soon as that has ended.
        Without one it is sent at once. Its author sends it with the token this is asked with, which counts it."""
        row = pending_of(request, pk, pending, writing=True)
        asked(request, Waiting)
        given(request, Nothing)
        hurry_pending(pending=row, by=request.user, token=key_of(request))
        return sent_answer(request, sent_now(row))


def sent_now(row: PendingMessage) -> Sent:
    """Whether it waits still, or was sent."""
    waits = PendingMessage.objects.filter(pk=row.pk).first()
    if waits is not None:
        return Sent(pending=waits)
    message = Message.objects.filter(session=row.session_id, client_id=row.client_id).order_by().first()
    reply = Reply.objects.filter(message__parent=message).order_by("created_at").first() if message else None
    if reply is None:
        raise Http404
    return Sent(message, reply)
