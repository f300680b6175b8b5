"""Sessions for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.replies import request_stop
from sessions_app.actions.sessions import create_session, set_model, set_title
from sessions_app.models import ChatSession, Message, TokenUsage

from . import examples
from .answers import ApiView, must_write
from .given import NewSession, Nothing, Paged, SessionChange, asked, given
from .idempotency import once
from .operations import Gives, Listed, operation
from .pagination import page_of
from .shapes import (
    MessageShape,
    SessionShape,
    UsageShape,
    message_shapes,
    session_shape,
    session_shapes,
    usage_shapes,
)


def chat_of(request: Request, pk: UUID) -> ChatSession:
    """A chat this person may read; the missing and the foreign are the same 404."""
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk)


def current_chat(user: Any) -> tuple[ChatSession, bool]:
    """One's own newest chat, or a new one where that was last used over 24 hours ago; whether it was made now."""
    chat = ChatSession.objects.for_user(user).filter(owner=user).current()
    return (chat, False) if chat else (create_session(owner=user), True)


class Sessions(ApiView):
    @operation(
        "list_sessions", "List sessions", tag="Sessions", scope="read", query=Paged,
        gives={200: Gives(Listed[SessionShape], "Newest activity first.", examples.listed(examples.SESSION))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Paged)
        rows = ChatSession.objects.for_user(request.user).recent().prefetch_related("tags")
        return page_of(request, rows, session_shapes, "-last_activity_at", "-pk")

    @operation(
        "create_session", "Make a session", tag="Sessions", scope="write", takes=NewSession,
        example={"title": "Weekly cost review"}, headers=["Idempotency-Key"],
        gives={201: Gives(SessionShape, "The new session.", examples.NEW_SESSION)},
        refuses=["unknown_model", "premium_model", "bad_setting"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        wanted = given(request, NewSession)

        def make() -> Response:
            chat = create_session(
                owner=request.user,
                title=wanted.title or "",
                model=wanted.model or "",
                settings=wanted.settings,
            )
            return Response(session_shape(chat), status=201)

        return once(request, "create_session", wanted.model_dump(), make)


class CurrentSession(ApiView):
    @operation(
        "current_session", "The current session", tag="Sessions", scope="write", takes=Nothing,
        gives={
            200: Gives(SessionShape, "The newest one.", examples.SESSION),
            201: Gives(SessionShape, "A new one, as the newest was last used over 24 hours ago.", examples.NEW_SESSION),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        given(request, Nothing)
        chat, made = current_chat(request.user)
        return Response(session_shape(chat), status=201 if made else 200)


class Session(ApiView):
    @operation(
        "get_session", "Read a session", tag="Sessions", scope="read", headers=["If-None-Match"],
        gives={200: Gives(SessionShape, "The session.", examples.SESSION)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(session_shape(chat_of(request, pk)))

    @operation(
        "change_session", "Change a session", tag="Sessions", scope="write", takes=SessionChange,
        example={"title": "Costs of November"},
        gives={200: Gives(SessionShape, "As it is now.", examples.SESSION)},
        refuses=["unknown_model", "premium_model", "read_only", "deleted"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        chat = must_write(request, chat_of(request, pk))
        wanted = given(request, SessionChange)
        if wanted.model is not None:
            set_model(chat=chat, model=wanted.model, person=request.user)
        if wanted.title is not None:
            set_title(chat=chat, title=wanted.title, by_model=False)
        return Response(session_shape(chat_of(request, pk)))


class StoppedShape(TypedDict):
    """`reply` is the answer that was running; null where none was."""

    stopped: bool
    reply: MessageShape | None


class Stop(ApiView):
    @operation(
        "stop", "Stop the running answer", tag="Messages", scope="chat", takes=Nothing,
        gives={200: Gives(StoppedShape, "What was written is kept.", {"stopped": False, "reply": None})},
        refuses=["read_only"],
    )  # fmt: skip
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

    @operation(
        "list_usage", "The model calls of a session", tag="Sessions", scope="read", query=Paged,
        gives={200: Gives(Listed[UsageShape], "Rows of the ledger, oldest first.", examples.listed(examples.USAGE))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        asked(request, Paged)
        return page_of(
            request, TokenUsage.objects.filter(session=chat_of(request, pk)), usage_shapes, "at", "pk"
        )
