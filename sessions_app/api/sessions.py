"""Sessions for programs."""

from __future__ import annotations

from typing import Annotated, NotRequired, cast
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.opening import current_session
from sessions_app.actions.replies import request_stop
from sessions_app.models import ChatSession, Message, TokenUsage

from . import examples
from .answers import ApiView, must_write
from .authentication import person_of
from .given import Asked, Flag, Nothing, Paged, asked, given
from .idempotency import once
from .operations import Gives, Listed, operation
from .pagination import Pages, page_of
from .session_changes import (
    MadeSessionShape,
    NewSession,
    SessionChange,
    WholeSession,
    chat_of,
    new_session,
    patched,
    put_away,
    replaced,
)
from .session_lists import SessionsAsked, list_of
from .shapes import (
    MessageShape,
    SessionShape,
    UsageShape,
    Values,
    message_shapes,
    session_shape,
    usage_shapes,
)

NOT_SET = ["unknown_model", "premium_model", "bad_setting", "bad_tag", "too_many_tags"]
NOT_CHANGED = [*NOT_SET, "read_only", "deleted"]
TAG = {"ETag": "Of the session as it is now, for `If-Match`."}
NOW = Gives(SessionShape, "As it is now.", examples.SESSION, headers=TAG)
PUT_AWAY = {
    200: Gives(SessionShape, "It is in the archive.", examples.ARCHIVED, headers=TAG),
    204: Gives(None, "With `permanent`: it is deleted."),
}


class Leaving(Asked):
    permanent: Annotated[
        Flag, Field(description="Delete it, for 30 days in which it can be restored, instead of archiving.")
    ] = False


class Named(Asked):
    id: Annotated[UUID, Field(description="Which session.")]


class NamedLeaving(Leaving, Named):
    pass


class Sessions(ApiView):
    @operation(
        "list_sessions", "List sessions", tag="Sessions", scope="read", query=SessionsAsked,
        gives={200: Gives(Listed[SessionShape], "Newest activity first.", examples.listed(examples.SESSION))},
        refuses=["not_found"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """One's own and those of others that one is a member of. A page of a list is as quick with 100,000 sessions as
        with 100; `tag` and `title` that hardly any session has take longer then."""
        return list_of(request, asked(request, SessionsAsked))

    @operation(
        "create_session", "Make a session", tag="Sessions", scope="write", takes=NewSession,
        example={"title": "Weekly cost review", "tags": ["costs"]}, headers=["Idempotency-Key"],
        gives={201: Gives(MadeSessionShape, "The new session.", examples.NEW_SESSION)},
        refuses=["not_found", *NOT_SET],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The opening message of a template waits in the message box; it is not sent."""
        wanted = given(request, NewSession)

        def make() -> Response:
            return Response(new_session(request.user, wanted), status=201)

        return once(request, "create_session", wanted.model_dump(), make)

    @operation(
        "change_session_by_query", "Change a session (id in the query)", tag="Sessions", scope="write",
        takes=SessionChange, example={"title": "Costs of November"}, query=Named, headers=["If-Match"],
        gives={200: NOW}, refuses=["not_found", *NOT_CHANGED],
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        """As `PATCH /api/chat/sessions/{pk}`, for earlier clients."""
        key = asked(request, Named).id
        return patched(request, key, given(request, SessionChange))

    @operation(
        "archive_session_by_query", "Archive or delete a session (id in the query)", tag="Sessions", scope="write",
        query=NamedLeaving, headers=["If-Match"], gives=PUT_AWAY, refuses=["not_found", "read_only", "deleted"],
    )  # fmt: skip
    def delete(self, request: Request) -> Response:
        """As `DELETE /api/chat/sessions/{pk}`, for earlier clients."""
        wanted = asked(request, NamedLeaving)
        return put_away(request, wanted.id, permanent=wanted.permanent)


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
        chat, made = current_session(owner=request.user)
        return Response(session_shape(chat), status=201 if made else 200)


class Beside(Asked):
    messages: Annotated[Flag, Field(description="With its first 200 messages of the shown path.")] = False
    analytics: Annotated[
        Flag, Field(description="With its figures, as `GET /api/chat/sessions/{pk}/analytics` gives them.")
    ] = False


class SessionBesideShape(SessionShape):
    """`messages_next` is the address of the next messages in their list, null where these are all."""

    messages: NotRequired[list[MessageShape]]
    messages_next: NotRequired[str | None]
    analytics: NotRequired[Values]


class Session(ApiView):
    @operation(
        "get_session", "Read a session", tag="Sessions", scope="read", query=Beside, headers=["If-None-Match"],
        gives={200: Gives(SessionBesideShape, "The session, and what was asked for beside it.", examples.SESSION)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """For `If-Match` take the `ETag` that comes without anything beside the session."""
        wanted = asked(request, Beside)
        chat = chat_of(request, pk)
        shape = cast(SessionBesideShape, session_shape(chat))
        if wanted.messages:
            shape["messages"], shape["messages_next"] = first_messages(request, chat)
        if wanted.analytics:
            shape["analytics"] = import_string(settings.SESSION_EXTRAS["analytics"])(chat, person_of(request))
        return Response(shape)

    @operation(
        "replace_session", "Replace a session", tag="Sessions", scope="write", takes=WholeSession,
        example={"title": "Costs of November", "tags": ["costs"], "settings": {"max_turns": 10}},
        headers=["If-Match"], gives={200: NOW}, refuses=NOT_CHANGED,
    )  # fmt: skip
    def put(self, request: Request, pk: UUID) -> Response:
        """All that can be set at once, by its owner; its messages stay. All of it is done or nothing."""
        return replaced(request, pk, given(request, WholeSession))

    @operation(
        "change_session", "Change a session", tag="Sessions", scope="write", takes=SessionChange,
        example={"title": "Costs of November"}, headers=["If-Match"], gives={200: NOW}, refuses=NOT_CHANGED,
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        """All that is named is changed, or nothing. Star and archive are its owner's; the rest members who may write in
        it change too. A setting that a new model does not take goes out."""
        return patched(request, pk, given(request, SessionChange))

    @operation(
        "archive_session", "Archive or delete a session", tag="Sessions", scope="write", query=Leaving,
        headers=["If-Match"], gives=PUT_AWAY, refuses=["read_only", "deleted"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """Into the archive: out of the list, with everything it has. With `permanent=true` it is deleted: out of reach
        at once and gone for good after 30 days, in which `restore` brings it back. (`purge` does not wait.) Its running
        reply is stopped then. The same twice changes nothing. For its owner alone."""
        return put_away(request, pk, permanent=asked(request, Leaving).permanent)


def first_messages(request: Request, chat: ChatSession) -> tuple[list[MessageShape], str | None]:
    """The first page of its messages, and the address at which their list goes on."""
    pages = Pages("position")
    pages.page_size = size = pages.max_page_size
    rows = pages.paginate_queryset(chat.messages.shown().select_related("reply", "author"), request) or []
    address = reverse("api_messages", args=[chat.pk])
    pages.base_url = request.build_absolute_uri(f"{address}?limit={size}")
    return message_shapes(rows, request.user), pages.get_next_link()


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
        answer = Message.objects.select_related("reply", "author").get(pk=reply.pk)
        return Response({"stopped": True, "reply": message_shapes([answer], request.user)[0]})


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
