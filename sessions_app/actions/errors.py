"""Refusals of actions: each has a sentence fit for a person and the status its transport answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

MOST_PENDING = 50  # messages that wait in a session


class Refused(Exception):
    """An action that was not carried out; nothing was changed. `keeps_draft` where the sentence leaves it to the page
    to say that a draft is kept: only the page knows whether there was one."""

    kind = "refused"
    status = 422
    sentence = "That could not be done."
    keeps_draft = False

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        super().__init__(self.sentence)

    def told(self, *, draft: bool) -> str:
        """The sentence, for the page that did or did not send a draft."""
        return f"{self.sentence} Your draft is kept." if draft and self.keeps_draft else self.sentence

    def facts(self) -> dict[str, Any]:
        """What programs are told besides."""
        return {}


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


class NotTheOwner(ReadOnly):
    sentence = "Only its owner can do this with a session."


class SessionDeleted(Refused):
    kind = "deleted"
    status = 404
    sentence = "This session was deleted. It can be brought back for 30 days."


class NotYours(Refused):
    kind = "not_yours"
    status = 403
    sentence = "Only the person who asked can answer this: the tool would run with their rights."


class NotTheAuthor(NotYours):
    sentence = "Only its author can change a message that waits: it is sent in their name."


class OtherToken(NotYours):
    sentence = "A token answers tool calls only of replies that were asked for with it. Answer this one in a browser."


class PremiumModel(Refused):
    kind = "premium_model"
    status = 403
    sentence = "This model is part of the premium plan."
    keeps_draft = True

    def __init__(self, label: str) -> None:
        super().__init__(
            f"{label} is part of the premium plan. Choose another model, or ask an administrator for the premium plan."
        )


class BudgetUsedUp(Refused):
    """What may be used in a span of time is used, or reserved by calls under way. `reason` says which and when it
    starts again; `resets_at` is that moment, where there is one. One that is `soon` is of a limit a minute. `sums`
    (measure, limit, used; money in USD) only for those who may know them. `told_beside` where what is told of limits
    beside the message box says the same, as long as it is true."""

    kind = "budget"
    status = 429
    sentence = "What may be used in this span of time is used up. `resets_at` says when it starts again."
    keeps_draft = True

    def __init__(
        self,
        reason: str,
        *,
        resets_at: datetime | None = None,
        soon: bool = False,
        sums: dict[str, str | int] | None = None,
        told_beside: bool = False,
    ) -> None:
        self.told_beside = told_beside
        self.reason, self.resets_at, self.sums = reason, resets_at, sums or {}
        if soon:
            self.kind = "rate_limited"
        super().__init__(reason)

    @property
    def retry_after(self) -> int | None:
        """Whole seconds until it starts again, 1 at the least."""
        if self.resets_at is None:
            return None
        return max(1, -int(-(self.resets_at - timezone.now()).total_seconds() // 1))

    def facts(self) -> dict[str, Any]:
        resets = None if self.resets_at is None else self.resets_at.isoformat().replace("+00:00", "Z")
        return {"resets_at": resets, **self.sums}


class TokenDead(Refused):
    """Of a message that waits."""

    kind = "token_dead"
    status = 409
    sentence = "The API token this was sent with is revoked or expired. Its author can send it from here, or remove it."


class AuthorGone(NotPossible):
    """Of a message that waits."""

    sentence = (
        "Whoever wrote this may not write in this session any more. It is not sent, and can be removed."
    )


class TooManyPending(Refused):
    kind = "too_many_pending"
    status = 429
    sentence = (
        f"{MOST_PENDING} messages wait in this session already. Send this one when some of them went out."
    )
    keeps_draft = True


class ShuttingDown(Refused):
    kind = "restarting"
    status = 503
    sentence = "The server is restarting. Your text is kept; send it again in a moment."
