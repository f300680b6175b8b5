"""How the API answers: JSON at once, JSON when a reply has ended, or the stream of a reply.

A DRF view does all that is short (who, may they, the action) and says how to go on; the waiting is done on the event
loop, where it holds no thread and no connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app.actions.errors import NotPossible, ReadOnly, Refused
from sessions_app.actions.messages import UNANSWERED, Sent
from sessions_app.models import ChatSession, Message, Reply
from sessions_app.reading import read

from . import examples, problems
from .authentication import ScopeMissing
from .idempotency import REPLAYED, once
from .operations import STREAM, Gives
from .preconditions import tagged
from .reader import Reader
from .shapes import PairShape, WaitsShape, message_shapes, pending_shape
from .streams import let_go, server_sent, wait_for_end

log = structlog.get_logger("chatproject.requests")
BEFORE = {REPLAYED: "`true` where it had come before: nothing was made this time."}
SENT = {  # what `sent_answer` gives
    200: Gives(
        PairShape, "It had come before: nothing was made. Or, as events, any answer.", examples.PAIR,
        headers=BEFORE, or_streams=True,
    ),
    201: Gives(PairShape, "Sent; the answer grows.", examples.PAIR),
    202: Gives(WaitsShape, "It is sent when the running reply has ended.", examples.PENDING, headers=BEFORE),
}  # fmt: skip
ANEW = {200: SENT[200], 201: SENT[201]}  # what `anew` gives
PATIENCE = 120.0  # seconds ?wait=1 waits


class AlwaysJson(DefaultContentNegotiation):
    """JSON whatever is accepted: a program that prefers a stream gets its errors as JSON."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


OPEN: Counter[int] = Counter()  # streams and waits of this process, by person
MOST_OPEN = 300


class TooManyOpen(Refused):
    kind = "too_many_open"
    status = 429
    sentence = f"You follow {MOST_OPEN} answers at once already. Let go of some first."
    retry_after = 5


@contextmanager
def open_for(person: int) -> Iterator[None]:
    """One more stream or wait of this person, as long as it lasts."""
    OPEN[person] += 1
    try:
        yield
    finally:
        OPEN[person] -= 1
        if not OPEN[person]:
            del OPEN[person]


class ApiView(APIView):
    """Its methods say with `describing.operation` what they are, and what scope a token needs for them."""

    content_negotiation_class = AlwaysJson

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is refused is counted too."""
        try:
            super().initial(request, *args, **kwargs)
        except (NotAuthenticated, AuthenticationFailed, PermissionDenied, ScopeMissing):
            self.check_throttles(request)
            raise

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are, in `Allow`; what they are stands in the description."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method in ("GET", "HEAD") and type(response) is Response and response.status_code == 200:
            tagged(request, response)
        return response


class Streamed(Response):
    """Goes on as the stream of a reply after `after`; None asks for the whole text first."""

    def __init__(self, reply: UUID, after: int | None = 0, *, reader: Reader) -> None:
        super().__init__()
        self.reply, self.after, self.reader = reply, after, reader


class Later(Response):
    """Answers what `rest` gives: it waits on the event loop. What that refuses is a problem, as in a view."""

    def __init__(self, rest: Callable[[], Awaitable[Response | StreamingHttpResponse]]) -> None:
        super().__init__()
        self._rest = rest

    async def answer(self) -> HttpResponseBase:
        try:
            found = await self._rest()
        except Exception as failure:
            found = problems.after_waiting(failure)
        if not isinstance(found, Response):
            return found
        self.data, self.status_code, self.content_type = found.data, found.status_code, found.content_type
        for name, value in found.items():
            self[name] = value
        return self


class Awaited(Later):
    """A pair once its reply has ended, or after two minutes, with its state then."""

    def __init__(self, reply: UUID, status: int, reader: Reader) -> None:
        super().__init__(self._pair)
        self._reply, self._status, self._reader = reply, status, reader

    async def _pair(self) -> Response:
        await wait_for_end(self._reply, PATIENCE)
        await self._reader.must_read(self._reply)
        return Response(await read(pair_shape, self._reply, self._reader.person), self._status)


class Underway(HttpResponse):
    """Stands for an answer that comes `Later`, on its way through the middleware; whoever serves it asks for
    `finished`."""

    def __init__(self, later: Later, person: int) -> None:
        super().__init__(status=later.status_code)
        self._later, self._person = later, person

    async def finished(self) -> HttpResponseBase:
        with open_for(self._person):
            answer = await self._later.answer()
        if isinstance(answer, EventStream):
            answer.person = self._person
        elif isinstance(answer, Response):
            answer = answer.render()
            answer["Content-Length"] = str(len(answer.content))
        for name, value in self.headers.items():
            if name not in ("Content-Type", "Content-Length"):  # of this one, which has no body
                answer.headers.setdefault(name, value)
        answer.cookies.update(self.cookies)
        if answer.status_code >= 500:
            log.warning("request", request=answer.headers.get("X-Request-ID"), status=answer.status_code)
        return answer


def live(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """A DRF view whose answer may be `Streamed` or `Later`: who, may they, the action run on a thread, the waiting on
    the event loop (`chatproject.programs`, else `chatproject.middleware.Finishing`), where it holds no thread and no connection. It checks CSRF itself, as every
    DRF view."""

    @csrf_exempt
    @wraps(view)  # what it is a view of stays to be seen
    def answered(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        response = view(request, **captured)
        if not isinstance(response, Streamed | Later):
            return response
        asking: Any = response
        person = asking.renderer_context["request"].user.pk
        if OPEN[person] >= MOST_OPEN:
            refused = problems.refused(TooManyOpen())
            response.data, response.status_code = refused.data, refused.status_code
            response.content_type, response["Retry-After"] = refused.content_type, refused["Retry-After"]
            return response
        return stream(response, person) if isinstance(response, Streamed) else Underway(response, person)

    return answered


def stream(asked: Streamed, person: int) -> EventStream:
    answer = EventStream(server_sent(asked.reply, asked.after, asked.reader))
    answer.person = person
    if REPLAYED in asked.headers:
        answer[REPLAYED] = asked.headers[REPLAYED]
    return answer


class EventStream(StreamingHttpResponse):
    """Ends its events when its reader leaves. Django's own leaves them to be found by the garbage collector: until
    then their listeners stay."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(events, content_type=STREAM, headers=headers)
        self._events = events
        self.person = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await let_go()
        with open_for(self.person):
            async with aclosing(self._events) as events:
                async for text in events:
                    yield text


