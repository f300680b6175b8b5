"""Sessions for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.replies import request_stop
from sessions_app.actions.sessions import create_session, set_model, set_title
from sessions_app.models import ChatSession, Message, TokenUsage

from .answers import ApiView, must_write
from .given import NewSession, Nothing, SessionChange, given
from .pagination import page_of
from .shapes import message_shapes, session_shape, session_shapes, usage_shapes


def chat_of(request: Request, pk: UUID) -> ChatSession:
    """A chat this person may read; the missing and the foreign are the same 404."""
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk)


def current_chat(user: Any) -> tuple[ChatSession, bool]:
    """One's own newest chat, or a new one where that was last used over 24 hours ago; whether it was made now."""
    chat = ChatSession.objects.for_user(user).filter(owner=user).current()
    return (chat, False) if chat else (create_session(owner=user), True)


class Sessions(ApiView):
    def get(self, request: Request) -> Response:
        rows = ChatSession.objects.for_user(request.user).recent().prefetch_related("tags")
        return page_of(request, rows, session_shapes, "-last_activity_at", "-pk")

    def post(self, request: Request) -> Response:
        asked = given(request, NewSession)
        chat = create_session(
            owner=request.user, title=asked.title or "", model=asked.model or "", settings=asked.settings
        )
        return Response(session_shape(chat), status=201)


class CurrentSession(ApiView):
    def post(self, request: Request) -> Response:
        given(request, Nothing)
        chat, made = current_chat(request.user)
        return Response(session_shape(chat), status=201 if made else 200)


class Session(ApiView):
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(session_shape(chat_of(request, pk)))

    def patch(self, request: Request, pk: UUID) -> Response:
        chat = must_write(request, chat_of(request, pk))
        asked = given(request, SessionChange)
        if asked.model is not None:
            set_model(chat=chat, model=asked.model, person=request.user)
        if asked.title is not None:
            set_title(chat=chat, title=asked.title, by_model=False)
        return Response(session_shape(chat_of(request, pk)))


class Stop(ApiView):
    scope = "chat"

    def post(self, request: Request, pk: UUID) -> Response:
        chat = must_write(request, chat_of(request, pk))
        given(request, Nothing)
        reply = request_stop(chat=chat)
        if reply is None:
            return Response({"stopped": False, "reply": None})
        answer = Message.objects.select_related("reply").get(pk=reply.pk)
        return Response({"stopped": True, "reply": message_shapes([answer])[0]})


class Usage(ApiView):
    """The model calls of a session, in the order they were made."""

    def get(self, request: Request, pk: UUID) -> Response:
        return page_of(
            request, TokenUsage.objects.filter(session=chat_of(request, pk)), usage_shapes, "at", "pk"
        )
