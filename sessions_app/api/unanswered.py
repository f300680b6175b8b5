"""How a reply that did not end well is told to a program that waited for it: as a problem that keeps what was written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sessions_app.actions.errors import Refused
from sessions_app.models import Reply


class Unanswered(Refused):
    """There is no whole answer. `response` is the text so far, `reply` the key of its message, null before that is
    sent."""

    kind = "reply_failed"
    status = 502
    sentence = "The reply failed. What was written of it is kept."

    def __init__(
        self, reply: UUID | None, sentence: str = "", response: str = "", error_type: str = ""
    ) -> None:
        super().__init__(sentence or None)
        self.reply, self.response, self.error_type = reply, response, error_type

    def facts(self) -> dict[str, Any]:
        found = {"response": self.response, "reply": None if self.reply is None else str(self.reply)}
        return found | ({"error_type": self.error_type} if self.error_type else {})


class ProviderBusy(Unanswered):
    kind = "provider_busy"
    status = 503
    sentence = "The provider is overloaded or cannot be reached. Send it again in a while."


class ProviderLimit(Unanswered):
    kind = "provider_limit"
    status = 429
    sentence = "The provider's rate limit is reached. Send it again in a while."


class ProviderSlow(Unanswered):
    kind = "provider_slow"
    status = 504
    sentence = "The provider did not answer in time."


class OverBudget(Unanswered):
    kind = "budget"
    status = 429
    sentence = "What may be used is used up."


class HistoryTooLong(Unanswered):
    kind = "history_too_long"
    status = 422
    sentence = "The conversation is too long for the model."


class Interrupted(Unanswered):
    kind = "reply_interrupted"
    status = 503
    sentence = "The reply was cut short: the server restarted. What was written of it is kept."


class Stopped(Unanswered):
    kind = "reply_stopped"
    status = 409
    sentence = "The reply was stopped. What was written of it is kept."


class ApprovalNeeded(Unanswered):
    """`tool_call` is the one that asks; it is answered on the session's page, or by `approve`."""

    kind = "approval_needed"
    status = 409
    sentence = "The reply waits: a tool asks for your approval. Answer it on the page of the session, or by `approve`."

    def __init__(
        self, reply: UUID | None, sentence: str = "", response: str = "", tool_call: str = ""
    ) -> None:
        super().__init__(reply, sentence, response)
        self.tool_call = tool_call

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"tool_call": self.tool_call}


class StillRunning(Unanswered):
    kind = "still_running"
    status = 504
    sentence = "There was no answer in time. It goes on without you, and the history will have it."


class NotSent(Refused):
    kind = "not_sent"
    status = 409
    sentence = (
        "The message waited for an earlier reply, and was taken back on another page before it was sent."
    )


ENDS = {
    "budget": OverBudget,
    "too_long": HistoryTooLong,
    "rate_limit": ProviderLimit,
    "timeout": ProviderSlow,
}
ENDS |= dict.fromkeys(("overloaded", "connection"), ProviderBusy)
CODES = [
    *("reply_failed", "provider_busy", "provider_limit", "provider_slow", "budget", "history_too_long"),
    *("reply_interrupted", "reply_stopped", "approval_needed", "still_running", "not_sent"),
]


def problem_of(reply: Reply) -> Unanswered | None:
    """What is to be told of a reply (its message selected) as it stands; None where it is complete."""
    key, text, said = reply.pk, reply.message.content, reply.error_message
    match reply.status:
        case Reply.Status.COMPLETE:
            return None
        case Reply.Status.WAITING:
            call = reply.message.tool_calls.filter(status="awaiting_approval").values_list("pk", flat=True)
            return ApprovalNeeded(key, response=text, tool_call=str(call.first() or ""))
        case Reply.Status.STOPPED:
            return Stopped(key, response=text)
        case Reply.Status.INTERRUPTED:
            return Interrupted(key, said, text, reply.error_type)
        case Reply.Status.FAILED:
            return ENDS.get(reply.error_type, Unanswered)(key, said, text, reply.error_type)
    return StillRunning(key, response=text)
