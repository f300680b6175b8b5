"""How the API answers: JSON at once, JSON when a reply has ended, or the stream of a reply.

A DRF view does all that is short (who, may they, the action) and says how to go on; `live` does the waiting on
the event loop, where it holds no thread and no connection.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import wraps
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app.actions.errors import ReadOnly, Refused
from sessions_app.actions.messages import Sent
from sessions_app.models import ChatSession, Message
from sessions_app.reading import read

from . import examples, problems
from .operations import STREAM, Gives
from .preconditions import tagged
from .shapes import PairShape, WaitsShape, message_shapes, pending_shape
from .streams import let_go, server_sent, wait_for_end

SENT = {  # what `sent_answer` gives
    200: Gives(PairShape, "It had come before: nothing was made.", examples.PAIR, or_streams=True),
    201: Gives(PairShape, "Sent; the answer grows.", examples.PAIR),
    202: Gives(WaitsShape, "It is sent when the running reply has ended.", examples.PENDING),
}
PATIENCE = 120.0  # seconds ?wait=1 waits


class AlwaysJson(BaseContentNegotiation):
    """JSON whatever is accepted: a program that prefers a stream gets its errors as JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """Its methods say with `describing.operation` what they are, and what scope a token needs for them."""

    content_negotiation_class = AlwaysJson

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method in ("GET", "HEAD") and type(response) is Response and response.status_code == 200:
            tagged(request, response)
        return response


class Streamed(Response):
    """Goes on as the stream of a reply after `after`; None asks for the whole text first."""

    def __init__(self, reply: UUID, after: int | None = 0) -> None:
        super().__init__()
        self.reply, self.after = reply, after


class Awaited(Response):
    """Answers once a reply has ended, or after two minutes, with its state then."""

    def __init__(self, reply: UUID, status: int) -> None:
        super().__init__(status=status)
        self.reply = reply


class Later(Response):
    """Answers what `rest` gives: it waits on the event loop. What that refuses is a problem, as in a view."""

    def __init__(self, rest: Callable[[], Awaitable[Response | StreamingHttpResponse]]) -> None:
        super().__init__()
        self._rest = rest

    async def answer(self) -> HttpResponseBase:
        try:
            found = await self._rest()
        except Refused as refusal:
            found = problems.refused(refusal)
        if not isinstance(found, Response):
            return found
        self.data, self.status_code, self.content_type = found.data, found.status_code, found.content_type
        for name, value in found.items():
            self[name] = value
        return self


def live(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """A DRF view whose answer may be `Streamed`, `Awaited` or `Later`. It checks CSRF itself, as every DRF view."""

    @csrf_exempt
    @wraps(view)  # what it is a view of stays to be seen
    async def answered(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        response = await sync_to_async(view)(request, **captured)
        if isinstance(response, Streamed):
            return EventStream(server_sent(response.reply, response.after))
        if isinstance(response, Later):
            await let_go()
            return await response.answer()
        if isinstance(response, Awaited):
            await let_go()
            await wait_for_end(response.reply, PATIENCE)
            response.data = await read(pair_shape, response.reply)
        return response

    return answered


class EventStream(StreamingHttpResponse):
    """Ends its events when its reader leaves. Django's own leaves them to be found by the garbage collector: until
    then their listeners stay."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(events, content_type=STREAM, headers=headers)
        self._events = events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await let_go()
        async with aclosing(self._events) as events:
            async for text in events:
                yield text


def sent_answer(request: Request, sent: Sent) -> Response:
    """What a send brought, in the way that was asked for; 202 with the pending message while a reply runs."""
    if sent.pending is not None:
        return Response({"pending": pending_shape(sent.pending)}, status=202)
    assert sent.reply is not None
    status = 200 if sent.repeated else 201
    if STREAM in request.headers.get("Accept", ""):
        return Streamed(sent.reply.pk)
    if request.query_params.get("wait") == "1":
        return Awaited(sent.reply.pk, status)
    return Response(pair_shape(sent.reply.pk), status=status)


def pair_shape(reply: UUID) -> PairShape:
    """A person's message and its answer."""
    answer = Message.objects.select_related("reply", "parent").get(pk=reply)
    assert answer.parent is not None
    asked, made = message_shapes([answer.parent, answer])
    return {"message": asked, "reply": made}


def must_write(request: Request, chat: ChatSession) -> ChatSession:
    """The chat, for someone who may write in it; a reader is told so."""
    if ChatSession.writable_by(request.user.pk, chat.pk) is None:
        raise ReadOnly
    return chat
