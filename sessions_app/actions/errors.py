"""Refusals of actions: each has a sentence fit for a person and the status its transport answers with."""

from __future__ import annotations


class Refused(Exception):
    """An action that was not carried out; nothing was changed."""

    kind = "refused"
    status = 422
    sentence = "That could not be done."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        super().__init__(self.sentence)


class EmptyMessage(Refused):
    kind = "empty"
    sentence = "The message is empty."


class MessageTooLong(Refused):
    kind = "too_long"
    status = 413
    sentence = "The message is too long. Your text is kept; shorten it or send it in parts."


class ClientIdReused(Refused):
    kind = "client_id_reused"
    status = 409
    sentence = "A different message was already sent under this id. Your text is kept; send it again."


class UnknownModel(Refused):
    kind = "unknown_model"
    sentence = "This workspace does not offer that model."


class NotNow(Refused):
    kind = "not_now"
    status = 409
    sentence = "A reply is running. Stop it first, or wait until it ends."


class PathChanged(Refused):
    kind = "path_changed"
    status = 409
    sentence = "The conversation was changed elsewhere meanwhile. Your text is kept; look, then send again."


class NotPossible(Refused):
    kind = "not_possible"
    status = 409
    sentence = "That is not possible for this reply any more."


class ReadOnly(Refused):
    kind = "read_only"
    status = 403
    sentence = "You can read this session, but not write in it."


class SessionDeleted(Refused):
    kind = "deleted"
    status = 404
    sentence = "This session was deleted. It can be brought back for 30 days."


class NotYours(Refused):
    kind = "not_yours"
    status = 403
    sentence = "Only the person who asked can answer this: the tool would run with their rights."


class PremiumModel(Refused):
    kind = "premium_model"
    status = 403

    def __init__(self, label: str) -> None:
        super().__init__(
            f"{label} is part of the premium plan. Choose another model, or ask an administrator for the premium plan. "
            "Your draft is kept."
        )


class BudgetUsedUp(Refused):
    """What may be used in a span of time is used, or reserved by calls under way. `reason` says which and when it
    starts again; `retry_after` is in seconds, where that is soon."""

    kind = "budget"
    status = 429

    def __init__(self, reason: str, *, retry_after: int | None = None) -> None:
        self.reason, self.retry_after = reason, retry_after
        if retry_after is not None:
            self.kind = "rate_limited"
        super().__init__(f"{reason} Your draft is kept.")


class ShuttingDown(Refused):
    kind = "restarting"
    status = 503
    sentence = "The server is restarting. Your text is kept; send it again in a moment."
