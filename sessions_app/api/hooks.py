"""The address of an incoming webhook: whoever knows its secret posts there, without a login."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from pydantic import ValidationError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.errors import Refused
from sessions_app.actions.webhooks import Delivered, deliver, genuine
from sessions_app.models import SessionWebhook
from sessions_app.signing import Signed

from .answers import ApiView
from .given import refusal
from .notifications import WebhookBody
from .problems import TooLarge
from .throttling import MINUTE

LARGEST = 64 * 1024  # bytes of a body
MOST = 60  # a minute, of one webhook


class NotGenuine(Refused):
    kind = "authentication_failed"
    status = 401
    sentence = "There is no such webhook, or this was not signed with its secret in the last five minutes."


class Hook(ApiView):
    """Headers and signature are those of Standard Webhooks. A webhook that never was, one that was revoked, one whose
    maker may not write any more, a wrong signature, an old one: all are refused alike, and count as nobody's requests."""

    schema = None
    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post", "options")

    def check_throttles(self, request: Request) -> None:
        """Only what is refused is counted by address: senders of one network share theirs."""

    def post(self, request: Request, pk: UUID) -> Response:
        raw = request.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise TooLarge
        webhook = genuine(pk, signed(request, raw))
        if webhook is None:
            super().check_throttles(request)
            raise NotGenuine
        pace(webhook)
        try:
            body = WebhookBody.model_validate_json(raw)
        except ValidationError as problem:
            raise refusal(problem) from None
        found = deliver(
            webhook=webhook,
            message=request.headers["webhook-id"],
            notification=body.from_source(webhook.name),
            answer=body.answer,
        )
        return delivered(found)


def signed(request: Request, body: bytes) -> Signed:
    told = [request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
    return Signed(told[0], told[1], told[2], body)


def pace(webhook: SessionWebhook) -> None:
    """So many a minute of the clock, no more."""
    if not settings.RATE_LIMITS:
        return
    key = f"hook:{webhook.pk}:{int(time.time()) // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    try:
        over = cache.incr(key) > MOST
    except ValueError:  # the cache let go of it in between
        return
    if over:
        raise Throttled(wait=MINUTE - time.time() % MINUTE)


def delivered(found: Delivered) -> Response:
    """`message` is null as long as it waits for the running reply to end."""
    sent = found.sent
    told: dict[str, Any] = {"message": sent.message.pk if sent.message else None, "answer": found.answer}
    made = 202 if sent.message is None else 201
    return Response(told, status=200 if sent.repeated and sent.message else made)
