"""Messages for programs: send, read, follow."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import BeforeValidator, Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.messages import send_message
from sessions_app.actions.opening import current_session
from sessions_app.models import ChatSession, Message, Reply

from . import examples
from .answers import SENT, ApiView, Streamed, must_write, sent_answer
from .authentication import key_of
from .given import AgentMessage, Asked, Flag, NewMessage, Paged, Text, asked, given, number
from .idempotency import client_id_of
from .operations import EVENTS, STREAM, Gives, Listed, operation
from .pagination import page_of
from .reader import Reader
from .session_changes import chat_of
from .shapes import MessageShape, WaitsShape, message_shapes
from .streams import place_of

AGENTS = ("default", "assistant")
NOT_SENT = [
    "read_only", "deleted", "empty", "client_id_reused", "path_changed", "unknown_model", "premium_model", "not_possible",
    "no_pictures", "too_many_files", "too_long", "too_many_pending", "budget", "rate_limited", "restarting",
]  # fmt: skip

Position = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(number)]
Place = UUID | Position  # of a message: its key, or that


class Waiting(Asked):
    wait: Annotated[
        Literal["0", "1"], Field(description="1: answer once the reply has ended, or after two minutes.")
    ] = "0"


class Following(Asked):
    reply: Annotated[Text, Field(description="Key of an answer; without it the running or newest one.")] = ""
    last_event_id: Annotated[Text, Field(description="As the header Last-Event-ID.")] = ""


class Reading(Paged):
    role: Literal["user", "assistant"] | None = None
    all: Annotated[Flag, Field(description="true: every version of every message that was not deleted.")] = (
        False
    )
    order: Annotated[Literal["oldest", "newest"], Field(description="Which comes first.")] = "oldest"
    after: Annotated[Place | None, Field(description="Only what is further down than this.")] = None
    before: Annotated[Place | None, Field(description="Only what is further up than this.")] = None


class Messages(ApiView):
    @operation(
        "list_messages", "Read the messages", tag="Messages", scope="read", query=Reading,
        gives={200: Gives(Listed[MessageShape], "A page of them.", examples.listed(examples.ASKED, examples.ANSWER))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """The path that the page shows, from its beginning. With `all=true` the whole tree: `parent` says what a
        message answers, `active` whether it is shown. `after` and `before` take the key of a message of this session,
        or a `position`."""
        chat, wanted = chat_of(request, pk), asked(request, Reading)
        rows = chat.messages.kept() if wanted.all else chat.messages.shown()
        if wanted.role:
            rows = rows.filter(role=wanted.role)
        if wanted.after is not None:
            rows = rows.filter(position__gt=place_in(chat, wanted.after))
        if wanted.before is not None:
            rows = rows.filter(position__lt=place_in(chat, wanted.before))
        order = ("position", "pk") if wanted.order == "oldest" else ("-position", "-pk")
        shapes = partial(message_shapes, person=request.user)
        return page_of(request, rows.select_related("reply", "author"), shapes, *order)

    @operation(
        "send_message", "Send a message", tag="Messages", scope="chat", takes=NewMessage, query=Waiting,
        example={"content": "What did this week cost?", "client_id": "weekly-1"}, headers=["Idempotency-Key"],
        gives=SENT, refuses=NOT_SENT,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """The same `client_id` twice in a session is one message and one reply, for ever, and its second answer is 200;
        while it waits for a running reply it is 202 again. An `Idempotency-Key` is taken as the `client_id`, and has at
        most 64 characters here. With `Accept: text/event-stream` the reply is streamed, with status 200. `seen` is the
        last message that was shown to whoever writes: where it is not on the shown path any more, nothing is sent."""
        chat = must_write(request, chat_of(request, pk))
        asked(request, Waiting)
        new = given(request, NewMessage)
        sent = send_message(
            chat=chat, author=request.user, content=new.content, client_id=client_id_of(request, new.client_id),
            model=new.model or "", parent=new.parent, seen=new.seen, attachments=new.attachments,
            token=key_of(request),
        )  # fmt: skip
        return sent_answer(request, sent)


def place_in(chat: ChatSession, place: UUID | int) -> int:
    """A position; 404 for the key of no message of this chat."""
    if isinstance(place, int):
        return place
    return get_object_or_404(chat.messages.kept().only("position"), pk=place).position


def message_of(request: Request, pk: UUID) -> Message:
    """A message this person may read and nobody deleted."""
    rows = Message.objects.for_user(request.user).filter(deleted_at__isnull=True)
    return get_object_or_404(rows.select_related("reply", "session", "parent", "author"), pk=pk)


class Stream(ApiView):
    """The running or newest reply of a session, or the one that is named, as it grows."""

    http_method_names = ["get", "options"]

    @operation(
        "stream", "Follow an answer as it grows", tag="Messages", scope="read", query=Following,
        headers=["Last-Event-ID"],
        gives={
            200: Gives(EVENTS, "Its chunks as server-sent events.", media=STREAM),
            204: Gives(None, "There is no answer, or nothing more of it."),
        },
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        wanted = asked(request, Following)
        reply = reply_of(chat_of(request, pk), wanted.reply)
        if reply is None:
            return Response(status=204)
        last_id = request.headers.get("Last-Event-ID") or wanted.last_event_id
        place = place_of(reply, last_id)
        if reply.status not in Reply.GROWING and place == reply.parts_seq:
            return Response(status=204)
        return Streamed(reply.pk, place, reader=Reader.of(request))


def reply_of(chat: ChatSession, key: str) -> Reply | None:
    """The reply of this key, 404 where the chat has none; without a key the running one, else the newest."""
    if not key:
        return chat.replies.unfinished().first() or chat.replies.order_by("-created_at", "-pk").first()
    try:
        return get_object_or_404(chat.replies, pk=UUID(key))
    except ValueError:
        raise Http404 from None


class AgentStream(ApiView):
    """The same stream for programs that speak of agents; without a session it goes to the current one."""

    @operation(
        "stream_agent", "Ask an agent", tag="Messages", scope="chat", takes=AgentMessage,
        example={"agent_id": "default", "message": "What did this week cost?"},
        gives={
            200: Gives(EVENTS, "The reply's chunks as server-sent events.", media=STREAM),
            202: Gives(WaitsShape, "It is sent when the running reply has ended.", examples.PENDING),
        },
        refuses=["not_found", *NOT_SENT],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        new = given(request, AgentMessage)
        if new.agent_id not in AGENTS:
            raise Http404
        if new.session_id is None:
            chat = current_session(owner=request.user)[0]
        else:
            chat = must_write(request, chat_of(request, new.session_id))
        sent = send_message(chat=chat, author=request.user, content=new.message, token=key_of(request))
        if sent.reply is None:
            return sent_answer(request, sent)
        return Streamed(sent.reply.pk, reader=Reader.of(request))
