"""The rows of the queue: claimed by one worker each, ended, given out again when a worker is gone.

Reads come before writes, and outside of transactions: an idle worker takes no write lock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django_tasks import TaskContext, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from export_app.models import ExportJob, ImportJob
from sessions_app.actions import processes
from sessions_app.transactions import write

ATTEMPTS = 3
STALE = timedelta(seconds=30)  # without a beat for so long: whoever worked on it is gone
KEPT = timedelta(days=1)  # a row of the queue, once it ended
SERVER = "server-"
LOT = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """Jobs of one kind: `busy` are the states in which somebody works on one, or has to."""

    model: type[Model]
    busy: tuple[str, ...]

    @property
    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(status__in=self.busy)


KINDS = {
    "export": Kind(ExportJob, (ExportJob.Status.QUEUED, ExportJob.Status.RUNNING)),
    "import_read": Kind(ImportJob, (ImportJob.Status.READING,)),
    "import_take": Kind(ImportJob, (ImportJob.Status.IMPORTING,)),
}


def worker_name(owner: UUID) -> str:
    return f"{SERVER}{owner}"


def claim(*, worker: str, least: int) -> Any | None:
    """The next task of at least this priority, for this worker alone; None where there is none."""
    while True:
        ready = DBTaskResult.objects.ready().filter(backend_name="default", priority__gte=least)
        row: Any = ready.first()
        if row is None:
            return None
        row.worker_ids = [*row.worker_ids, worker]
        row.status, row.started_at = TaskResultStatus.RUNNING, timezone.now()
        with write():
            mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.READY).update(
                status=row.status, started_at=row.started_at, worker_ids=row.worker_ids
            )
        if mine:
            return row


def call(row: Any) -> None:
    """Run what the row asks for."""
    result = row.task_result
    row.task.call(TaskContext(task_result=result), *result.args, **result.kwargs)


@write()
def end(*, row: Any, problem: str = "") -> None:
    status = TaskResultStatus.FAILED if problem else TaskResultStatus.SUCCESSFUL
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=status, finished_at=timezone.now(), exception_class_path=problem, traceback=""
    )


@write()
def put_back(*, row: Any) -> None:
    """Its worker ends in order: that was no attempt."""
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=TaskResultStatus.READY, started_at=None, worker_ids=row.worker_ids[:-1]
    )


@write()
def fail_job(*, kind: str, key: UUID, sentence: str) -> None:
    KINDS[kind].rows.filter(pk=key).update(status="failed", error=sentence, finished_at=timezone.now())


# ---------------------------------------------------------------- whose worker is gone


def take_up(*, worker: str, running: Collection[Any], again: Any) -> int:
    """Give jobs out again that nobody works on. `running` are the tasks of `worker`, who asks; `again` is the task for
    a job whose own is no longer in the queue. Returns how many."""
    jobs = [
        (name, job)
        for name, kind in KINDS.items()
        for job in kind.rows.only("id", "created_at", "beat_at")[:LOT]
    ]
    if not jobs:
        return 0
    queue: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in DBTaskResult.objects.filter(backend_name="default").order_by("-enqueued_at")[: 4 * LOT]:
        queue[tuple(row.args_kwargs["args"][:2])].append(row)
    servers = {worker_name(each.pk) for each in processes.living()} - {worker}
    count = 0
    for name, job in jobs:
        rows = queue[name, str(job.pk)]
        if any(_alive(row, job, worker, running, servers) for row in rows):
            continue
        count += 1
        if rows:
            _give_out(row=rows[0])
        else:
            with write():
                fresh = again.enqueue(name, str(job.pk)).db_result
                DBTaskResult.objects.filter(pk=fresh.pk).update(
                    worker_ids=["gone"] * getattr(job, "attempt", 0)
                )
    return count


def _alive(row: Any, job: Any, worker: str, running: Collection[Any], servers: Collection[str]) -> bool:
    """Whether this task will be, or is being, done. A worker outside of a server is known by the job's beats."""
    if row.status == TaskResultStatus.READY:
        return True
    if row.status != TaskResultStatus.RUNNING:
        return False
    at = row.worker_ids[-1] if row.worker_ids else ""
    if at == worker:  # a thread of ours may have claimed it this moment
        return row.pk in running or row.started_at > timezone.now() - STALE
    if at.startswith(SERVER):
        return at in servers
    last = max(filter(None, (job.beat_at, row.started_at)), default=job.created_at)
    return bool(last > timezone.now() - STALE)


@write()
def _give_out(*, row: Any) -> None:
    """As it was found: where somebody else was faster, nothing happens."""
    DBTaskResult.objects.filter(pk=row.pk, status=row.status, started_at=row.started_at).update(
        status=TaskResultStatus.READY, started_at=None, finished_at=None
    )


def prune() -> bool:
    """Rows that ended a day ago go, some at a time; whether there are more."""
    old = Q(finished_at__lt=timezone.now() - KEPT)
    keys = list(DBTaskResult.objects.filter(old).order_by().values_list("pk", flat=True)[:LOT])
    if keys:
        with write():
            DBTaskResult.objects.filter(pk__in=keys).delete()
    return len(keys) == LOT