def sent_answer(request: Request, sent: Sent) -> Response:
    """What a send brought, in the way that was asked for; 202 with the pending message while a reply runs."""
    if sent.pending is not None:
        return said(Response({"pending": pending_shape(sent.pending)}, status=202), again=sent.repeated)
    if sent.reply is None:  # it was a question only, whose answer is asked for by itself
        raise NotPossible(UNANSWERED)
    return reply_answer(request, sent.reply.pk, again=sent.repeated)


def reply_answer(request: Request, reply: UUID, *, again: bool) -> Response:
    """A reply with its question: as a stream, at its end, or at once. `again` says that nothing was made."""
    status, reader = 200 if again else 201, Reader.of(request)
    if again:
        kept_pair(reply)
    if STREAM in request.headers.get("Accept", ""):
        return said(Streamed(reply, reader=reader), again=again)
    if request.query_params.get("wait") == "1":
        return said(Awaited(reply, status, reader), again=again)
    return said(Response(pair_shape(reply, request.user), status=status), again=again)


def said(response: Response, *, again: bool) -> Response:
    if again:
        response.headers[REPLAYED] = "true"
    return response


def anew(request: Request, operation: str, content: dict[str, Any], make: Callable[[], Reply]) -> Response:
    """The reply that `make` makes, or the one it made before under this request's `Idempotency-Key`."""
    found = once(request, operation, content, lambda: Response({"reply": str(make().pk)}, status=201))
    return reply_answer(request, UUID(found.data["reply"]), again=REPLAYED in found.headers)


def pair_shape(reply: UUID, person: Any = None) -> PairShape:
    """A person's message and its answer, as `person` reads them."""
    asked, made = message_shapes(kept_pair(reply), person)
    return {"message": asked, "reply": made}


def kept_pair(reply: UUID) -> tuple[Message, Message]:
    """A person's message and its answer, of which nobody deleted any."""
    rows = Message.objects.select_related("reply", "author", "parent__author")
    answer = rows.filter(pk=reply, deleted_at__isnull=True, parent__deleted_at__isnull=True).first()
    if answer is None or answer.parent is None:
        raise NotPossible(UNANSWERED)
    return answer.parent, answer


def must_write(request: Request, chat: ChatSession) -> ChatSession:
    """The chat, for someone who may write in it; a reader is told so."""
    if ChatSession.writable_by(request.user.pk, chat.pk) is None:
        raise ReadOnly
    return chat
