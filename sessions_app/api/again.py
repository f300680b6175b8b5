"""What a program may ask of an answer: another try, to go on, another answer; the answer a question has not; and what its
tools may do."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.approvals import answer_call
from sessions_app.actions.errors import NotPossible
from sessions_app.actions.replies import answer_question, continue_reply, regenerate_reply, retry_reply
from sessions_app.models import Message, Reply

from . import examples
from .answers import ANEW, ApiView, anew, must_write
from .authentication import key_of, must_be_browser
from .given import AnotherAnswer, Answer, Nothing, asked, given
from .messages import Waiting, message_of
from .operations import operation

ALWAYS = "This takes a browser's session: what is allowed always stays allowed when the token is gone."
NOT_AGAIN = [
    "read_only", "deleted", "not_now", "not_possible", "premium_model", "budget", "rate_limited", "restarting",
]  # fmt: skip


def answer_of(request: Request, pk: UUID) -> Message:
    """An answer in a session this person may write in."""
    message = message_of(request, pk)
    must_write(request, message.session)
    if message.role != Message.Role.ASSISTANT:
        raise NotPossible("Only an answer can be asked for again.")
    return message


def once_more(request: Request, message: Message, name: str, make: Callable[..., Reply]) -> Response:
    """What `make` makes of a message, of an operation that takes nothing else."""
    asked(request, Waiting)
    given(request, Nothing)
    return anew(
        request,
        name,
        {"of": message.pk},
        lambda: make(message=message, by=request.user, token=key_of(request)),
    )


class Retry(ApiView):
    @operation(
        "retry", "Try a failed answer again", tag="Messages", scope="chat", takes=Nothing, query=Waiting,
        headers=["Idempotency-Key"], gives=ANEW, refuses=NOT_AGAIN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A new answer beside one that failed, was cut off or stopped."""
        return once_more(request, answer_of(request, pk), "retry", retry_reply)


class Continue(ApiView):
    @operation(
        "continue", "Go on where an answer ended", tag="Messages", scope="chat", takes=Nothing, query=Waiting,
        headers=["Idempotency-Key"], gives=ANEW, refuses=NOT_AGAIN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A new answer that begins with the text kept so far."""
        return once_more(request, answer_of(request, pk), "continue", continue_reply)


class Regenerate(ApiView):
    @operation(
        "regenerate", "Ask for another answer", tag="Messages", scope="chat", takes=AnotherAnswer, query=Waiting,
        example={"model": "claude-sonnet-5"}, headers=["Idempotency-Key"], gives=ANEW,
        refuses=[*NOT_AGAIN, "unknown_model"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A new answer beside this one, by the same model or another."""
        message = answer_of(request, pk)
        asked(request, Waiting)
        model = given(request, AnotherAnswer).model or ""
        return anew(
            request,
            "regenerate",
            {"of": pk, "model": model},
            lambda: regenerate_reply(message=message, model=model, by=request.user, token=key_of(request)),
        )


class AnswerIt(ApiView):
    @operation(
        "answer", "Answer a question that has no answer", tag="Messages", scope="chat", takes=Nothing, query=Waiting,
        headers=["Idempotency-Key"], gives=ANEW, refuses=NOT_AGAIN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Of the last question that is shown: a session was branched from it, or its answer was deleted."""
        message = message_of(request, pk)
        must_write(request, message.session)
        return once_more(request, message, "answer", answer_question)


class Approve(ApiView):
    @operation(
        "approve", "Answer a tool call that asks", tag="Messages", scope="chat", takes=Answer, query=Waiting,
        example={"tool_call": examples.CALL_ID, "decision": "once"}, headers=["Idempotency-Key"], gives=ANEW,
        refuses=["read_only", "not_possible", "not_yours", "session_needed", "deleted", "restarting"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Allow the call `once`, allow its tool `always`, or `refuse` it. The reply goes on when none is left to ask.
        Only whoever asked the question may answer: the tool runs with their rights. A token answers for replies that
        were asked for with it, and never `always`: that takes a browser's session."""
        message = answer_of(request, pk)
        asked(request, Waiting)
        said = given(request, Answer)
        if said.decision == "always":
            must_be_browser(request, ALWAYS)
        return anew(
            request,
            "approve",
            {"of": pk, **said.model_dump(mode="json")},
            lambda: answer_call(
                message=message,
                call=said.tool_call,
                decision=said.decision,
                person=request.user,
                token=key_of(request),
            ),
        )
