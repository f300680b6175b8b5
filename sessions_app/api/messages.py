"""Messages for programs: send, read, follow, and ask for another answer."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.approvals import answer_call
from sessions_app.actions.errors import NotPossible
from sessions_app.actions.messages import Sent, send_message
from sessions_app.actions.replies import continue_reply, regenerate_reply, retry_reply
from sessions_app.models import ChatSession, Message, Reply

from . import examples
from .answers import SENT, ApiView, Streamed, must_write, sent_answer
from .authentication import key_of
from .given import AgentMessage, AnotherAnswer, Answer, Asked, NewMessage, Nothing, Paged, Text, asked, given
from .operations import STREAM, Gives, Listed, operation
from .pagination import page_of
from .sessions import chat_of, current_chat
from .shapes import MessageShape, WaitsShape, message_shapes
from .streams import place_of

AGENTS = ("default", "assistant")
NOT_SENT = [
    "read_only", "deleted", "empty", "client_id_reused", "unknown_model", "premium_model", "not_possible",
    "no_pictures", "too_many_files", "too_long", "budget", "rate_limited", "restarting",
]  # fmt: skip
NOT_AGAIN = [
    "read_only",
    "deleted",
    "not_now",
    "not_possible",
    "unknown_model",
    "premium_model",
    "budget",
    "rate_limited",
]


class Waiting(Asked):
    wait: Annotated[
        Literal["0", "1"], Field(description="1: answer once the reply has ended, or after two minutes.")
    ] = "0"


class Following(Asked):
    reply: Annotated[Text, Field(description="Key of an answer; without it the running or newest one.")] = ""
    last_event_id: Annotated[Text, Field(description="As the header Last-Event-ID.")] = ""


class Messages(ApiView):
    @operation(
        "list_messages", "Read the messages", tag="Messages", scope="read", query=Paged,
        gives={200: Gives(Listed[MessageShape], "Oldest first.", examples.listed(examples.ASKED, examples.ANSWER))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """The path the page shows, in its order."""
        asked(request, Paged)
        rows = chat_of(request, pk).messages.shown().select_related("reply")
        return page_of(request, rows, message_shapes, "position")

    @operation(
        "send_message", "Send a message", tag="Messages", scope="chat", takes=NewMessage, query=Waiting,
        example={"content": "What did this week cost?", "client_id": "weekly-1"}, gives=SENT, refuses=NOT_SENT,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """The same `client_id` twice is one message and one reply. With `Accept: text/event-stream` the reply is
        streamed."""
        chat = must_write(request, chat_of(request, pk))
        asked(request, Waiting)
        new = given(request, NewMessage)
        sent = send_message(
            chat=chat, author=request.user, content=new.content, client_id=new.client_id or "",
            model=new.model or "", parent=new.parent, attachments=new.attachments, token=key_of(request),
        )  # fmt: skip
        return sent_answer(request, sent)


def message_of(request: Request, pk: UUID) -> Message:
    rows = Message.objects.for_user(request.user).filter(deleted_at__isnull=True)
    return get_object_or_404(rows.select_related("reply", "session", "parent"), pk=pk)


class OneMessage(ApiView):
    @operation(
        "get_message", "Read a message", tag="Messages", scope="read", headers=["If-None-Match"],
        gives={200: Gives(MessageShape, "The message.", examples.ANSWER)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(message_shapes([message_of(request, pk)])[0])


def answer_of(request: Request, pk: UUID) -> Message:
    """An answer in a session this person may write in."""
    message = message_of(request, pk)
    must_write(request, message.session)
    if message.role != Message.Role.ASSISTANT:
        raise NotPossible("Only an answer can be asked for again.")
    return message


class Retry(ApiView):
    @operation(
        "retry", "Try a failed answer again", tag="Messages", scope="chat", takes=Nothing, query=Waiting, gives=SENT,
        refuses=NOT_AGAIN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        message = answer_of(request, pk)
        asked(request, Waiting)
        given(request, Nothing)
        return sent_answer(
            request,
            Sent(message.parent, retry_reply(message=message, by=request.user, token=key_of(request))),
        )


class Continue(ApiView):
    @operation(
        "continue", "Go on where an answer ended", tag="Messages", scope="chat", takes=Nothing, query=Waiting,
        gives=SENT, refuses=NOT_AGAIN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        message = answer_of(request, pk)
        asked(request, Waiting)
        given(request, Nothing)
        return sent_answer(
            request,
            Sent(message.parent, continue_reply(message=message, by=request.user, token=key_of(request))),
        )


class Regenerate(ApiView):
    @operation(
        "regenerate", "Ask for another answer", tag="Messages", scope="chat", takes=AnotherAnswer, query=Waiting,
        example={"model": "claude-sonnet-5"}, gives=SENT, refuses=NOT_AGAIN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        message = answer_of(request, pk)
        asked(request, Waiting)
        model = given(request, AnotherAnswer).model or ""
        reply = regenerate_reply(message=message, model=model, by=request.user, token=key_of(request))
        return sent_answer(request, Sent(message.parent, reply))


class Approve(ApiView):
    """Answer a tool call that asks; the reply goes on when none is left to ask."""

    @operation(
        "approve", "Answer a tool call that asks", tag="Messages", scope="chat", takes=Answer, query=Waiting,
        example={"tool_call": examples.CALL_ID, "decision": "once"}, gives=SENT,
        refuses=["read_only", "not_possible", "not_yours", "deleted"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        message = answer_of(request, pk)
        asked(request, Waiting)
        said = given(request, Answer)
        reply = answer_call(message=message, call=said.tool_call, decision=said.decision, person=request.user)
        return sent_answer(request, Sent(message.parent, reply))


class Stream(ApiView):
    """The running or newest reply of a session, or the one that is named, as it grows."""

    http_method_names = ["get", "options"]

    @operation(
        "stream", "Follow an answer as it grows", tag="Messages", scope="read", query=Following,
        headers=["Last-Event-ID"],
        gives={
            200: Gives({"type": "string"}, "Its chunks as server-sent events.", media=STREAM),
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
        return Streamed(reply.pk, place)


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
            200: Gives({"type": "string"}, "The reply's chunks as server-sent events.", media=STREAM),
            202: Gives(WaitsShape, "It is sent when the running reply has ended.", examples.PENDING),
        },
        refuses=["not_found", *NOT_SENT],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        new = given(request, AgentMessage)
        if new.agent_id not in AGENTS:
            raise Http404
        if new.session_id is None:
            chat = current_chat(request.user)[0]
        else:
            chat = must_write(request, chat_of(request, new.session_id))
        sent = send_message(chat=chat, author=request.user, content=new.message, token=key_of(request))
        return Streamed(sent.reply.pk) if sent.reply else sent_answer(request, sent)
