"""The record of what staff opened or did with what belongs to others, or to the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone

from sessions_app.models import (
    ActivityEvent,
    ApiToken,
    Attachment,
    AuditEntry,
    ChatSession,
    Mark,
    Message,
    PendingMessage,
    Reply,
    ReplyChunk,
    SessionTemplate,
    TokenUsage,
    ToolCall,
    User,
)
from sessions_app.transactions import write

VALUE_LENGTH = 80
LOOK = timedelta(hours=1)  # a page of figures that stays open asks again and again: it is one reading
# From a row to the session it is of.
WAYS: Mapping[type[Model], tuple[str, ...]] = {
    ChatSession: (),
    Message: ("session",),
    PendingMessage: ("session",),
    Reply: ("session",),
    TokenUsage: ("session",),
    ReplyChunk: ("reply", "session"),
    ToolCall: ("message", "session"),
    Mark: ("message", "session"),
}
OWNERS: Mapping[type[Model], str] = {
    User: "pk", ApiToken: "user_id", SessionTemplate: "owner_id", ActivityEvent: "owner_id"
}  # fmt: skip


@write()
def record(
    *,
    actor: Any,
    action: str,
    subject: Model | str,
    detail: str = "",
    reason: str = "",
) -> AuditEntry:
    """Write it down before anything is shown: what cannot be recorded is not opened.

    `subject` is a row, kept as its model and key, with whose it is and the session it is of; or such words for one that
    has no key to show.
    """
    person, session = (None, None) if isinstance(subject, str) else concerned(subject)
    row = entry(actor, action, subject, detail, reason)
    row.person_id, row.session_key = person, session
    row.save()
    return row


def record_look(*, actor: Any, action: str, subject: Model | str, detail: str = "") -> None:
    """As `record`, once in an hour."""
    row = entry(actor, action, subject, detail, "")
    same = looks(actor, action).filter(subject=row.subject, detail=row.detail)
    if not same.exists():
        record(actor=actor, action=action, subject=subject, detail=detail)


def record_read(
    *, actor: Any, action: str, sessions: Iterable[UUID], reason: str = "", look: bool = False
) -> int:
    """Texts of these sessions are read together: a row for each that is another's, for a `look` once in an hour.
    Returns how many."""
    keys = set(sessions)
    if look and keys:
        keys -= set(looks(actor, action).filter(session_key__in=keys).values_list("session_key", flat=True))
    rows = ChatSession.objects.filter(pk__in=keys).exclude(owner=actor.pk).order_by("pk")
    found = list(rows.values_list("pk", "owner"))
    if not found:
        return 0
    with write():
        return len(
            AuditEntry.objects.bulk_create(_read(actor, action, key, owner, reason) for key, owner in found)
        )


def looks(actor: Any, action: str) -> QuerySet[AuditEntry]:
    """What this person is on record for having read so within the hour."""
    return AuditEntry.objects.filter(actor=actor.pk, action=action, at__gt=timezone.now() - LOOK)


def _read(actor: Any, action: str, key: UUID, owner: int, reason: str) -> AuditEntry:
    row = entry(actor, action, f"chatsession {key}", "", reason)
    row.person_id, row.session_key = owner, key
    return row


def entry(actor: Any, action: str, subject: Model | str, detail: str, reason: str) -> AuditEntry:
    words = subject if isinstance(subject, str) else f"{subject._meta.model_name} {subject.pk}"
    return AuditEntry(
        actor=actor, action=action[:40], subject=words[:80], detail=detail[:500], reason=reason[:300]
    )


def concerned(row: Model) -> tuple[int | None, UUID | None]:
    """Whose a row is, and the session it is of."""
    if type(row) in OWNERS:
        return getattr(row, OWNERS[type(row)]), None
    if isinstance(row, Attachment):
        session = row.message.session if row.message else row.session
        return (session.owner_id, session.pk) if session else (row.owner_id, None)
    if type(row) not in WAYS:
        session = getattr(row, "session", None)
        token = getattr(row, "token", None)
        creator = getattr(getattr(row, "video", None) or row, "creator_id", None)
        person = getattr(row, "user_id", None) or creator or (session and session.owner_id)
        return person or (token.user_id if isinstance(token, ApiToken) else None), session and session.pk
    found: Any = row
    for name in WAYS[type(row)]:
        found = getattr(found, name)
    return (found.owner_id, found.pk) if found is not None else (None, getattr(row, "session_key", None))


def session_of(row: Model) -> Any:
    """The key of the session a row is of, without asking for the session; None for what is of none."""
    if type(row) not in WAYS:
        return None
    found: Any = row
    for name in WAYS[type(row)][:-1]:
        found = getattr(found, name)
    return found.session_id if WAYS[type(row)] else found.pk


def changes(before: Mapping[str, Any], after: Mapping[str, Any], untold: Iterable[str] = ()) -> str:
    """What differs, as "plan: free → premium; active: yes → no". Of `untold` ones only that they were changed."""
    told = []
    for name in after:
        old, new = in_words(before.get(name)), in_words(after[name])
        if name in untold:
            told.append(f"{name} changed")
        elif old != new:
            told.append(f"{name}: {old} → {new}")
    return "; ".join(told)


def in_words(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) or not isinstance(value, Iterable):
        text = str(value)
        return text if len(text) <= VALUE_LENGTH else f"{text[:VALUE_LENGTH]}…"
    return ", ".join(sorted(in_words(each) for each in value)) or "none"
