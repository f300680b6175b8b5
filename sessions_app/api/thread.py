"""One conversation for simple clients, at `/chat`: they name no session, send a text and get the answer.

It is the session of kind *thread* of whoever asks; its address for programs is `user-ID`. All its history goes along
with each message, as far as the model's window takes it (`agent.whole`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.errors import ClientIdReused, Refused
from sessions_app.actions.idempotency import KeyReused
from sessions_app.actions.purging import StillEnding, purge_session
from sessions_app.actions.threads import clear_thread, send_to_thread
from sessions_app.models import ChatSession, Message, Reply
from sessions_app.reading import read

from . import examples, streams
from .answers import PATIENCE, ApiView, EventStream, Later
from .authentication import key_of
from .given import Asked, Count, Flag, Given, Text, asked, given
from .idempotency import idempotency_key
from .operations import JSON, STREAM, Gives, operation
from .reader import NoLonger, Reader
from .speech import Speech, event, said
from .streams import follow, wait_for_end
from .turns import Turn, acted
from .unanswered import CODES, StillRunning, problem_of

NOT_SENT = [
    *("empty", "too_long", "not_possible", "too_many_pending", "premium_model", "budget", "rate_limited"),
    *("token_dead", "restarting"),
]
ENDING = 10.0  # seconds a deletion for good waits for the reply it stopped
ThreadId = Annotated[str, Field(pattern="^user-[0-9]+$", description="Of whoever asks; the same for ever.")]


class ThreadMessage(Given):
    message: Annotated[Text, Field(description="What is said, Markdown or plain.")]


class Newest(Asked):
    limit: Annotated[Count, Field(ge=1, le=1000, description="So many messages, the newest.")] = 50


class Forgetting(Asked):
    permanent: Annotated[
        Flag, Field(description="true: for good. Else it can be brought back for 30 days.")
    ] = False


SPOKEN = {  # one event; the stream is any number of them, with comments between
    "type": "object",
    "properties": {
        "data": {
            "type": "string",
            "contentMediaType": JSON,
            "contentSchema": {
                "type": "object",
                "properties": {
                    "type": {"enum": ["status", "token", "error", "done"]},
                    "content": {"type": "string"},
                    "thread_id": {"type": "string", "description": "With `done`."},
                },
                "required": ["type"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["data"],
}


class AnswerShape(TypedDict):
    response: Annotated[str, Field(description="The text of the answer.")]
    thread_id: ThreadId


class SaidShape(TypedDict):
    role: Annotated[str, Field(pattern="^(user|assistant)$")]
    content: str
    timestamp: datetime


class HistoryShape(TypedDict):
    thread_id: ThreadId
    message_count: Annotated[int, Field(description="Of all messages, not only those told here.")]
    messages: Annotated[list[SaidShape], Field(description="Oldest first.")]


class ForgottenShape(TypedDict):
    success: bool
    message: Annotated[str, Field(description="What was done, for a person.")]
    thread_id: ThreadId


class ThreadShape(TypedDict):
    user_id: int
    thread_id: ThreadId
    total_messages: int
    total_tokens_used: Annotated[int, Field(description="Of all model calls of this thread.")]
    session_start: Annotated[datetime | None, Field(description="Null before the first message.")]
    last_activity: Annotated[datetime | None, Field(description="Null before the first message.")]


def thread_id(person: Any) -> str:
    return f"user-{person.pk}"


def sent(request: Request) -> Turn:
    """Send what the request says; the same Idempotency-Key twice is one message and one reply."""
    new = given(request, ThreadMessage)
    key = idempotency_key(request)
    client_id = hashlib.sha256(key.encode()).hexdigest() if key else ""
    try:
        found = send_to_thread(
            owner=request.user, content=new.message, client_id=client_id, token=key_of(request)
        )
    except ClientIdReused:
        raise KeyReused from None
    return Turn.of(found, Reader.of(request))


class Thread(ApiView):
    @operation(
        "thread_send", "Say something and get the answer", tag="Thread", scope="chat", takes=ThreadMessage,
        example={"message": "What did this week cost?"}, headers=["Idempotency-Key"],
        gives={200: Gives(AnswerShape, "The reply has ended.", examples.THREAD_ANSWER)}, refuses=[*NOT_SENT, *CODES],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Answers once the reply has ended, after two minutes at the latest. While another reply of the thread runs the
        message waits for its turn. A problem that comes after the message was sent brings what was written so far as
        `response`; the history keeps it."""
        turn = sent(request)

        async def rest() -> Response:
            reply = await ended(turn, PATIENCE)
            found = await read(answer_to, reply)
            return Response(AnswerShape(response=found, thread_id=thread_id(request.user)))

        return Later(rest)


async def ended(turn: Turn, seconds: float) -> UUID:
    """The reply of a turn, once it has ended, waits for a person, or `seconds` are over."""
    until = time.monotonic() + seconds
    while (reply := await turn.come(max(0.0, until - time.monotonic()))) is None:
        if time.monotonic() >= until:
            raise StillRunning(None)
    await wait_for_end(reply, max(0.0, until - time.monotonic()))
    await turn.reader.must_live()
    return reply


