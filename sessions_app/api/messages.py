"""Messages for programs: send, read, follow, and ask for another answer."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.approvals import answer_call
from sessions_app.actions.errors import NotPossible
from sessions_app.actions.messages import Sent, send_message
from sessions_app.actions.replies import continue_reply, regenerate_reply, retry_reply
from sessions_app.models import ChatSession, Message, Reply

from .answers import ApiView, Streamed, must_write, sent_answer
from .given import AgentMessage, AnotherAnswer, Answer, NewMessage, Nothing, given
from .pagination import page_of
from .sessions import chat_of, current_chat
from .shapes import message_shapes
from .streams import place_of

AGENTS = ("default", "assistant")


class Messages(ApiView):
    scope = "chat"

    def get(self, request: Request, pk: UUID) -> Response:
        """The path the page shows, in its order."""
        rows = chat_of(request, pk).messages.shown().select_related("reply")
        return page_of(request, rows, message_shapes, "position")

    def post(self, request: Request, pk: UUID) -> Response:
        chat = must_write(request, chat_of(request, pk))
        asked = given(request, NewMessage)
        sent = send_message(
            chat=chat, author=request.user, content=asked.content, client_id=asked.client_id or "",
            model=asked.model or "", parent=asked.parent, attachments=asked.attachments,
        )  # fmt: skip
        return sent_answer(request, sent)


def message_of(request: Request, pk: UUID) -> Message:
    rows = Message.objects.for_user(request.user).filter(deleted_at__isnull=True)
    return get_object_or_404(rows.select_related("reply", "session", "parent"), pk=pk)


class OneMessage(ApiView):
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(message_shapes([message_of(request, pk)])[0])


class AnotherVersion(ApiView):
    """Retry, continue and regenerate: a new answer to the same message, answered like a send."""

    scope = "chat"

    def post(self, request: Request, pk: UUID) -> Response:
        message = message_of(request, pk)
        must_write(request, message.session)
        if message.role != Message.Role.ASSISTANT:
            raise NotPossible("Only an answer can be asked for again.")
        return sent_answer(request, Sent(message.parent, self.again(request, message)))

    def again(self, request: Request, message: Message) -> Reply:
        raise NotImplementedError


class Retry(AnotherVersion):
    def again(self, request: Request, message: Message) -> Reply:
        given(request, Nothing)
        return retry_reply(message=message, by=request.user)


class Continue(AnotherVersion):
    def again(self, request: Request, message: Message) -> Reply:
        given(request, Nothing)
        return continue_reply(message=message, by=request.user)


class Regenerate(AnotherVersion):
    def again(self, request: Request, message: Message) -> Reply:
        model = given(request, AnotherAnswer).model or ""
        return regenerate_reply(message=message, model=model, by=request.user)


class Approve(ApiView):
    """Answer a tool call that asks; the reply goes on when none is left to ask."""

    scope = "chat"

    def post(self, request: Request, pk: UUID) -> Response:
        message = message_of(request, pk)
        must_write(request, message.session)
        if message.role != Message.Role.ASSISTANT:
            raise NotPossible("Only an answer can ask for something.")
        said = given(request, Answer)
        reply = answer_call(message=message, call=said.tool_call, decision=said.decision, person=request.user)
        return sent_answer(request, Sent(message.parent, reply))


class Stream(ApiView):
    """The running or newest reply of a session, or the one that is named, as it grows."""

    http_method_names = ["get", "options"]

    def get(self, request: Request, pk: UUID) -> Response:
        reply = reply_of(chat_of(request, pk), request.query_params.get("reply", ""))
        if reply is None:
            return Response(status=204)
        last_id = request.headers.get("Last-Event-ID") or request.query_params.get("last_event_id", "")
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

    scope = "chat"

    def post(self, request: Request) -> Response:
        asked = given(request, AgentMessage)
        if asked.agent_id not in AGENTS:
            raise Http404
        if asked.session_id is None:
            chat = current_chat(request.user)[0]
        else:
            chat = must_write(request, chat_of(request, asked.session_id))
        sent = send_message(chat=chat, author=request.user, content=asked.message)
        return Streamed(sent.reply.pk) if sent.reply else sent_answer(request, sent)
