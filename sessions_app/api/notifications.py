"""Notifications and incoming webhooks of a session, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.messages import Sent
from sessions_app.actions.notifications import Notification, notify
from sessions_app.actions.webhooks import NAME_LENGTH, living, make_webhook, revoke_webhook
from sessions_app.agent.cards import LONGEST_LINK, LONGEST_TEXT, LONGEST_TITLE, LONGEST_TOPIC
from sessions_app.models import ChatSession, Message, SessionWebhook

from . import examples
from .answers import BEFORE, ApiView, must_write, said
from .authentication import ALLOWED, ScopeMissing, key_of, must_be_browser, person_of
from .given import ClientId, Given, Paged, Storable, Text, asked, given
from .idempotency import client_id_of
from .operations import Gives, Listed, operation
from .pagination import page_of
from .session_changes import chat_of
from .shapes import AuthorShape, MessageShape, WaitsShape, message_shapes, pending_shape

NOT_ANSWERED = ["premium_model", "unknown_model", "too_many_pending", "budget", "rate_limited", "restarting"]
NOT_POSTED = ["read_only", "deleted", "empty", "bad_link", "client_id_reused", "not_possible", *NOT_ANSWERED]
BY_HAND = (
    "A webhook is made in a browser: it posts in its maker's name without a token, and outlives every one."
)


class WebhookBody(Given):
    """A notification as a program sends it."""

    kind: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9_.-]*$",
            max_length=LONGEST_TOPIC,
            description="A word of the sender's own.",
            examples=["deploy"],
        ),
    ]
    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE, description="One line."), Storable()]
    body: Annotated[Text, Field(max_length=LONGEST_TEXT, description="Markdown.")] = ""
    link: Annotated[
        Text, Field(max_length=LONGEST_LINK, description="http or https; the card opens it in a new tab.")
    ] = ""
    severity: Literal["debug", "info", "warning", "error", "critical"] = "info"
    answer: Annotated[bool, Field(description="true: the assistant answers it.")] = False

    def from_source(self, source: str) -> Notification:
        return Notification(source, self.kind, self.title, self.body, self.link, self.severity)


class NewNotification(WebhookBody):
    client_id: Annotated[
        ClientId | None, Field(description="One's own name for it: twice is one notification.")
    ] = None


class NotifiedShape(TypedDict):
    """A notification, and its answer where one was wanted."""

    message: MessageShape
    reply: MessageShape | None


class Notifications(ApiView):
    @operation(
        "notify", "Post a notification", tag="Messages", scope="write", takes=NewNotification,
        example={"kind": "deploy", "title": "Deploy failed", "body": "Step `migrate` timed out.", "severity": "error",
                 "link": "https://ci.example.org/runs/71", "client_id": "run-71"},
        headers=["Idempotency-Key"], refuses=NOT_POSTED,
        gives={
            200: Gives(NotifiedShape, "It was posted before; nothing was done.", examples.NOTIFIED, headers=BEFORE),
            201: Gives(NotifiedShape, "It stands in the session.", examples.NOTIFIED),
            202: Gives(WaitsShape, "It wants an answer, and is posted when the running reply has ended.",
                       examples.NOTIFIED_LATER, headers=BEFORE),
        },
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """It stands at the end of the session as a card of its own, at once, below an answer that is being written too.
        Who it is from is the name of the token. With `answer` it is a question: that takes the scope `chat` as well, is
        paid for by the token's person, and waits while a reply runs. An `Idempotency-Key` is taken as the `client_id`,
        and has at most 64 characters here."""
        chat = must_write(request, chat_of(request, pk))
        new, token = given(request, NewNotification), key_of(request)
        if new.answer and token is not None and not token.allows("chat"):
            raise ScopeMissing(f"This token lacks the scope chat: {ALLOWED['chat']}.")
        sent = notify(
            chat=chat,
            author=request.user,
            notification=new.from_source(token.name if token else person_of(request).get_username()),
            client_id=client_id_of(request, new.client_id),
            answer=new.answer,
            token=token,
        )
        return notified(sent, request.user)


def notified(sent: Sent, person: Any) -> Response:
    """What was posted, or what waits to be."""
    if sent.pending is not None:
        return said(Response({"pending": pending_shape(sent.pending)}, status=202), again=sent.repeated)
    assert sent.message is not None
    keys = [sent.message.pk, *([sent.reply.pk] if sent.reply else [])]
    rows = Message.objects.filter(pk__in=keys).select_related("reply", "author").order_by("position")
    first, *rest = message_shapes(list(rows), person)
    shape = {"message": first, "reply": rest[0] if rest else None}
    return said(Response(shape, status=200 if sent.repeated else 201), again=sent.repeated)


# ---------------------------------------------------------------- webhooks


class WebhookShape(TypedDict):
    """An incoming webhook, without its secret."""

    id: UUID
    session: UUID
    name: Annotated[str, Field(description="Who its notifications are from.")]
    url: Annotated[str, Field(description="Where they are posted to.")]
    maker: Annotated[AuthorShape, Field(description="In whose name, and on whose account.")]
    answers: Annotated[bool, Field(description="What comes by it may ask for an answer.")]
    created_at: datetime
    last_used_at: datetime | None
    uses: int


class NewWebhookShape(WebhookShape):
    """A webhook that was made now. `secret` is told this once."""

    secret: str


class NewWebhook(Given):
    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), Storable()]
    answers: Annotated[bool, Field(description="What comes by it may ask for an answer.")] = False


def webhook_shape(row: SessionWebhook, request: HttpRequest) -> WebhookShape:
    return {
        "id": row.pk,
        "session": row.session_id,
        "name": row.name,
        "url": request.build_absolute_uri(reverse("api_hook", args=[row.pk])),
        "maker": {"id": row.maker_id, "username": row.maker.get_username()},
        "answers": row.answers,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "uses": row.uses,
    }


class Webhooks(ApiView):
    @operation(
        "list_webhooks", "List the incoming webhooks", tag="Messages", scope="read", query=Paged,
        gives={200: Gives(Listed[WebhookShape], "Newest first.", examples.listed(examples.WEBHOOK))},
        refuses=["read_only"],
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """Of a session one may write in. The secret of a webhook is told once, when it is made."""
        chat = must_write(request, chat_of(request, pk))
        asked(request, Paged)

        def shapes(rows: Sequence[SessionWebhook]) -> list[WebhookShape]:
            return [webhook_shape(row, request) for row in rows]

        return page_of(request, living(chat), shapes, "-pk")

    @operation(
        "make_webhook", "Make an incoming webhook", tag="Messages", scope="write", takes=NewWebhook,
        example={"name": "CI", "answers": False},
        gives={201: Gives(NewWebhookShape, "The webhook, with its secret.", examples.NEW_WEBHOOK)},
        refuses=["session_needed", "read_only", "deleted", "no_name", "too_many_webhooks"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Only with a browser's session: a webhook posts in its maker's name without a token. Its secret is in this answer
        and nowhere else."""
        chat = must_write(request, chat_of(request, pk))
        must_be_browser(request, BY_HAND)
        new = given(request, NewWebhook)
        made, secret = make_webhook(chat=chat, maker=request.user, name=new.name, answers=new.answers)
        return Response({**webhook_shape(made, request), "secret": secret}, status=201)


def webhook_of(chat: ChatSession, pk: UUID) -> SessionWebhook:
    found: SessionWebhook = get_object_or_404(living(chat), pk=pk)
    return found


class OneWebhook(ApiView):
    @operation(
        "revoke_webhook", "Revoke an incoming webhook", tag="Messages", scope="write",
        gives={204: Gives(None, "Nothing comes by it any more.")}, refuses=["read_only", "not_yours"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID, webhook: UUID) -> Response:
        """By who made it, or the session's owner."""
        chat = must_write(request, chat_of(request, pk))
        revoke_webhook(webhook=webhook_of(chat, webhook), by=request.user)
        return Response(status=204)
