"""Requests under a key of their program: done once, answered the same way for a day.

The answer is written in the transaction that does what was asked, so that there is never one without the other; of
requests that come together the others wait for the first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from sessions_app.models import IdempotencyKey
from sessions_app.transactions import write

from .errors import Refused

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=10)
MOST = 10_000  # of a person
LOT = 500


class KeyReused(Refused):
    kind = "key_reused"
    sentence = "A different request came under this Idempotency-Key. Nothing was done: take another key."


class UnderWay(Refused):
    kind = "under_way"
    status = 409
    sentence = "This request is being done at the moment. Ask again in a few seconds for its answer."
    retry_after = 2  # seconds


class Answered(NamedTuple):
    """`content` is the body as text, `session` the key of the session it tells of."""

    status: int
    content: str
    again: bool = False
    session: UUID | None = None


def do_once(
    *, user: Any, operation: str, key: str, fingerprint: str, make: Callable[[], Answered]
) -> Answered:
    """What `make` answers, or what it answered before under this key. `fingerprint` is of what was asked: another one
    under the same key is refused. What `make` raises leaves nothing behind: it may be asked again."""
    named = {"user_id": user.pk, "operation": operation, "key": key}
    with write():
        rows = IdempotencyKey.objects.filter(**named)
        rows.filter(at__lt=timezone.now() - KEPT).delete()
        # Waits for another request under this key, and then sees its row.
        row = IdempotencyKey(**named, fingerprint=fingerprint)
        IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
        row = rows.get()
        if row.fingerprint != fingerprint:
            raise KeyReused
        if row.status:
            return Answered(row.status, row.answer, again=True)
        answer = make()
        rows.update(status=answer.status, answer=answer.content, session_key=answer.session)
    return answer


def do_once_apart(
    *, user: Any, operation: str, key: str, fingerprint: str, make: Callable[[], Answered]
) -> Answered:
    """As `do_once`, for what writes in several transactions of its own: the key is taken first, and who comes with it
    meanwhile is told to ask again. What `make` raises gives the key back; one whose process died is free after a
    while."""
    named = {"user_id": user.pk, "operation": operation, "key": key}
    with write():
        rows = IdempotencyKey.objects.filter(**named)
        rows.filter(at__lt=timezone.now() - KEPT).delete()
        rows.filter(status=0, at__lt=timezone.now() - ABANDONED).delete()
        row, ours = rows.get_or_create(defaults={**named, "fingerprint": fingerprint})
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.status:
        return Answered(row.status, row.answer, again=True)
    if not ours:
        raise UnderWay
    try:
        answer = make()
    except BaseException:
        with write():
            rows.filter(pk=row.pk).delete()
        raise
    with write():
        rows.filter(pk=row.pk).update(status=answer.status, answer=answer.content, session_key=answer.session)
    return answer


def forget_answers(*, session: UUID) -> None:
    """Nothing of a session that is deleted for good is told again."""
    with write():
        IdempotencyKey.objects.filter(session_key=session).delete()


def sweep() -> bool:
    """A job of housekeeping: keys are forgotten after a day, and of somebody who has too many the oldest. Whether there
    is more to do."""
    old = IdempotencyKey.objects.filter(at__lt=timezone.now() - KEPT).order_by("pk")
    keys = list(old.values_list("pk", flat=True)[:LOT]) or _beyond()
    with write():
        IdempotencyKey.objects.filter(pk__in=keys).delete()
    return len(keys) == LOT


def _beyond() -> list[int]:
    """Some keys of one who has too many."""
    people = IdempotencyKey.objects.order_by("user").values("user").annotate(count=Count("pk"))
    many = people.filter(count__gt=MOST).first()
    if many is None:
        return []
    oldest = IdempotencyKey.objects.filter(user=many["user"]).order_by("at", "pk")
    return list(oldest.values_list("pk", flat=True)[: min(LOT, many["count"] - MOST)])