def answer_to(reply: UUID) -> str:
    """The text of a complete reply; any other is a problem."""
    row = Reply.objects.select_related("message").filter(pk=reply).first()
    if row is None:
        raise StillRunning(None, "The conversation was deleted for good before the reply had ended.")
    if problem := problem_of(row):
        raise problem
    return row.message.content


class ThreadStream(ApiView):
    @operation(
        "thread_stream", "Say something and get the answer as it grows", tag="Thread", scope="chat",
        takes=ThreadMessage, example={"message": "What did this week cost?"}, headers=["Idempotency-Key"],
        gives={200: Gives(SPOKEN, "Server-sent events.", examples.THREAD_EVENT, media=STREAM)},
        refuses=NOT_SENT,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Each event is one JSON object: `{"type": "status", "content"}` says what is being done,
        `{"type": "token", "content"}` brings text, whose pieces joined are the answer, `{"type": "error", "content"}`
        says why it is not whole, and `{"type": "done", "thread_id"}` is the last."""
        turn = sent(request)

        async def rest() -> EventStream:
            return EventStream(spoken(turn))

        return Later(rest)


async def spoken(turn: Turn) -> AsyncGenerator[bytes, None]:
    """The events of a turn, up to `done`; comments while nothing comes."""
    yield b": open\n\n"
    try:
        if turn.reply is None:
            yield event(said("status", "Waiting for the reply before this one."))
        while (reply := await turn.come(streams.HEARTBEAT)) is None:
            yield streams.BEAT
        speech = Speech()
        async with aclosing(follow(reply, 0, turn.reader)) as pieces:
            async for piece in pieces:
                for text in [streams.BEAT] if piece is None else map(event, speech.of(piece)):
                    yield text
        if not speech.ended:
            await turn.reader.must_live()
        for words in speech.gone():
            yield event(words)
    except NoLonger:
        return
    except Refused as refusal:
        yield event(said("error", refusal.sentence))
    yield event({"type": "done", "thread_id": thread_id(turn.reader.person)})


class ThreadHistory(ApiView):
    @operation(
        "thread_history", "What was said", tag="Thread", scope="read", query=Newest,
        gives={200: Gives(HistoryShape, "The newest messages, oldest first.", examples.THREAD_HISTORY)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        wanted = asked(request, Newest)
        chat = ChatSession.objects.thread_of(request.user)
        rows = newest(chat, wanted.limit) if chat else []
        count = chat.message_count if chat else 0
        messages = [SaidShape(role=row.role, content=row.content, timestamp=row.created_at) for row in rows]
        found = HistoryShape(thread_id=thread_id(request.user), message_count=count, messages=messages)
        return Response(found)

    @operation(
        "thread_forget", "Delete what was said", tag="Thread", scope="write", query=Forgetting,
        gives={200: Gives(ForgottenShape, "The thread is empty now.", examples.THREAD_FORGOTTEN)},
    )  # fmt: skip
    def delete(self, request: Request) -> Response:
        """A running reply is stopped first. History and counts begin at 0 again; what it cost stays in the figures.
        What was said becomes a deleted session, which its person can bring back for 30 days, unless `permanent`."""
        wanted = asked(request, Forgetting)
        chat = clear_thread(owner=request.user, permanent=wanted.permanent)
        found = ForgottenShape(
            success=True, message=forgotten(chat, wanted.permanent), thread_id=thread_id(request.user)
        )
        if chat is None or not wanted.permanent:
            return Response(found)

        async def rest() -> Response:
            await purged(chat)
            return Response(found)

        return Later(rest)


def newest(chat: ChatSession, limit: int) -> list[Message]:
    rows = chat.messages.shown().reverse().only("role", "content", "created_at", "session")
    return list(rows[:limit])[::-1]


def forgotten(chat: ChatSession | None, permanent: bool) -> str:
    if chat is None:
        return "There was nothing to delete."
    if permanent:
        return f"The conversation was deleted for good (messages: {chat.message_count})."
    return (
        f"The conversation was deleted (messages: {chat.message_count}). "
        "It can be brought back for 30 days from the deleted sessions, as a session of its own."
    )


async def purged(chat: ChatSession) -> None:
    """Purge a chat once its last reply has ended; the housekeeping does it where that takes longer."""
    running = await read(Reply.objects.filter(session=chat).growing().first)
    if running is not None:
        await wait_for_end(running.pk, ENDING)
    with suppress(StillEnding):
        await acted(lambda: purge_session(chat=chat))


class ThreadSession(ApiView):
    @operation(
        "thread_session", "The thread in figures", tag="Thread", scope="read",
        gives={200: Gives(ThreadShape, "It is made by its first message.", examples.THREAD)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        chat = ChatSession.objects.thread_of(request.user)
        return Response(
            ThreadShape(
                user_id=int(request.user.pk or 0),
                thread_id=thread_id(request.user),
                total_messages=chat.message_count if chat else 0,
                total_tokens_used=chat.total_tokens if chat else 0,
                session_start=chat.created_at if chat else None,
                last_activity=chat.last_activity_at if chat else None,
            )
        )
