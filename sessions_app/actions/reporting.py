"""What goes wrong in the workspace itself, as events: model calls and replies that fail, for staff; tools that fail, for
who asked. Written after the transaction in which it went wrong, in one of its own: nothing waits for it, and nothing
fails with it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from sessions_app.activity.values import ERROR, INFO, WARNING, Event, fingerprint
from sessions_app.models import ToolCall

from .activity import take_events

# Kinds of errors that are a provider's, not of what was asked for.
FAULTS = frozenset(
    (
        *("provider", "overloaded", "rate_limit", "authentication", "permission", "billing", "not_found"),
        *("server", "connection", "stream_cut", "garbled", "timeout"),
    )
)


def call_failed(*, provider: str, model: str, kind: str, status: int | None) -> None:
    """A model call that failed by its provider's fault; it may have been made again."""
    _for_staff(
        Event(
            source="providers",
            kind="provider_failure",
            title=f"A call of {model} failed: {kind}",
            severity=WARNING,
            data={"provider": provider, "model": model, "error": kind, "status": status},
            fingerprint=fingerprint("call", provider, model, kind),
            audience="staff",
        )
    )


def reply_failed(*, reply: UUID, model: str, kind: str) -> None:
    """A reply that ended by a provider's fault, after all attempts."""
    _for_staff(
        Event(
            source="providers",
            kind="reply_failed",
            title=f"A reply of {model} failed: {kind}",
            severity=ERROR,
            data={"model": model, "error": kind, "reply": str(reply)},
            fingerprint=fingerprint("reply", model, kind),
            audience="staff",
        )
    )


def tool_failed(*, call: UUID) -> None:
    """For the owner of the session it ran in."""

    def report() -> None:
        row = ToolCall.objects.select_related("message__session__owner").filter(pk=call).first()
        if row is None:
            return
        chat = row.message.session
        event = Event(
            source="tools",
            kind="tool_failure",
            title=f"{row.tool_name} failed",
            severity=INFO,
            body=row.error_message,
            data={"tool": row.tool_name, "session": str(chat.pk), "message": str(row.message_id)},
            fingerprint=fingerprint("tool", row.tool_name, str(chat.pk)),
        )
        take_events(owner=chat.owner, events=[event])

    _later(report)


def _for_staff(event: Event) -> None:
    _later(lambda: take_events(owner=None, events=[event]))


def _later(report: Callable[[], object]) -> None:
    transaction.on_commit(report, robust=True)
