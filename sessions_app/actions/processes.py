"""Server processes that run replies: their beat, and what happens to the replies of one that died.

A process is dead when its beat is older than 15 s by the database's clock, or at once when it ran on this host
and the file it kept locked is free. A process never buries its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from sessions_app import gates
from sessions_app.models import Reply, RunnerProcess, TokenUsage
from sessions_app.transactions import write

from . import ledger, running

DEAD_AFTER = timedelta(seconds=15)
PEOPLE_LIMIT = 10_000
CUT_SHORT = "This answer was cut short. The server restarted; the text is kept."


class ProcessLock:
    """A file this process keeps locked while it lives; the system frees it however the process ends."""

    def __init__(self, owner: UUID) -> None:
        folder = Path(settings.VAR_DIR) / "runners"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{owner}.lock"
        self._handle = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._handle)
        self.path.unlink(missing_ok=True)


def lock_is_free(path: str) -> bool:
    """Whether nobody holds the lock file any more; a file that is not there proves nothing."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


@write()
def register(*, owner: UUID, lock_path: str = "") -> RunnerProcess:
    """Say that this process is here."""
    return RunnerProcess.objects.create(
        id=owner, host=socket.gethostname()[:120], pid=os.getpid(), lock_path=lock_path, beat_at=Now()
    )


@write()
def beat(*, owner: UUID, people: Sequence[int] | None = None) -> bool:
    """Still here, and `people` have a page open (None: the same as at the last beat). One that was taken for dead
    while it could not beat says anew who it is; False then, and its people are to be told again."""
    told = {} if people is None else {"people": list(people[:PEOPLE_LIMIT])}
    known = RunnerProcess.objects.filter(pk=owner).update(beat_at=Now(), **told)
    if not known:
        register(owner=owner)
    return bool(known)


def living() -> list[RunnerProcess]:
    """Processes that are not dead, as the head of this file says."""
    fresh = RunnerProcess.objects.filter(ended_at__isnull=True, beat_at__gte=Now() - DEAD_AFTER)
    here = socket.gethostname()[:120]
    return [row for row in fresh if row.host != here or not row.lock_path or not lock_is_free(row.lock_path)]


def end_left_over(*, owner: UUID) -> None:
    """End what this process claimed and never began, in the moment it was told to end."""
    for reply in orphans_of(owner=owner, known=()):
        running.end_unowned(
            reply=reply,
            status=Reply.Status.INTERRUPTED,
            stop_reason="error",
            message=CUT_SHORT,
            kind="interrupted",
        )


@write()
def sign_off(*, owner: UUID) -> None:
    """This process ended in order."""
    RunnerProcess.objects.filter(pk=owner).update(ended_at=Now())


def dead_processes(*, owner: UUID) -> list[UUID]:
    """Processes other than `owner` that no longer live."""
    others = RunnerProcess.objects.exclude(pk=owner)
    dead = set(
        others.filter(Q(ended_at__isnull=False) | Q(beat_at__lt=Now() - DEAD_AFTER)).values_list(
            "pk", flat=True
        )
    )
    here = others.filter(host=socket.gethostname()[:120], ended_at__isnull=True).exclude(lock_path="")
    dead |= {row.pk for row in here if row.pk not in dead and lock_is_free(row.lock_path)}
    return list(dead)


def reap(*, owner: UUID) -> int:
    """End what dead processes left: replies become interrupted, open ledger rows are settled. Returns how many."""
    if not Reply.objects.filter(status=Reply.Status.RUNNING).exclude(owner=owner).exists() and not open_calls(
        owner
    ):
        return 0
    dead = dead_processes(owner=owner)
    known = set(RunnerProcess.objects.values_list("pk", flat=True))
    left = Reply.objects.filter(status=Reply.Status.RUNNING).exclude(owner=owner)
    left = left.filter(Q(owner__in=dead) | ~Q(owner__in=known))
    count = 0
    for reply in left.select_related("message", "session"):
        count += running.end_unowned(
            reply=reply,
            status=Reply.Status.INTERRUPTED,
            stop_reason="error",
            message=CUT_SHORT,
            kind="interrupted",
        )
    for row in (
        TokenUsage.objects.open().filter(owner__in=dead).exclude(message__reply__status=Reply.Status.RUNNING)
    ):
        ledger.settle_left(row)
    gates.release()
    forget(dead)
    return count


def open_calls(owner: UUID) -> bool:
    return TokenUsage.objects.open().exclude(owner=owner).exists()


@write()
def forget(dead: list[UUID]) -> None:
    """Rows of dead processes go once nothing refers to them; their lock files too."""
    rows = RunnerProcess.objects.filter(pk__in=dead)
    busy = Reply.objects.filter(status=Reply.Status.RUNNING, owner__in=dead).values_list("owner", flat=True)
    for row in rows.exclude(pk__in=list(busy)):
        if row.lock_path:
            Path(row.lock_path).unlink(missing_ok=True)
        row.delete()


def orphans_of(*, owner: UUID, known: Collection[UUID]) -> list[Reply]:
    """Running replies of this process that it does not know: a task was lost."""
    return list(Reply.objects.owned(owner).exclude(pk__in=known).select_related("message", "session"))


def fail_orphan(*, reply: Reply) -> bool:
    sentence = "This answer broke off. The text is kept."
    return running.end_unowned(
        reply=reply, status=Reply.Status.FAILED, stop_reason="error", message=sentence, kind="lost"
    )


def anything_queued() -> bool:
    return Reply.objects.filter(status=Reply.Status.QUEUED).exists()
